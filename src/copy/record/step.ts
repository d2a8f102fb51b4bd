/** The window's row in the ledger: written last, when the verdict is known. */
import type { Warehouse } from '../../targets/warehouse.js';
import type { RunTarget } from '../dependencies.js';
import type { RecordWindowRequest } from './messages.js';
import { carriedWindows, reachOf } from './rules.js';
import type { LedgerReach } from './rules.js';

/** More windows than any run has: 100,000 windows of 5,000 traces are half a billion traces. */
export const maxLedgerRows = 100_000;

/**
 * Writes the row where the ledger carries all windows of the run before it, and the tables what was verified: neither is
 * so where an older copy of the tables was put back, or their log was cut off, since.
 *
 * @returns undefined where it was written; otherwise from where on the run has to be done again
 */
export async function recordWindow(
  { target, worker }: RunTarget,
  request: RecordWindowRequest,
): Promise<LedgerReach | undefined> {
  const { verified, run } = request;
  const { warehouse } = target;
  if (!(await isCarried(warehouse, request))) return reachBefore(warehouse, request);
  await warehouse.recordWindow({
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
  return undefined;
}

/** The window before is nearly always the newest row, or the one before it where this attempt is not the first. */
async function isCarried(warehouse: Warehouse, request: RecordWindowRequest): Promise<boolean> {
  const { run, fromMs, toMs, windowIndex, verified } = request;
  if (windowIndex > 0) {
    const newest = await ledgerOf(warehouse, request, 2);
    const isBefore = newest.some((row) => Number(row.window_index) === windowIndex - 1 && Number(row.to_ms) === fromMs);
    if (!isBefore && (await reachBefore(warehouse, request)).windows < windowIndex) return false;
  }
  if (verified.inTables === undefined) return true;
  return (await warehouse.landedBetween(run.scope, fromMs, toMs)).length >= verified.inTables;
}

async function reachBefore(warehouse: Warehouse, request: RecordWindowRequest): Promise<LedgerReach> {
  const rows = await ledgerOf(warehouse, request, maxLedgerRows);
  return reachOf(carriedWindows(rows.filter((row) => Number(row.window_index) < request.windowIndex)));
}

function ledgerOf(
  warehouse: Warehouse,
  { run, workflowId, firstRunId }: RecordWindowRequest,
  limit: number,
): ReturnType<Warehouse['ledger']> {
  return warehouse.ledger({ ...run.scope, workflowId, firstRunId, limit });
}
