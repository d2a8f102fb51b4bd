/** Processing again what raw holds: no source is asked. */
import type { StagedTrace } from '../../tables/rows.js';
import type { TraceKey } from '../../tables/trace-key.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { fromRawRow } from '../../trace/raw-form.js';
import { sourceHash } from '../../trace/source-hash.js';
import { refuseOtherPlace } from '../asked-place.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies, RunTarget } from '../dependencies.js';
import { targetFingerprint, targetIdOf, targetLockOf } from '../fingerprint.js';
import { planBatches } from '../list/batches.js';
import type { BatchReference } from '../list/messages.js';
import type { ProcessedBatch } from '../process/messages.js';
import { limitsAfterDeaths, Portions, SeenSizes, textSize } from '../process/portions.js';
import { stageRows } from '../process/stage-rows.js';
import { traceRows } from '../process/trace-rows.js';
import { withAsked } from '../run-settings.js';
import { isRawKeys, readDocument, writeDocument } from '../staged-documents.js';
import { rawBatchKey, restKey, runPrefix, windowPrefix } from '../staging-layout.js';
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
  attempt: StepAttempt,
): Promise<RebuildReference> {
  const target = await worker.target(request.targetName);
  refuseOtherPlace(request, { sourceId: null, target }, attempt);
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
    targetLock: targetLockOf(worker, target),
    targetId: targetIdOf(target.warehouse.location),
  };
}

/** The next raw keys in key order, staged in batches. */
export async function listRawPage({ target }: RunTarget, request: ListRawPageRequest): Promise<ListedRawPage> {
  const { rebuild } = request;
  const keys = await target.warehouse.listRawKeys(request.after, request.limit);
  const limits = { maxTraces: rebuild.settings.batchTraces, maxBytes: Number.MAX_SAFE_INTEGER };
  const prefix = windowPrefix(rebuild.run.stagingPrefix, request.page, request.round ?? 0);
  const batches: BatchReference[] = [];
  for (const [index, batch] of planBatches(keys, () => 1, limits).entries()) {
    const key = rawBatchKey(prefix, index);
    await writeDocument(target.staging, key, batch);
    batches.push({ key, traces: batch.length });
  }
  return { batches, last: keys.at(-1) ?? null };
}

/** Sizes of the traces of raw, for as long as the worker has the tables open. */
const seenSizes = new WeakMap<Warehouse, SeenSizes>();

/** Reads raw rows, processes them with today's rules, stages one file; leaves the rest of a batch that is too large. */
export async function processRawBatch(
  { target, worker }: RunTarget,
  { batch, rebuild }: ProcessRawBatchRequest,
  attempt: StepAttempt,
): Promise<ProcessedBatch> {
  const { staging, warehouse } = target;
  const keys = await readDocument(staging, batch.key, isRawKeys);
  const limits = limitsAfterDeaths(keys.length, rebuild.settings.batchBytes, attempt.deaths);
  const seen = seenSizes.get(warehouse) ?? new SeenSizes();
  seenSizes.set(warehouse, seen);
  const portions = new Portions(keys, () => null, limits, seen);
  const file = await stageRows(staging, batch.key, processRaw(worker, warehouse, portions, attempt), attempt);
  if (portions.rest.length === 0) return file;
  const rest: BatchReference[] = [];
  const size = seen.expectedBytes ?? limits.maxBytes;
  for (const [index, left] of planBatches(portions.rest, () => size, limits).entries()) {
    const key = restKey(batch.key, attempt.attempt, index);
    await writeDocument(staging, key, left);
    rest.push({ key, traces: left.length });
  }
  return { ...file, rest };
}

async function* processRaw(
  worker: ActivityDependencies,
  warehouse: Warehouse,
  portions: Portions<TraceKey>,
  options: LiveCall,
): AsyncGenerator<StagedTrace> {
  for (let keys = portions.next(); keys.length > 0; keys = portions.next()) {
    const sizes: number[] = [];
    for (const { scope, traceIds } of byScope(keys)) {
      for (const row of await warehouse.readRaw(scope, traceIds)) {
        const stored = fromRawRow(row);
        const observedAtMs = Number(row.observed_at) / 1000;
        sizes.push(textSize(row));
        const named = { ...scope, experimentName: row.experiment_name };
        const trace = { ...stored, scope: named, sourceHash: sourceHash(stored.info), observedAtMs };
        yield await traceRows(worker, trace, options);
      }
    }
    portions.read(sizes);
    options.onProgress();
  }
}
