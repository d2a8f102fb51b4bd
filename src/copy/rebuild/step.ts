/** Processing again what raw holds: no source is asked. */
import type { JsonValue } from '../../json/json-value.js';
import type { StagedTrace } from '../../tables/rows.js';
import type { TraceKey } from '../../tables/trace-key.js';
import { fromRawRow } from '../../trace/raw-form.js';
import { planBatches } from '../list/batches.js';
import { withAsked } from '../run-settings.js';
import { rawBatchKey, runPrefix, windowPrefix } from '../staging-layout.js';
import type { BatchReference } from '../list/messages.js';
import type {
  PrepareRebuildRequest,
  ProcessRawBatchRequest,
  ListRawPageRequest,
  ListedRawPage,
  RebuildReference,
} from './messages.js';
import type { ProcessedBatch } from '../process/messages.js';
import type { CallOptions } from '../../sources/trace-source.js';
import type { Warehouse } from '../../targets/warehouse.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies, RunTarget } from '../dependencies.js';
import { targetFingerprint, targetLockOf } from '../fingerprint.js';
import { rowsOf, writeBatch } from '../process/step.js';

export async function prepareRebuild(
  dependencies: ActivityDependencies,
  request: PrepareRebuildRequest,
): Promise<RebuildReference> {
  const target = await dependencies.target(request.targetName);
  await target.warehouse.prepare();
  return {
    run: {
      sourceName: '',
      targetName: target.name,
      scope: { sourceId: '', experimentId: '' },
      targetFingerprint: await targetFingerprint(dependencies, null, target),
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
  const { staging, warehouse } = target;
  const keys = await warehouse.listRawKeys(request.after, request.limit);
  const limits = { maxTraces: rebuild.settings.batchTraces, maxBytes: Number.MAX_SAFE_INTEGER };
  const prefix = windowPrefix(rebuild.run.stagingPrefix, request.page, 0);
  const batches: BatchReference[] = [];
  for (const [index, batch] of planBatches(keys, () => 1, limits).entries()) {
    const key = rawBatchKey(prefix, index);
    await staging.writeJson(key, batch as unknown as JsonValue);
    batches.push({ key, traces: batch.length });
  }
  return { batches, last: keys.at(-1) ?? null };
}

/** Reads raw rows, processes them with today's rules, stages one file. */
export async function processRawBatch(
  { target, worker }: RunTarget,
  request: ProcessRawBatchRequest,
  attempt: StepAttempt,
): Promise<ProcessedBatch> {
  const { staging, warehouse } = target;
  const keys = (await staging.readJson(request.batch.key)) as unknown as TraceKey[];
  return writeBatch(staging, request.batch.key, rebuiltTraces(worker, warehouse, keys, attempt), attempt);
}

async function* rebuiltTraces(
  dependencies: ActivityDependencies,
  warehouse: Warehouse,
  keys: readonly TraceKey[],
  options: Required<CallOptions>,
): AsyncGenerator<StagedTrace> {
  for (const [scopeText, ids] of groupByScope(keys)) {
    const scope = JSON.parse(scopeText) as { sourceId: string; experimentId: string };
    for (const row of await warehouse.readRaw(scope, ids)) {
      const { info, reading } = fromRawRow(row);
      const observedAtMs = Number(row.observed_at) / 1000;
      yield await rowsOf(dependencies, { scope, info, reading, observedAtMs }, options);
    }
  }
}

function groupByScope(keys: readonly TraceKey[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { sourceId, experimentId, traceId } of keys) {
    const scope = JSON.stringify({ sourceId, experimentId });
    const ids = groups.get(scope) ?? [];
    ids.push(traceId);
    groups.set(scope, ids);
  }
  return groups;
}
