/**
 * What travels between workflows and activities: names, counts, cursors, keys. Pure types; imports types only.
 *
 * No trace text and no secret ever appears here, since all of it is stored in Temporal's history. Every value stays
 * far below 50 KB.
 */
import type { TraceKey } from '../tables/trace-key.js';
import type { ListingCursor } from './list/cursor.js';
import type { RunReference, RunSettings } from './run.js';
import type { WindowState } from './verify/rules.js';

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
  /** 0 for the first pass, then 1, 2 for repairs. */
  readonly round: number;
  readonly pageIndex: number;
  /** Start of the window, inclusive; end of the run or, in a repair, of the window, exclusive. */
  readonly fromMs: number;
  readonly limitMs: number;
  readonly tracesTaken: number;
  readonly tracesLeft: number;
  readonly bytesLeft: number;
  /** How many more traces of the window may be fetched before it closes. */
  readonly fetchesLeft: number;
  readonly cursor: ListingCursor;
}

/** What one step of listing found: one page, or several of which all but the last held nothing to fetch. */
export interface ListedPage {
  /** How many pages, 1 or more. */
  readonly pages: number;
  /** Traces of the pages that belong to the window. */
  readonly listed: number;
  readonly fresh: number;
  readonly changed: number;
  readonly growing: number;
  readonly unchanged: number;
  readonly deadSkipped: number;
  readonly bytes: number;
  readonly batches: readonly BatchReference[];
  readonly next: ListingCursor;
  /** End of the window when the last page closed it. */
  readonly closeAtMs: number | null;
  /** XOR of the SHA-256 of each id, hex. */
  readonly idsDigest: string;
  /** Staging key of the ids and version hashes listed; null where nothing was listed. */
  readonly seenKey: string | null;
  readonly observedAtMs: number;
}

export interface ProcessBatchRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly batch: BatchReference;
}

export interface ProcessedBatch {
  readonly key: string;
  readonly numTraces: number;
  readonly numDeadLetters: number;
  readonly numSpans: number;
  readonly numAssessments: number;
  readonly numDocuments: number;
  readonly bytes: number;
  /** First ids that became dead letters, at most ten. */
  readonly failedIds: readonly string[];
}

export interface SealWindowRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly manifestKey: string;
  readonly files: readonly ProcessedBatch[];
}

export interface CommitRequest {
  readonly run: RunReference;
  readonly manifestKey: string;
}

export interface CommittedWindow {
  readonly inserted: number;
  readonly updated: number;
  readonly deadLettered: number;
  readonly addedColumns: readonly string[];
  readonly columnsOverLimit: number;
}

export interface VerifyWindowRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly fromMs: number;
  readonly toMs: number;
  readonly seenKeys: readonly string[];
  /** False where nothing was committed: then the listing itself was the proof. */
  readonly relist: boolean;
}

export interface VerifiedWindow {
  readonly state: WindowState;
  readonly listed: number;
  readonly landed: number;
  readonly deadLettered: number;
  readonly missing: number;
  /** First missing ids, at most ten. */
  readonly missingIds: readonly string[];
  readonly moved: number;
  readonly extra: number;
  readonly idsDigest: string;
}

export interface RecordWindowRequest {
  readonly run: RunReference;
  readonly workflowId: string;
  readonly firstRunId: string;
  readonly windowIndex: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly changed: number;
  readonly repairRounds: number;
  readonly startedAtMs: number;
  readonly verified: VerifiedWindow;
}

/** A rebuild has no experiment: its scope names none, and its fingerprint speaks of the target alone. */
export interface RebuildReference {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly targetLock: string;
}

export interface ListRawPageRequest {
  readonly rebuild: RebuildReference;
  readonly after: TraceKey | null;
  readonly limit: number;
  readonly page: number;
}

export interface ListedRawPage {
  readonly batches: readonly BatchReference[];
  readonly last: TraceKey | null;
}

export interface ResolvedExperiments {
  readonly experiments: readonly { readonly experimentId: string; readonly name: string }[];
  readonly targetName: string;
  readonly targetLock: string;
}
