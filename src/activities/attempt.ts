/** Runs a step as an attempt of an activity: with heartbeats, and a signal that Temporal's cancellation aborts. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';

import type { StepAttempt } from '../copy/attempt.js';
import { deathsBefore, heartbeatNote, refuseAfterDeaths } from './killed-attempts.js';

/** Heartbeats per timeout: one may be lost or late. */
const heartbeatsPerTimeout = 4;
/** Also how long a cancelled attempt goes on before it hears of it. */
const slowestHeartbeatMs = 2000;

/**
 * Calls the step, heartbeating meanwhile.
 * @throws WorkerKilled instead, where the attempts before this one killed their workers
 */
export async function runAttempt<Result>(
  request: unknown,
  step: (attempt: StepAttempt) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  const timeoutMs = context.info.heartbeatTimeoutMs ?? Number.MAX_SAFE_INTEGER;
  const everyMs = Math.min(slowestHeartbeatMs, timeoutMs / heartbeatsPerTimeout);
  const client = clientOf(context);
  const deaths = await deathsBefore(context, client);
  const beat = (note?: string): void => context.heartbeat(heartbeatNote(deaths, note));
  // At once: an attempt that is killed leaves nothing but its last heartbeat.
  if (deaths > 0) beat();
  refuseAfterDeaths(deaths, context.info.activityType, request);
  const timer = setInterval(beat, everyMs);
  try {
    return await step({
      attempt: context.info.attempt,
      signal: context.cancellationSignal,
      deaths,
      onProgress: beat,
      isWorkflowRunning: client === null ? null : (workflowId) => isRunning(client, workflowId),
    });
  } finally {
    clearInterval(timer);
  }
}

/** Activities that run outside a worker (tests) have no client: then nothing is known about other runs. */
function clientOf(context: Context): Client | null {
  try {
    return context.client;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
