/** One step of listing: what it adds to the window, what of it differs from what is landed, staged in batches. */
import { announcedBytes } from '../../trace/wire/decode-span.js';
import { planBatches } from './batches.js';
import type { OpenWindow } from './cursor.js';
import { diffPage } from './diff.js';
import type { Difference, PageDifference } from './diff.js';
import { combineDigests, emptyDigest } from './ids-digest.js';
import { batchKey, pagePrefix, seenKey, windowPrefix } from '../staging-layout.js';
import type { BatchReference, ListPageRequest, ListedPage } from './messages.js';
import type { PlannedPage } from './list-window.js';
import { PageReader } from './page-reader.js';
import { idsDigest, withVersion } from './listed-trace.js';
import type { ListedItem, ListedTrace } from './listed-trace.js';
import type { Staging } from '../../targets/staging.js';
import { batchToJson } from '../process/batch-document.js';
import { differingFromLanded } from '../verify/compare-landed.js';
import type { StepAttempt } from '../attempt.js';
import type { OpenTarget, RunConnections } from '../dependencies.js';
import { checkSameServer } from '../same-server.js';

/** Expected size of a trace's spans when the source does not announce it. */
const unknownSizeBytes = 16_384;

/**
 * Pages without any difference are gone through in one step, up to so many: they leave nothing to process, and a step
 * of its own for each of them would take as long as the search. A crash repeats these searches, no more.
 */
const maxPagesPerStep = 20;

export async function listPage(
  { source, target }: RunConnections,
  request: ListPageRequest,
  attempt: StepAttempt,
): Promise<ListedPage> {
  const { run, settings } = request;
  const listing = { experimentId: run.scope.experimentId, pageSize: settings.pageSize };
  const reader = new PageReader(source, listing, attempt);
  const listed = new ListedSoFar();
  let cursor = request.cursor;
  let page: ExaminedPage;
  try {
    do {
      const planned = takenOnce(await reader.read(windowBehind(request, listed), cursor));
      listed.count(planned);
      cursor = planned.plan.next;
      if (mayReadAhead(planned, listed)) reader.readAhead(windowBehind(request, listed), cursor);
      const items = planned.taken.map(withVersion);
      page = { ...planned, difference: await differenceOf(request, target, items, planned.page.observedAtMs) };
      listed.judge(items, page.difference);
      attempt.onProgress();
    } while (mayGoOn(page) && listed.pages < maxPagesPerStep);
  } finally {
    reader.stop();
  }
  await checkSameServer(source, run, attempt);
  return stagePage(request, target.staging, page, listed, attempt);
}

/** The window as it is behind the pages of this step. Those behind which it goes on held nothing to fetch. */
function windowBehind(request: ListPageRequest, listed: ListedSoFar): OpenWindow {
  return {
    fromMs: request.fromMs,
    limitMs: request.limitMs,
    tracesTaken: request.tracesTaken + listed.traces,
    tracesLeft: Math.min(request.tracesLeft - listed.traces, request.fetchesLeft),
    bytesLeft: request.bytesLeft - listed.bytes,
  };
}

/** A page whose repeated ids are taken once, the last one of each. */
interface TakenPage extends PlannedPage {
  readonly taken: readonly ListedTrace[];
}

/** And what of it differs from what is landed. */
interface ExaminedPage extends TakenPage {
  readonly difference: PageDifference<ListedItem>;
}

function takenOnce(planned: PlannedPage): TakenPage {
  return { ...planned, taken: [...new Map(planned.plan.taken.map((item) => [item.traceId, item])).values()] };
}

/**
 * Behind a page without a difference there is mostly another one; a first backfill never gets so far, and asks for no
 * page twice.
 */
function mayReadAhead({ taken, plan }: TakenPage, listed: ListedSoFar): boolean {
  return listed.pages > 1 && listed.pages < maxPagesPerStep && taken.length > 0 && plan.closeAtMs === null;
}

/** Empty pages go back at once: the workflow counts them, since a broken source sends them without end. */
function mayGoOn({ taken, difference, plan }: ExaminedPage): boolean {
  return taken.length > 0 && difference.work.length === 0 && plan.closeAtMs === null;
}

/** What is kept of the pages of one step: infos that need nothing are let go. */
class ListedSoFar {
  pages = 0;
  traces = 0;
  bytes = 0;
  unchanged = 0;
  deadSkipped = 0;
  digest = emptyDigest;
  /** Version hash by id: the second look compares with them. */
  readonly seen = new Map<string, string>();

  count({ taken, page }: TakenPage): void {
    this.pages += 1;
    this.traces += taken.length;
    this.bytes += page.bytes;
  }

  judge(items: readonly ListedItem[], difference: PageDifference<ListedItem>): void {
    this.digest = combineDigests(this.digest, idsDigest(items.map((item) => item.traceId)));
    for (const item of items) this.seen.set(item.traceId, item.sourceHash);
    this.unchanged += difference.unchanged;
    this.deadSkipped += difference.deadSkipped;
  }
}

async function differenceOf(
  request: ListPageRequest,
  target: OpenTarget,
  items: readonly ListedItem[],
  nowMs: number,
): Promise<PageDifference<ListedItem>> {
  const { run, settings } = request;
  const versions = new Map(items.map((item) => [item.traceId, item.sourceHash]));
  const differing = await differingFromLanded(target.warehouse, run.scope, versions);
  return diffPage(items, differing, {
    nowMs,
    settleMs: settings.settleMs,
    rereadSpans: settings.rereadSpans,
    retryDeadLetters: settings.retryDeadLetters,
  });
}

/** Only the last page of a step can have work. */
async function stagePage(
  request: ListPageRequest,
  staging: Staging,
  { page, plan, difference }: ExaminedPage,
  listed: ListedSoFar,
  { attempt }: StepAttempt,
): Promise<ListedPage> {
  const prefix = windowPrefix(request.run.stagingPrefix, request.windowIndex, request.round);
  // Of its attempt: a late one lists a source that moved since, and must not replace what its successor staged.
  const pageName = pagePrefix(prefix, request.pageIndex, attempt);
  const work = difference.work.map(({ trace, difference: reason }) => ({ item: trace, difference: reason }));
  const batches = await stageBatches(request, staging, pageName, work, page.observedAtMs);
  const count = (wanted: Difference): number => work.filter((one) => one.difference === wanted).length;
  return {
    pages: listed.pages,
    listed: listed.traces,
    fresh: count('new'),
    changed: count('changed'),
    growing: count('growing'),
    unchanged: listed.unchanged,
    deadSkipped: listed.deadSkipped,
    bytes: listed.bytes,
    batches,
    next: plan.next,
    closeAtMs: plan.closeAtMs,
    idsDigest: listed.digest,
    seenKey: await stageSeen(staging, pageName, listed),
    observedAtMs: page.observedAtMs,
  };
}

async function stageSeen(staging: Staging, pageName: string, listed: ListedSoFar): Promise<string | null> {
  if (listed.traces === 0) return null;
  const key = seenKey(pageName);
  await staging.writeJson(key, Object.fromEntries(listed.seen));
  return key;
}

async function stageBatches(
  request: ListPageRequest,
  staging: Staging,
  pageName: string,
  work: readonly { readonly item: ListedItem; readonly difference: Difference }[],
  observedAtMs: number,
): Promise<BatchReference[]> {
  const batches = planBatches(
    work,
    ({ item }) => (item.info === null ? 0 : (announcedBytes(item.info) ?? unknownSizeBytes)),
    {
      maxTraces: request.settings.batchTraces,
      maxBytes: request.settings.batchBytes,
    },
  );
  const references: BatchReference[] = [];
  for (const [index, items] of batches.entries()) {
    const key = batchKey(pageName, index);
    await staging.writeJson(key, batchToJson({ observedAtMs, items }));
    references.push({ key, traces: items.length });
  }
  return references;
}
