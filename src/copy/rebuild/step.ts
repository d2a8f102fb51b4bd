/** Processing again what raw holds: no source is asked. */
import type { StagedTrace } from '../../tables/rows.js';
import type { TraceKey } from '../../tables/trace-key.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { fromRawRow } from '../../trace/raw-form.js';
import { sourceHash } from '../../trace/source-hash.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies, RunTarget } from '../dependencies.js';
import { targetFingerprint, targetLockOf } from '../fingerprint.js';
import { planBatches } from '../list/batches.js';
import type { BatchReference } from '../list/messages.js';
import type { ProcessedBatch } from '../process/messages.js';
import { stageRows } from '../process/stage-rows.js';
import { traceRows } from '../process/trace-rows.js';
import { withAsked } from '../run-settings.js';
import { isRawKeys, readDocument, writeDocument } from '../staged-documents.js';
import { rawBatchKey, runPrefix, windowPrefix } from '../staging-layout.js';
import type {
  ListedRawPage,
  ListRawPageRequest,
  PrepareRebuildRequest,
  ProcessRawBatchRequest,
  RebuildReference,
} from './messages.js';
import { byScope } from './rules.js';
import type { LiveCall } from '../../call-options.js';

export async function prepareRebuild(
  worker: ActivityDependencies,
  request: PrepareRebuildRequest,
): Promise<RebuildReference> {
  const target = await worker.target(request.targetName);
  await target.warehouse.prepare({ isNewRun: true });
  return {
    run: {
      sourceName: '',
      targetName: target.name,
      scope: { sourceId: '', experimentId: '' },
      targetFingerprint: await targetFingerprint(worker, null, target),
      experimentCreatedAtMs: null,
      stagingPrefix: runPrefix(request.workflowId, request.firstRunId),
    },
    settings: withAsked(target.defaults, { batchTraces: request.batchTraces ?? undefined }),
    targetLock: targetLockOf(target),
  };
}

/** The next raw keys in key order, staged in batches. */
export async function listRawPage({ target }: RunTarget, request: ListRawPageRequest): Promise<ListedRawPage> {
  const { rebuild } = request;
  const keys = await target.warehouse.listRawKeys(request.after, request.limit);
  const limits = { maxTraces: rebuild.settings.batchTraces, maxBytes: Number.MAX_SAFE_INTEGER };
  const prefix = windowPrefix(rebuild.run.stagingPrefix, request.page, 0);
  const batches: BatchReference[] = [];
  for (const [index, batch] of planBatches(keys, () => 1, limits).entries()) {
    const key = rawBatchKey(prefix, index);
    await writeDocument(target.staging, key, batch);
    batches.push({ key, traces: batch.length });
  }
  return { batches, last: keys.at(-1) ?? null };
}

/** Reads raw rows, processes them with today's rules, stages one file. */
export async function processRawBatch(
  { target, worker }: RunTarget,
  { batch }: ProcessRawBatchRequest,
  attempt: StepAttempt,
): Promise<ProcessedBatch> {
  const keys = await readDocument(target.staging, batch.key, isRawKeys);
  return stageRows(target.staging, batch.key, processRaw(worker, target.warehouse, keys, attempt), attempt);
}

async function* processRaw(
  worker: ActivityDependencies,
  warehouse: Warehouse,
  keys: readonly TraceKey[],
  options: LiveCall,
): AsyncGenerator<StagedTrace> {
  for (const { scope, traceIds } of byScope(keys)) {
    for (const row of await warehouse.readRaw(scope, traceIds)) {
      const stored = fromRawRow(row);
      const observedAtMs = Number(row.observed_at) / 1000;
      const named = { ...scope, experimentName: row.experiment_name };
      const trace = { ...stored, scope: named, sourceHash: sourceHash(stored.info), observedAtMs };
      yield await traceRows(worker, trace, options);
    }
  }
}
