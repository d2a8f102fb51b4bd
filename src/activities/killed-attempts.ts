/**
 * How often in a row a step did not survive its own attempt. A worker that takes more memory than there is is killed
 * without a word: all that is left of it is a heartbeat that did not come.
 */
import type { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';

import { runSettings } from '../copy/run-settings.js';
import { TraceliftError } from '../errors/index.js';

/** So many, and the step is not tried again: it would kill its worker for ever. */
const mostDeaths = 5;

/** `TIMEOUT_TYPE_HEARTBEAT` of Temporal's API. */
const heartbeatTimeout = 4;

/** @param client null outside of a worker: then all that is known is what the attempt before noted. */
export async function deathsBefore({ info }: Context, client: Client | null): Promise<number> {
  if (info.attempt === 1) return 0;
  const noted = notedDeaths(info.heartbeatDetails);
  if (client === null) return noted;
  return (await wasCutShort(client, info)) ? noted + 1 : 0;
}

/** What an attempt notes with its heartbeats, for the one after it. Nothing where there is nothing to note. */
export function heartbeatNote(deaths: number, note?: string): unknown {
  return deaths === 0 ? note : { deaths, ...(note === undefined ? {} : { note }) };
}

function notedDeaths(details: unknown): number {
  if (typeof details !== 'object' || details === null || !('deaths' in details)) return 0;
  return typeof details.deaths === 'number' ? details.deaths : 0;
}

/** True where the attempt before this one ended by its silence. Where Temporal does not answer, nothing is concluded. */
async function wasCutShort(client: Client, info: Context['info']): Promise<boolean> {
  const { workflowExecution, activityId } = info;
  if (workflowExecution === undefined) return false;
  try {
    const { pendingActivities } = await client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: workflowExecution,
    });
    const own = pendingActivities.find((one) => one.activityId === activityId);
    return Number(own?.lastFailure?.timeoutFailureInfo?.timeoutType) === heartbeatTimeout;
  } catch (error) {
    if (isGrpcServiceError(error)) return false;
    throw error;
  }
}

/** @throws WorkerKilled where the step killed its worker again and again */
export function refuseAfterDeaths(deaths: number, step: string, request: unknown): void {
  if (deaths < mostDeaths) return;
  throw new TraceliftError('WorkerKilled', {
    count: deaths,
    step,
    what: subjectOf(request),
    settings: settingsFor(step),
  });
}

/** Keys and counts only. */
function subjectOf(request: unknown): string {
  const fields = new Map(typeof request === 'object' && request !== null ? Object.entries(request) : []);
  const batch: unknown = fields.get('batch');
  if (typeof batch === 'object' && batch !== null && 'key' in batch && 'traces' in batch) {
    return `batch ${String(batch.key)} with ${String(batch.traces)} traces`;
  }
  const manifest: unknown = fields.get('manifestKey');
  if (typeof manifest === 'string') return `the files of ${manifest}`;
  const window: unknown = fields.get('windowIndex');
  return typeof window === 'number' ? `window ${String(window + 1)}` : 'its only request';
}

/** What makes the step smaller, by the names that people set. */
function settingsFor(step: string): string {
  const { batchBytes, concurrency, windowFetches, windowTraces } = runSettings;
  if (step === 'processBatch') return `batchBytes (${batchBytes.env}) and concurrency (${concurrency.env})`;
  if (step === 'processRawBatch') return 'batchTraces and concurrency of the rebuild';
  if (step === 'commitManifest') return `windowFetches (${windowFetches.env})`;
  return `windowTraces (${windowTraces.env})`;
}
