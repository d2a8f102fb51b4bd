/**
 * What travels between workflows and activities: names, counts, cursors, keys. Pure types; imports types only.
 *
 * No trace text and no secret ever appears here, since all of it is stored in Temporal's history. Every value stays
 * far below 50 KB.
 */
import type { TraceKey, TraceScope } from '../trace/model.js';
import type { ListingCursor } from './cursor.js';
import type { WindowState } from './verdict.js';

/** Settings of a run. Resolved once, in its first run, and carried: changed defaults never alter a running backfill. */
export interface RunSettings {
  /** Traces after which a window closes. Default 5,000. */
  readonly windowTraces: number;
  /** Bytes of listing after which a window closes. */
  readonly windowBytes: number;
  /** Rows of one search, 1..500. Default 500, MLflow's limit. */
  readonly pageSize: number;
  /** Traces of one processing activity. Default 100. */
  readonly batchTraces: number;
  /** Expected bytes of spans of one processing activity. */
  readonly batchBytes: number;
  /** Processing activities at a time, 1..64. Default 8. */
  readonly concurrency: number;
  /** How far behind the source's clock a run must end, milliseconds: rows appear only when their trace ends. */
  readonly lagMs: number;
  /** How long after its end a trace with incomplete spans is revisited, milliseconds. Default one hour. */
  readonly settleMs: number;
  /** Share of dead letters above which a run stops, 0..1. Default 0.05. */
  readonly maxFailedRatio: number;
  /** The ratio is not judged below this many processed traces. Default 100. */
  readonly minTracesForRatio: number;
  /** Windows after which the run continues as new. Default 4. */
  readonly maxWindowsPerRun: number;
  readonly maxMetricColumns: number;
  /** After so long without a sign of life, milliseconds, an attempt is given to another worker. Default 30,000. */
  readonly heartbeatTimeoutMs: number;
}

/** What every activity of a run gets: enough to find its parts and to notice that it runs in the wrong worker. */
export interface RunReference {
  readonly sourceName: string;
  readonly targetName: string;
  readonly scope: TraceScope;
  /** Hash of source, target and staging root; an activity in a worker with other ones refuses to work. */
  readonly targetFingerprint: string;
  /** Folder of the run's staged files. */
  readonly stagingPrefix: string;
}

/** What preflight found out and fixed for the whole run. */
export interface PreparedRun {
  readonly run: RunReference;
  readonly experimentName: string;
  /** Bounds of the run, half-open, epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly settings: RunSettings;
  /** Traces that the source counts in the bounds; null where it cannot say. */
  readonly expectedTraces: number | null;
  /** Names the commit lock: equal for all runs that write the same tables. */
  readonly targetLock: string;
  readonly startedAtMs: number;
}

/** Which stretch of time a run is asked for. Times are epoch milliseconds; null means "as far as there is data". */
export type RequestedRange =
  | { readonly kind: 'explicit'; readonly fromMs: number | null; readonly toMs: number | null }
  | {
      readonly kind: 'scheduled';
      /** When the schedule meant the run to start: never a worker's clock. */
      readonly scheduledMs: number;
      readonly lookbackMs: number | null;
    };

export interface PreflightRequest {
  /** Experiment id or exact name. */
  readonly experiment: string;
  /** Null: the configuration's default. */
  readonly sourceName: string | null;
  readonly targetName: string | null;
  /** Settings that the caller fixed; the others come from the configuration. */
  readonly settings: Partial<RunSettings>;
  readonly range: RequestedRange;
  readonly workflowId: string;
  readonly firstRunId: string;
}

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
  readonly cursor: ListingCursor;
}

export interface ListedPage {
  /** Traces of the page that belong to the window. */
  readonly listed: number;
  readonly fresh: number;
  readonly changed: number;
  readonly growing: number;
  readonly unchanged: number;
  readonly deadSkipped: number;
  readonly bytes: number;
  readonly batches: readonly BatchReference[];
  readonly next: ListingCursor;
  /** End of the window when this page closed it. */
  readonly closeAtMs: number | null;
  /** XOR of the SHA-256 of each id, hex. */
  readonly idsDigest: string;
  /** Staging key of the ids and version hashes listed; null for an empty page. */
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
  readonly heartbeatTimeoutMs: number;
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

/** Sums over the windows of a run. */
export interface RunTotals {
  readonly windows: number;
  readonly listed: number;
  readonly landed: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deadLettered: number;
  readonly missing: number;
  readonly extra: number;
  readonly moved: number;
  readonly repaired: number;
  readonly spans: number;
  readonly pages: number;
  readonly batches: number;
  readonly columnsOverLimit: number;
}

export const emptyTotals: RunTotals = {
  windows: 0,
  listed: 0,
  landed: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deadLettered: 0,
  missing: 0,
  extra: 0,
  moved: 0,
  repaired: 0,
  spans: 0,
  pages: 0,
  batches: 0,
  columnsOverLimit: 0,
};

/** Adds the given sums. */
export function addTotals(left: RunTotals, right: Partial<RunTotals>): RunTotals {
  const sum: Record<string, number> = { ...left };
  for (const [name, value] of Object.entries(right)) sum[name] = (sum[name] ?? 0) + value;
  return sum as unknown as RunTotals;
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
