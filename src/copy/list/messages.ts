/** What crosses Temporal when a page is listed. Pure types; imports types only. */
import type { Interval } from '../prepare/coverage.js';
import type { RunReference } from '../run.js';
import type { RunSettings } from '../run-settings.js';
import type { ListingCursor } from './cursor.js';

/** A staged list of traces to process. */
export interface BatchReference {
  /** Staging key of the JSON document with the infos. */
  readonly key: string;
  readonly traces: number;
}

export interface ListPageRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly windowIndex: number;
  /** 0 for the first pass, then 1, 2 for repairs; a run that went back counts on. */
  readonly round: number;
  readonly pageIndex: number;
  /** Start of the window, inclusive; end of the run or, in a repair, of the window, exclusive. Epoch milliseconds. */
  readonly fromMs: number;
  readonly limitMs: number;
  /** Traces that earlier pages gave the window, and what it may take before it closes. */
  readonly tracesTaken: number;
  readonly tracesLeft: number;
  readonly bytesLeft: number;
  /** How many more traces of the window may be fetched before it closes. */
  readonly fetchesLeft: number;
  readonly cursor: ListingCursor;
  /** Stretches of time whose traces' spans are read again, whatever is landed. Default: none. */
  readonly rereadWithin?: readonly Interval[];
}

/** What one step of listing found: one page, or several of which all but the last held nothing to fetch. */
export interface ListedPage {
  /** How many pages, 1 or more. */
  readonly pages: number;
  /** Traces of the pages that belong to the window. */
  readonly listed: number;
  /** Landed in exactly the listed version. */
  readonly unchanged: number;
  /** Known to fail in exactly the listed version, not due for another try. */
  readonly deadSkipped: number;
  /** Size of the source's answers. */
  readonly bytes: number;
  readonly batches: readonly BatchReference[];
  readonly next: ListingCursor;
  /** End of the window when the last page closed it. */
  readonly closeAtMs: number | null;
  /** Staging key of the ids and version hashes listed; null where nothing was listed. */
  readonly seenKey: string | null;
}
