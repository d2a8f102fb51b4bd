/**
 * Reads the listing of an experiment, window by window, by the keyset rule of cursor.ts. Shared by copy, verification
 * and reconciliation.
 */
import { TraceliftError } from '../../errors/index.js';
import { endlessListing, maxEmptyPages, planPage, startCursor } from './cursor.js';
import type { ListingCursor, OpenWindow, PagePlan } from './cursor.js';
import type { TraceSource } from '../../sources/trace-source.js';
import { hashed, listedTraces } from './listed-trace.js';
import type { HashedTrace, ListedTrace } from './listed-trace.js';
import type { CallOptions } from '../../call-options.js';

/** Ids of one look-up; MLflow's own limit for a search page. */
export const lookupSize = 500;

/** What error texts call the requests of a listing. */
const searchName = 'a search for traces';

/** Whose listing, and how many rows of it at a time. */
export interface Listing {
  readonly experimentId: string;
  /** 1..500. */
  readonly pageSize: number;
}

/** A page of the listing, and what it adds to the window. */
export interface PlannedPage extends PagePlan<ListedTrace> {
  /** Size of the source's answer. */
  readonly bytes: number;
  /** The source's clock when it answered, epoch milliseconds. */
  readonly observedAtMs: number;
}

/** One search from the cursor on, and what it adds to the window. @throws SourceBadAnswer and the codes of the source */
export async function readPage(
  source: TraceSource,
  listing: Listing,
  window: OpenWindow,
  cursor: ListingCursor,
  options: CallOptions,
): Promise<PlannedPage> {
  const page = await source.searchPage(
    {
      experimentId: listing.experimentId,
      fromMs: cursor.lastMs,
      toMs: window.limitMs,
      maxResults: listing.pageSize,
      ...(cursor.pageToken === undefined ? {} : { pageToken: cursor.pageToken }),
    },
    options,
  );
  if (page.nextPageToken !== undefined && page.nextPageToken === cursor.pageToken) {
    throw await badListing(source, 'the same page token came back', options);
  }
  const plan = planPage(window, cursor, {
    rows: listedTraces(page, cursor.lastMs),
    bytes: page.bytes,
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
  });
  return { ...plan, bytes: page.bytes, observedAtMs: page.observedAtMs };
}

async function badListing(source: TraceSource, reason: string, options: CallOptions): Promise<TraceliftError> {
  const { address } = await source.describe(options);
  return new TraceliftError('SourceBadAnswer', { address, request: searchName, reason });
}

/** Everything that the source lists in `[fromMs, toMs)`. */
export interface ListedWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** By id; of an id that several pages list, the last one. */
  readonly traces: ReadonlyMap<string, HashedTrace>;
  /** The source's clock at the last page, epoch milliseconds. */
  readonly observedAtMs: number;
}

/** After how much a window closes; without it, only at the end of the range. */
export interface WindowBudget {
  readonly traces: number;
  readonly bytes: number;
}

/** Lists from `fromMs` until the window is full or `limitMs` is reached. */
export async function listWindow(
  source: TraceSource,
  listing: Listing,
  range: { readonly fromMs: number; readonly limitMs: number },
  options: CallOptions,
  budget: WindowBudget = { traces: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER },
): Promise<ListedWindow> {
  const traces = new Map<string, HashedTrace>();
  let tracesTaken = 0;
  let bytes = 0;
  let cursor = startCursor(range.fromMs);
  let emptyPages = 0;
  for (;;) {
    const tracesLeft = budget.traces - tracesTaken;
    const window: OpenWindow = { ...range, tracesTaken, tracesLeft, bytesLeft: budget.bytes - bytes };
    const page = await readPage(source, listing, window, cursor, options);
    for (const trace of page.taken) traces.set(trace.traceId, hashed(trace));
    if (page.closeAtMs !== null) {
      return { fromMs: range.fromMs, toMs: page.closeAtMs, traces, observedAtMs: page.observedAtMs };
    }
    emptyPages = page.taken.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > maxEmptyPages) throw await badListing(source, endlessListing(emptyPages), options);
    tracesTaken += page.taken.length;
    bytes += page.bytes;
    cursor = page.next;
    options.onProgress?.();
  }
}

/** Those of the ids that even a look-up by id does not find: a trace whose time merely moved is still there. */
export async function vanishedIds(
  source: TraceSource,
  experimentId: string,
  traceIds: readonly string[],
  options: CallOptions,
): Promise<string[]> {
  const vanished: string[] = [];
  for (let start = 0; start < traceIds.length; start += lookupSize) {
    const chunk = traceIds.slice(start, start + lookupSize);
    const found = await source.getInfos(experimentId, chunk, options);
    const known = new Set([...found.infos, ...found.unreadable].map((trace) => trace.traceId));
    vanished.push(...chunk.filter((traceId) => !known.has(traceId)));
  }
  return vanished;
}
