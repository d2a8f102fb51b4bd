/** Runs a workflow over the tables of a target and waits for it, with a worker if nobody else works. */
import type { CliSession, TargetPlace } from '../session.js';
import { startRun, type RunOrder, type RunResultOf, type RunType } from './runs.js';
import { openTemporal } from './server.js';
import { watchRun } from './watch.js';
import { ensureWorker } from './worker.js';
import type { RunEvents } from '../terminal/progress.js';

/** Outcome of a workflow of its own. */
export interface FinishedRun<Type extends RunType> {
  readonly workflowId: string;
  readonly target: TargetPlace;
  readonly result: RunResultOf<Type>;
}

/** @throws RunFailed, Interrupted, TemporalUnreachable */
export async function runToEnd<Type extends RunType>(
  session: CliSession,
  target: string | undefined,
  events: RunEvents,
  order: RunOrder<Type>,
): Promise<FinishedRun<Type>> {
  const temporal = await openTemporal(session, events.note);
  await ensureWorker(session, temporal, events.note);
  const run = await startRun(temporal, order);
  const result = await watchRun(session, temporal, run, events);
  return { workflowId: run.workflowId, target: session.place(target), result };
}
