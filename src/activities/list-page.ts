/** One step of listing: what it adds to the window, what of it differs from what is landed, staged in batches. */
import { Context } from '@temporalio/activity';

import type { TraceInfo } from '../domain/trace/model.js';
import { planBatches } from '../domain/window/batches.js';
import type { ListingCursor, OpenWindow } from '../domain/window/cursor.js';
import { diffPage } from '../domain/window/diff.js';
import type { Difference, PageDifference } from '../domain/window/diff.js';
import { combineDigests, emptyDigest } from '../domain/window/digest.js';
import { windowPrefix } from '../domain/window/staging-key.js';
import type { BatchReference, ListPageRequest, ListedPage } from '../domain/window/work.js';
import { readPage } from '../listing/list-window.js';
import type { Listing, PlannedPage } from '../listing/list-window.js';
import { idsDigest } from '../listing/listed-item.js';
import type { ListedItem } from '../listing/listed-item.js';
import type { Staging } from '../ports/staging.js';
import { batchToJson } from './batch-document.js';
import type { ActivityDependencies, OpenTarget } from './dependencies.js';
import { alive, checkExperiment, partsOf } from './run-guard.js';

/** Expected size of a trace's spans when the source does not announce it. */
const unknownSizeBytes = 16_384;

/**
 * Pages without any difference are gone through in one step, up to so many: they leave nothing to process, and a step
 * of its own for each of them would take as long as the search. A crash repeats these searches, no more.
 */
const maxPagesPerStep = 20;

export function listPage(dependencies: ActivityDependencies, request: ListPageRequest): Promise<ListedPage> {
  return alive(async (options) => {
    const { source, target } = await partsOf(dependencies, request.run);
    const stretch = new Stretch(request);
    do {
      const planned = await readPage(source, stretch.listing, stretch.window, stretch.cursor, options);
      stretch.add(await examine(request, target, planned));
      options.onProgress();
    } while (stretch.goesOn);
    await checkExperiment(source, request.run, options);
    return stageStretch(request, target.staging, stretch);
  });
}

/** A page, and what of it differs from what is landed. */
interface ExaminedPage extends PlannedPage {
  readonly taken: readonly ListedItem[];
  readonly difference: PageDifference<ListedItem>;
}

/** The pages of one step. */
class Stretch {
  readonly pages: ExaminedPage[] = [];
  readonly listing: Listing;
  cursor: ListingCursor;
  window: OpenWindow;

  constructor({ run, settings, cursor, fromMs, limitMs, tracesTaken, tracesLeft, bytesLeft }: ListPageRequest) {
    this.listing = { experimentId: run.scope.experimentId, pageSize: settings.pageSize };
    this.cursor = cursor;
    this.window = { fromMs, limitMs, tracesTaken, tracesLeft, bytesLeft };
  }

  add(page: ExaminedPage): void {
    this.pages.push(page);
    this.cursor = page.plan.next;
    const { tracesTaken, tracesLeft, bytesLeft } = this.window;
    this.window = {
      ...this.window,
      tracesTaken: tracesTaken + page.taken.length,
      tracesLeft: tracesLeft - page.taken.length,
      bytesLeft: bytesLeft - page.page.bytes,
    };
  }

  /** Empty pages go back at once: the workflow counts them, since a broken source sends them without end. */
  get goesOn(): boolean {
    const { taken, difference, plan } = this.last;
    const hasNothingToDo = taken.length > 0 && difference.work.length === 0;
    return hasNothingToDo && plan.closeAtMs === null && this.pages.length < maxPagesPerStep;
  }

  get last(): ExaminedPage {
    const last = this.pages.at(-1);
    if (last === undefined) throw new Error('nothing was listed yet');
    return last;
  }

  sum(count: (page: ExaminedPage) => number): number {
    return this.pages.reduce((total, page) => total + count(page), 0);
  }
}

async function examine(request: ListPageRequest, target: OpenTarget, planned: PlannedPage): Promise<ExaminedPage> {
  const { scope } = request.run;
  const taken = [...new Map(planned.plan.taken.map((item) => [item.traceId, item])).values()];
  const ids = taken.map((item) => item.traceId);
  const [landed, failed] = await Promise.all([
    target.warehouse.landed(scope, ids),
    target.warehouse.openDeadLetters(scope, ids),
  ]);
  const difference = diffPage(taken, landed, request.settings.retryDeadLetters ? [] : failed, {
    nowMs: planned.page.observedAtMs,
    settleMs: request.settings.settleMs,
    rereadSpans: request.settings.rereadSpans,
  });
  return { ...planned, taken, difference };
}

async function stageStretch(request: ListPageRequest, staging: Staging, stretch: Stretch): Promise<ListedPage> {
  const { page, plan, difference } = stretch.last;
  const prefix = windowPrefix(request.run.stagingPrefix, request.windowIndex, request.round);
  // Of its attempt: a late one lists a source that moved since, and must not replace what its successor staged.
  const { attempt } = Context.current().info;
  const pageName = `${prefix}/p${String(request.pageIndex).padStart(5, '0')}-a${String(attempt)}`;
  const work = difference.work.map(({ trace, difference: reason }) => ({ item: trace, difference: reason }));
  const batches = await stageBatches(request, staging, pageName, work, page.observedAtMs);
  const count = (wanted: Difference): number => work.filter((one) => one.difference === wanted).length;
  const digests = stretch.pages.map(({ taken }) => idsDigest(taken.map((item) => item.traceId)));
  return {
    pages: stretch.pages.length,
    listed: stretch.sum(({ taken }) => taken.length),
    fresh: count('new'),
    changed: count('changed'),
    growing: count('growing'),
    unchanged: stretch.sum((one) => one.difference.unchanged),
    deadSkipped: stretch.sum((one) => one.difference.deadSkipped),
    bytes: stretch.sum((one) => one.page.bytes),
    batches,
    next: plan.next,
    closeAtMs: plan.closeAtMs,
    idsDigest: digests.reduce(combineDigests, emptyDigest),
    seenKey: await stageSeen(
      staging,
      pageName,
      stretch.pages.flatMap(({ taken }) => taken),
    ),
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
