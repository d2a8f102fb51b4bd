/** Follows a run, and hands back its result or its failure as a person reads it. Never prints. */
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type WorkflowHandle,
} from '@temporalio/client';
import { setTimeout as pause } from 'node:timers/promises';
import { isErrorCode, TraceliftError } from '../../errors/index.js';
import { progressQueryName, type RunProgress } from '../../workflows/contract.js';
import { exitCodes, Interrupted, RunFailed } from '../exit-codes.js';
import type { CliSession } from '../session.js';
import type { RunHandle, RunResultOf, RunType, StartedRun } from './runs.js';
import type { TemporalServer } from './server.js';
import type { RunEvents, Notify } from '../terminal/progress.js';

const progressEveryMs = 500;

/**
 * Waits for the result and reports progress. The first Ctrl-C cancels the run where this command owns the server, and
 * leaves it alone otherwise; the second one ends the process.
 * @throws RunFailed, Interrupted
 */
export async function watchRun<Type extends RunType>(
  session: CliSession,
  temporal: TemporalServer,
  run: StartedRun<Type>,
  events: RunEvents,
): Promise<RunResultOf<Type>> {
  const handle: RunHandle<Type> = temporal.client.workflow.getHandle(run.workflowId);
  const interruption = onCtrlC(session, temporal, handle, events.note);
  const ended = new AbortController();
  try {
    const result = patientResult(temporal, handle, events.note);
    const following = followProgress(handle, events, ended.signal);
    const outcome = await Promise.race([result, interruption.detached]);
    ended.abort();
    await following;
    return outcome;
  } catch (error) {
    throw interruption.wasInterrupted() ? new Interrupted() : runFailure(error, run.workflowId);
  } finally {
    ended.abort();
    interruption.stop();
  }
}

/**
 * The result, also when the server goes away meanwhile and comes back: the run goes on then, and so does the watching.
 * A local server is started again by this command or another one; one whose disk is full goes on when there is space.
 */
async function patientResult<Type extends RunType>(
  temporal: TemporalServer,
  handle: RunHandle<Type>,
  note: Notify,
): Promise<RunResultOf<Type>> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await handle.result();
    } catch (error) {
      if (!isServerAway(error)) throw error;
      if (temporal.failure() !== null) throw temporal.failure();
      if (tried === 1)
        note(`Temporal at ${temporal.address} does not answer: waiting for it. Ctrl-C leaves the run alone.`);
      await pause(progressEveryMs);
    }
  }
}

/** https://grpc.io/docs/guides/status-codes/: the server does not answer in time, or is not there now. */
const awayCodes = new Set(['4', '14']);

/** The client wraps what the connection says, or does not. */
function isServerAway(error: unknown): boolean {
  const said: unknown = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(said)) return false;
  return awayCodes.has(String(said.code)) || /disk is full/.test(said.message);
}

interface Interruption {
  /** Rejects when the user leaves a run alone. */
  readonly detached: Promise<never>;
  readonly wasInterrupted: () => boolean;
  readonly stop: () => void;
}

function onCtrlC(session: CliSession, temporal: TemporalServer, handle: WorkflowHandle, note: Notify): Interruption {
  let presses = 0;
  let leave: (error: Error) => void = () => undefined;
  const detached = new Promise<never>((_resolve, reject) => {
    leave = reject;
  });
  // Nobody waits for it when the run simply ends.
  detached.catch(() => undefined);
  const stop = session.onInterrupt(() => {
    presses += 1;
    if (presses > 1) session.io.exitNow(exitCodes.interrupted);
    else if (temporal.origin === 'ours') {
      note('Cancelling: the run stops at a safe point, what is committed stays. Ctrl-C again ends at once.');
      handle.cancel().catch((error: unknown) => leave(error instanceof Error ? error : new Interrupted()));
    } else {
      note(leftRunningText(temporal, handle.workflowId));
      leave(new Interrupted());
    }
  });
  return { detached, wasInterrupted: () => presses > 0, stop };
}

/** How to go on with a run that this command only watched. */
function leftRunningText(temporal: TemporalServer, workflowId: string): string {
  const server = `--address ${temporal.address} --namespace ${temporal.namespace}`;
  return [
    `The run ${workflowId} goes on as long as a worker runs.`,
    `  watch it:    tracelift status`,
    `  cancel it:   temporal workflow cancel --workflow-id '${workflowId}' ${server}`,
  ].join('\n');
}

/** Asks until told to stop. A run that no worker has picked up yet gives no answer; that is no failure. */
async function followProgress(handle: WorkflowHandle, events: RunEvents, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const progress = await queryProgress(handle);
    if (progress !== null && !isAborted(signal)) events.progress(progress);
    // Rejects only by the signal, which the loop looks at.
    await pause(progressEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Read afresh: the signal may have been aborted while a query was under way. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What a run says about itself; null where it does not answer (no worker, not started, no copying run). */
export async function queryProgress(handle: WorkflowHandle): Promise<RunProgress | null> {
  try {
    return await handle.query<RunProgress>(progressQueryName);
  } catch {
    return null;
  }
}

/** The failure of a run as a person reads it: code and text of the catalogue, without the layers of Temporal. */
export function runFailure(error: unknown, workflowId: string): unknown {
  if (error instanceof WorkflowNotFoundError) return new TraceliftError('RunNotFound', { workflowId });
  if (!(error instanceof WorkflowFailedError)) return error;
  const cause = deepestTyped(error.cause);
  if (cause === null)
    return new TraceliftError('RunEnded', { workflowId, reason: error.cause?.message ?? error.message });
  return new RunFailed(cause.type, cause.message, workflowId);
}

/** The failure inside the layers that carries a code. */
function deepestTyped(error: unknown): { type: string; message: string } | null {
  let found: { type: string; message: string } | null = null;
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('type' in current && typeof current.type === 'string' && isErrorCode(current.type)) {
      found = { type: current.type, message: current.message };
    }
  }
  return found;
}
