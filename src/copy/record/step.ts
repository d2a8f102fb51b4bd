/** The window's row in the ledger: written last, when the verdict is known. */
import type { RunTarget } from '../dependencies.js';
import type { RecordWindowRequest } from './messages.js';

export async function recordWindow({ target, worker }: RunTarget, request: RecordWindowRequest): Promise<void> {
  const { verified, run } = request;
  await target.warehouse.recordWindow({
    workflow_id: request.workflowId,
    first_run_id: request.firstRunId,
    window_index: request.windowIndex,
    source_id: run.scope.sourceId,
    experiment_id: run.scope.experimentId,
    from_ms: request.fromMs,
    to_ms: request.toMs,
    state: verified.state,
    listed: verified.listed,
    landed: verified.landed,
    written: request.changed,
    dead_lettered: verified.deadLettered,
    missing: verified.missing,
    extra: verified.extra,
    repair_rounds: request.repairRounds,
    ids_digest: verified.idsDigest,
    started_at: request.startedAtMs * 1000,
    verified_at: Date.now() * 1000,
    tracelift_version: worker.version,
  });
}
