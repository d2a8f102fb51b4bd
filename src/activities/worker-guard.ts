/** Opens a run's source and target, and refuses to where this worker serves others than the run was prepared for. */
import { Context } from '@temporalio/activity';

import type { ActivityDependencies, RunConnections, RunTarget } from '../copy/dependencies.js';
import { targetFingerprint } from '../copy/fingerprint.js';
import type { RunReference } from '../copy/run.js';
import { TraceliftError } from '../errors/index.js';
import { offeredAgainAfterMs } from './offered-again.js';

/** @throws WrongWorker, RunNotPrepared, and what opening throws */
export async function openRun(worker: ActivityDependencies, run: RunReference): Promise<RunConnections> {
  const { source } = await worker.source(run.sourceName);
  const target = await worker.target(run.targetName);
  refuseOthers(run, await targetFingerprint(worker, source, target));
  await refuseOtherName(source, run);
  return { source, target, worker };
}

/** The target alone. A rebuild names no source. @throws WrongWorker, and what opening throws */
export async function openRunTarget(worker: ActivityDependencies, run: RunReference): Promise<RunTarget> {
  if (run.sourceName !== '') return openRun(worker, run);
  const target = await worker.target(run.targetName);
  refuseOthers(run, await targetFingerprint(worker, null, target));
  return { target, worker };
}

/**
 * Rows are kept under the name of the server that they are read from: no preflight prepares anything else, whatever the
 * fingerprint of a request says.
 */
async function refuseOtherName(source: RunConnections['source'], { scope }: RunReference): Promise<void> {
  const { sourceId } = await source.describe();
  if (scope.sourceId === sourceId) return;
  throw new TraceliftError('RunNotPrepared', { here: sourceId, wanted: scope.sourceId });
}

function refuseOthers(run: RunReference, here: string): void {
  if (here === run.targetFingerprint) return;
  const retryAfterMs = offeredAgainAfterMs(Context.current().info.attempt);
  throw new TraceliftError('WrongWorker', { here, wanted: run.targetFingerprint }, { retryAfterMs });
}
