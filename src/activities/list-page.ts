/** One search: what it adds to the window, what of it differs from what is landed, staged in batches. */
import { Context } from '@temporalio/activity';

import type { TraceInfo } from '../domain/trace/model.js';
import { planBatches } from '../domain/window/batches.js';
import { diffPage } from '../domain/window/diff.js';
import type { Difference } from '../domain/window/diff.js';
import { windowPrefix } from '../domain/window/staging-key.js';
import type { BatchReference, ListPageRequest, ListedPage } from '../domain/window/work.js';
import { readPage } from '../listing/list-window.js';
import type { PlannedPage } from '../listing/list-window.js';
import { idsDigest } from '../listing/listed-item.js';
import type { ListedItem } from '../listing/listed-item.js';
import type { Staging } from '../ports/staging.js';
import { batchToJson } from './batch-document.js';
import type { ActivityDependencies, OpenTarget } from './dependencies.js';
import { alive, checkExperiment, partsOf } from './run-guard.js';

/** Expected size of a trace's spans when the source does not announce it. */
const unknownSizeBytes = 16_384;

export function listPage(dependencies: ActivityDependencies, request: ListPageRequest): Promise<ListedPage> {
  return alive(async (options) => {
    const { source, target } = await partsOf(dependencies, request.run);
    const listing = { experimentId: request.run.scope.experimentId, pageSize: request.settings.pageSize };
    const planned = await readPage(source, listing, request, request.cursor, options);
    await checkExperiment(source, request.run, options);
    return stagePage(request, target, planned);
  });
}

async function stagePage(
  request: ListPageRequest,
  target: OpenTarget,
  { page, plan }: PlannedPage,
): Promise<ListedPage> {
  const { scope } = request.run;
  const taken = [...new Map(plan.taken.map((item) => [item.traceId, item])).values()];
  const ids = taken.map((item) => item.traceId);
  const [landed, failed] = await Promise.all([
    target.warehouse.landed(scope, ids),
    target.warehouse.openDeadLetters(scope, ids),
  ]);
  const difference = diffPage(taken, landed, request.settings.retryDeadLetters ? [] : failed, {
    nowMs: page.observedAtMs,
    settleMs: request.settings.settleMs,
    rereadSpans: request.settings.rereadSpans,
  });
  const prefix = windowPrefix(request.run.stagingPrefix, request.windowIndex, request.round);
  // Of its attempt: a late one lists a source that moved since, and must not replace what its successor staged.
  const { attempt } = Context.current().info;
  const pageName = `${prefix}/p${String(request.pageIndex).padStart(5, '0')}-a${String(attempt)}`;
  const work = difference.work.map(({ trace, difference: reason }) => ({ item: trace, difference: reason }));
  const batches = await stageBatches(request, target.staging, pageName, work, page.observedAtMs);
  const count = (wanted: Difference): number => work.filter((one) => one.difference === wanted).length;
  return {
    listed: taken.length,
    fresh: count('new'),
    changed: count('changed'),
    growing: count('growing'),
    unchanged: difference.unchanged,
    deadSkipped: difference.deadSkipped,
    bytes: page.bytes,
    batches,
    next: plan.next,
    closeAtMs: plan.closeAtMs,
    idsDigest: idsDigest(ids),
    seenKey: await stageSeen(target.staging, pageName, taken),
    observedAtMs: page.observedAtMs,
  };
}

/** Ids and versions of the listing: the second look compares with them. */
async function stageSeen(staging: Staging, pageName: string, taken: readonly ListedItem[]): Promise<string | null> {
  if (taken.length === 0) return null;
  const key = `${pageName}-seen.json.gz`;
  await staging.writeJson(key, Object.fromEntries(taken.map((item) => [item.traceId, item.sourceHash])));
  return key;
}

async function stageBatches(
  request: ListPageRequest,
  staging: Staging,
  pageName: string,
  work: readonly { readonly item: ListedItem; readonly difference: Difference }[],
  observedAtMs: number,
): Promise<BatchReference[]> {
  const batches = planBatches(work, ({ item }) => (item.info === null ? 0 : expectedBytes(item.info)), {
    maxTraces: request.settings.batchTraces,
    maxBytes: request.settings.batchBytes,
  });
  const references: BatchReference[] = [];
  for (const [index, items] of batches.entries()) {
    const key = `${pageName}-b${String(index).padStart(3, '0')}.json.gz`;
    await staging.writeJson(key, batchToJson({ observedAtMs, items }));
    references.push({ key, traces: items.length });
  }
  return references;
}

/** Size of a trace's spans as MLflow announces it in `mlflow.trace.sizeBytes` or `mlflow.trace.sizeStats`. */
function expectedBytes(info: TraceInfo): number {
  const plain = Number(info.metadata['mlflow.trace.sizeBytes']);
  if (Number.isFinite(plain) && plain > 0) return plain;
  const stats = parseStats(info.metadata['mlflow.trace.sizeStats']);
  return stats > 0 ? stats : unknownSizeBytes;
}

function parseStats(text: string | undefined): number {
  const match = /"total_size_bytes":\s*(\d+)/.exec(text ?? '');
  return match?.[1] === undefined ? 0 : Number(match[1]);
}
