/** One step of listing: what it adds to the window, what of it differs from what is landed, staged in batches. */
import type { Warehouse } from '../../targets/warehouse.js';
import type { StepAttempt } from '../attempt.js';
import type { RunConnections } from '../dependencies.js';
import { checkSameServer } from '../same-server.js';
import { batchKey, pagePrefix, windowPrefix } from '../staging-layout.js';
import { differingFromLanded } from './compare-landed.js';
import type { OpenWindow } from './cursor.js';
import { diffPage } from './diff.js';
import type { LandedVersion, PageDifference } from './diff.js';
import type { PlannedPage } from './list-window.js';
import { hashed } from './listed-trace.js';
import type { HashedTrace } from './listed-trace.js';
import type { ListedPage, ListPageRequest } from './messages.js';
import { PageReader } from './page-reader.js';
import { stageBatches, stageSeen } from './stage-page.js';
import { asWithheld } from './seen-versions.js';
import { withheldTraces } from './withheld.js';
import type { ShownAssessments } from './withheld.js';
import { observedNoLaterThan, orderOf } from './version-order.js';
import { processVersion } from '../../trace/processing-options.js';

/**
 * One step reads at most this many pages in a row that have no difference: they leave nothing to process, and a
 * separate step for each would take as long as its search. A crash repeats these searches, nothing else.
 */
const maxPagesPerStep = 20;

export async function listPage(
  { source, target, worker }: RunConnections,
  request: ListPageRequest,
  attempt: StepAttempt,
): Promise<ListedPage> {
  const { run, settings } = request;
  const listing = { experimentId: run.scope.experimentId, pageSize: settings.pageSize };
  const reader = new PageReader(source, listing, attempt);
  const listed = new ListedSoFar();
  const ownVersion = processVersion(worker.processing);
  let { cursor } = request;
  let page: PlannedPage;
  let difference: ComparedPage;
  let observedAtMs: number;
  try {
    do {
      page = await reader.read(windowBehind(request, listed), cursor);
      cursor = page.next;
      listed.count(page);
      if (mayReadAhead(page, listed)) reader.readAhead(windowBehind(request, listed), cursor);
      const traces = page.taken.map(hashed);
      observedAtMs = observedNoLaterThan(page.observedAtMs, Date.now());
      difference = await compareWithLanded(target.warehouse, ownVersion, request, traces, observedAtMs);
      listed.judge(traces, difference);
      attempt.onProgress();
    } while (mayGoOn(page, difference) && listed.pages < maxPagesPerStep);
  } finally {
    reader.stop();
  }
  await checkSameServer(source, run, attempt);
  const prefix = prefixOf(request, attempt);
  const limits = { maxTraces: settings.batchTraces, maxBytes: settings.batchBytes };
  return {
    pages: listed.pages,
    listed: listed.traces,
    unchanged: listed.unchanged,
    deadSkipped: listed.deadSkipped,
    bytes: listed.bytes,
    // Only the last page of a step can have any.
    batches: await stageBatches(
      target.staging,
      (index) => batchKey(prefix, index),
      difference.toCopy,
      observedAtMs,
      limits,
    ),
    next: page.next,
    closeAtMs: page.closeAtMs,
    seenKey: await stageSeen(target.staging, prefix, listed.seen),
  };
}

/** Of its attempt: a late one lists a source that moved since, and must not replace what its successor staged. */
function prefixOf({ run, windowIndex, round, pageIndex }: ListPageRequest, { attempt }: StepAttempt): string {
  return pagePrefix(windowPrefix(run.stagingPrefix, windowIndex, round), pageIndex, attempt);
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

/**
 * Behind a page without a difference there is mostly another one; a first backfill never gets so far, and asks for no
 * page twice.
 */
function mayReadAhead({ taken, closeAtMs }: PlannedPage, listed: ListedSoFar): boolean {
  return listed.pages > 1 && listed.pages < maxPagesPerStep && taken.length > 0 && closeAtMs === null;
}

/** Empty pages go back at once: the workflow counts them, since a broken source sends them without end. */
function mayGoOn({ taken, closeAtMs }: PlannedPage, { toCopy }: PageDifference<HashedTrace>): boolean {
  return taken.length > 0 && toCopy.length === 0 && closeAtMs === null;
}

/** What is kept of the pages of one step: infos that need nothing are let go. */
class ListedSoFar {
  pages = 0;
  traces = 0;
  bytes = 0;
  unchanged = 0;
  deadSkipped = 0;
  readonly seen = new Map<string, string>();

  count({ taken, bytes }: PlannedPage): void {
    this.pages += 1;
    this.traces += taken.length;
    this.bytes += bytes;
  }

  judge(traces: readonly HashedTrace[], { unchanged, deadSkipped, kept }: ComparedPage): void {
    for (const { traceId, sourceHash } of traces) this.seen.set(traceId, sourceHash);
    for (const { traceId, sourceHash } of kept) this.seen.set(traceId, asWithheld(sourceHash));
    this.unchanged += unchanged;
    this.deadSkipped += deadSkipped;
  }
}

/** The difference of a page without the traces that are kept as they are landed. */
interface ComparedPage extends PageDifference<HashedTrace> {
  readonly kept: readonly LandedVersion[];
}

async function compareWithLanded(
  warehouse: Warehouse,
  ownVersion: string,
  request: ListPageRequest,
  traces: readonly HashedTrace[],
  nowMs: number,
): Promise<ComparedPage> {
  const { run, round, settings } = request;
  const versions = new Map(traces.map(({ traceId, sourceHash }) => [traceId, sourceHash]));
  const { settleMs, reprocess, retryDeadLetters } = settings;
  const differing = await differingFromLanded(warehouse, run.scope, versions);
  const otherVersions = reprocess ? await warehouse.ofOtherVersions(run.scope, [...versions.keys()], ownVersion) : [];
  const difference = diffPage(traces, differing, {
    ...{ nowMs, settleMs, retryDeadLetters },
    rereadIds: toReread(request, traces),
    reprocessIds: new Set(otherVersions),
  });
  const known = new Map(differing.map(({ traceId, landed }) => [traceId, landed]));
  const landedAs = difference.toCopy.flatMap(({ trace: { traceId } }) => (known.has(traceId) ? [] : [traceId]));
  // Those that are landed as they are listed, and whose spans are to be read again.
  if (landedAs.length > 0) {
    for (const landed of await warehouse.landed(run.scope, landedAs)) known.set(landed.traceId, landed);
  }
  const shown = traces.map((trace) => assessmentsOf(trace, known.get(trace.traceId) ?? null));
  const withheld = settings.acceptDeletions ? new Set<string>() : withheldTraces(shown);
  const toCopy = difference.toCopy
    .filter(({ trace }) => !withheld.has(trace.traceId))
    .map((one) => {
      const landedMs = known.get(one.trace.traceId)?.observedAtMs ?? null;
      return { ...one, observedAtMs: orderOf(landedMs, nowMs, round > 0) };
    });
  const kept = [...withheld].flatMap((traceId) => known.get(traceId) ?? []);
  return { ...difference, toCopy, kept };
}

function toReread({ settings, rereadWithin = [] }: ListPageRequest, traces: readonly HashedTrace[]): Set<string> {
  const isWithin = (ms: number): boolean => rereadWithin.some(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
  const wanted = traces.filter(({ startTimeMs }) => settings.rereadSpans || isWithin(startTimeMs));
  return new Set(wanted.map(({ traceId }) => traceId));
}

function assessmentsOf({ traceId, info }: HashedTrace, landed: LandedVersion | null): ShownAssessments {
  const valid = info?.assessments.filter((assessment) => assessment.valid).length;
  // A trace that cannot be read shows nothing, and is no sign of anything.
  const shown = valid ?? landed?.numAssessments ?? 0;
  return { traceId, shown, landed: landed?.numAssessments ?? shown };
}
