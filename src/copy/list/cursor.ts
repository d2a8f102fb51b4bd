/**
 * The position in a listing, and the decision where a window ends. Pure; imports nothing.
 *
 * A listing goes by `timestamp ASC, trace id ASC`. MLflow's page token is an offset on open-source servers: rows that
 * vanish in front of it make the next page skip others. So a listing continues by keyset (`timestamp >= last`, ids
 * already seen at `last` dropped) and uses a token only to get past one single millisecond that fills a whole page.
 */

/** Where the next page of a window begins. */
export interface ListingCursor {
  /** Start of the next search, inclusive, epoch milliseconds. */
  readonly lastMs: number;
  /** Ids at `lastMs` that were already taken, so that the inclusive search does not take them again. */
  readonly idsAtLast: readonly string[];
  /** Set only while one millisecond fills whole pages. */
  readonly pageToken?: string;
}

/** What the closing rule looks at of a listed trace. */
export interface ListedRow {
  readonly traceId: string;
  readonly startTimeMs: number;
}

/** The part of a window that is decided so far. */
export interface OpenWindow {
  /** Inclusive, epoch milliseconds. */
  readonly fromMs: number;
  /** End of the whole run, exclusive: no window goes beyond it. */
  readonly limitMs: number;
  /** How many traces the window has taken from earlier pages. */
  readonly tracesTaken: number;
  /** How many more traces the window may take before it closes. */
  readonly tracesLeft: number;
  /** How many more bytes of listing it may take. */
  readonly bytesLeft: number;
}

/** What to do with a page. */
export interface PagePlan<Row extends ListedRow> {
  /** Rows of the page that belong to this window and were not taken before; of an id that it repeats the last one. */
  readonly taken: readonly Row[];
  /** End of the window, exclusive; null while it stays open. */
  readonly closeAtMs: number | null;
  /** Where the listing goes on; of the next window when this one closed. */
  readonly next: ListingCursor;
}

/** A source that keeps sending tokens without a row that is new is broken, not slow. */
export const maxEmptyPages = 100;

/** Why such a listing is given up, for the error text. */
export function endlessListing(emptyPages: number): string {
  return `${String(emptyPages)} pages in a row without a new trace`;
}

/** The cursor at the start of a window. */
export function startCursor(fromMs: number): ListingCursor {
  return { lastMs: fromMs, idsAtLast: [] };
}

/**
 * Decides what a page adds to a window and whether the window ends with it.
 *
 * The window closes, exclusive, at the last row's timestamp once its budget is used up: rows of that millisecond
 * belong to the next window. It stays open while that would leave it empty, or cut off rows of that millisecond that an
 * earlier page took. When the source has nothing more, it closes at `limitMs`.
 */
export function planPage<Row extends ListedRow>(
  window: OpenWindow,
  cursor: ListingCursor,
  page: { readonly rows: readonly Row[]; readonly bytes: number; readonly nextPageToken?: string },
): PagePlan<Row> {
  const seen = new Set(cursor.idsAtLast);
  const fresh = page.rows.filter((row) => !(row.startTimeMs === cursor.lastMs && seen.has(row.traceId)));
  if (page.nextPageToken === undefined) {
    return { taken: eachOnce(fresh), closeAtMs: window.limitMs, next: startCursor(window.limitMs) };
  }
  const lastMs = page.rows.at(-1)?.startTimeMs ?? cursor.lastMs;
  const spent = fresh.length >= window.tracesLeft || page.bytes >= window.bytesLeft;
  const earlier = fresh.filter((row) => row.startTimeMs < lastMs);
  if (spent && lastMs > cursor.lastMs && window.tracesTaken + earlier.length > 0) {
    return { taken: eachOnce(earlier), closeAtMs: lastMs, next: startCursor(lastMs) };
  }
  return { taken: eachOnce(fresh), closeAtMs: null, next: advance(cursor, page.rows, lastMs, page.nextPageToken) };
}

function eachOnce<Row extends ListedRow>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.traceId, row])).values()];
}

/** Keyset step where the timestamp moved on; token step inside a millisecond that fills the page. */
function advance(
  cursor: ListingCursor,
  rows: readonly ListedRow[],
  lastMs: number,
  nextPageToken: string,
): ListingCursor {
  const idsAtLast = rows.filter((row) => row.startTimeMs === lastMs).map((row) => row.traceId);
  if (lastMs > cursor.lastMs) return { lastMs, idsAtLast };
  return { lastMs, idsAtLast: [...new Set([...cursor.idsAtLast, ...idsAtLast])], pageToken: nextPageToken };
}
