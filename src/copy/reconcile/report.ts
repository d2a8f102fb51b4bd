/** What a reconciliation finds: windows, their sums, its end. Types and sums only. */
import type { TracesBeyondEnd } from '../list/beyond-end-rules.js';
import type { Interval } from '../prepare/coverage.js';

/** Spans of the source against those in the raw table, trace by trace. */
export interface SpanComparison {
  /** Traces whose spans were read again. */
  readonly traces: number;
  /** Spans that the source has and the raw table has not, and the other way round. */
  readonly missingSpans: number;
  readonly extraSpans: number;
  /** Traces with either. */
  readonly differing: number;
  /** First ten of them. */
  readonly differingIds: readonly string[];
  /** Traces whose spans the source could not serve now. */
  readonly unreadable: number;
  /** Where the traces start that miss spans, for a repair: a few stretches. */
  readonly late: readonly Interval[];
}

/**
 * `complete`: everything listed is landed or a dead letter; `moving`: only traces differ that are in the tables in an
 * older version; `incomplete`: something listed is in the tables in no version; `suspicious`:
 * the source lists nothing, much less than is landed, or another number than it counts: nothing is concluded.
 */
type ReconciledState = 'complete' | 'moving' | 'incomplete' | 'suspicious';

/** One window: source and tables beside each other. Ids are the first ten of their kind. Times are epoch milliseconds. */
export interface ReconciledWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: ReconciledState;
  readonly listed: number;
  readonly landed: number;
  readonly deadLettered: number;
  /** Listed traces that are in the tables and in the dead letters in no version. */
  readonly missing: number;
  readonly missingIds: readonly string[];
  /** Listed traces that are there in another version. */
  readonly moving: number;
  readonly movingIds: readonly string[];
  /** Landed traces that even a look-up by id does not find at the source. */
  readonly extra: number;
  readonly extraIds: readonly string[];
  /** Those of them that gold now calls deleted at the source. */
  readonly marked: number;
  /** Landed traces whose spans are not complete. */
  readonly unsettled: number;
  /** Exact counts of the source's metrics endpoint; null where it has none. */
  readonly countedTraces: number | null;
  readonly countedSpans: number | null;
  /** Spans of the landed traces in the tables; traces whose spans were never read have none. */
  readonly landedSpans: number;
  /** Null where spans were not compared. */
  readonly spans: SpanComparison | null;
}

export interface ReconcileTotals {
  readonly windows: number;
  readonly complete: number;
  readonly suspicious: number;
  readonly listed: number;
  readonly landed: number;
  readonly deadLettered: number;
  readonly missing: number;
  readonly moving: number;
  readonly extra: number;
  readonly marked: number;
  readonly unsettled: number;
  readonly countedTraces: number | null;
  readonly countedSpans: number | null;
  readonly landedSpans: number;
  readonly missingSpans: number;
  readonly differingSpans: number;
  /**
   * Spans that the source counts beyond those in the tables, over windows whose traces are all landed as listed: what a
   * comparison of the spans does not explain.
   */
  readonly unexplainedSpans: number;
}

export interface ReconcileReport {
  /** Half-open; equal where there is nothing to compare. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly windows: readonly ReconciledWindow[];
  readonly totals: ReconcileTotals;
  /** Traces that start beyond the end: no window holds them. */
  readonly beyondEnd: TracesBeyondEnd;
}

/** True where something at the source is not in the tables, or where that cannot be told. */
export function isAnythingMissing({ missing, suspicious, missingSpans, unexplainedSpans }: ReconcileTotals): boolean {
  return missing > 0 || suspicious > 0 || missingSpans > 0 || unexplainedSpans > 0;
}

/** A dead letter's spans are counted at the source and in no table; an older version may have fewer. */
function unexplainedSpansOf(window: ReconciledWindow): number {
  const { state, deadLettered, countedSpans, landedSpans, spans } = window;
  if (state !== 'complete' || deadLettered > 0 || countedSpans === null) return 0;
  const missingHere = (spans?.missingSpans ?? 0) - (spans?.extraSpans ?? 0);
  return Math.max(0, countedSpans - landedSpans - Math.max(0, missingHere));
}

/** Sums over windows; a count that one window lacks is unknown for all. */
export function totalsOf(windows: readonly ReconciledWindow[]): ReconcileTotals {
  const sum = (of: (window: ReconciledWindow) => number): number => windows.reduce((all, one) => all + of(one), 0);
  const known = (of: (window: ReconciledWindow) => number | null): number | null =>
    windows.some((one) => of(one) === null) ? null : sum((one) => of(one) ?? 0);
  return {
    windows: windows.length,
    complete: windows.filter(({ state }) => state === 'complete').length,
    suspicious: windows.filter(({ state }) => state === 'suspicious').length,
    listed: sum((one) => one.listed),
    landed: sum((one) => one.landed),
    deadLettered: sum((one) => one.deadLettered),
    missing: sum((one) => one.missing),
    moving: sum((one) => one.moving),
    extra: sum((one) => one.extra),
    marked: sum((one) => one.marked),
    unsettled: sum((one) => one.unsettled),
    countedTraces: known((one) => one.countedTraces),
    countedSpans: known((one) => one.countedSpans),
    landedSpans: sum((one) => one.landedSpans),
    missingSpans: sum((one) => one.spans?.missingSpans ?? 0),
    differingSpans: sum((one) => one.spans?.differing ?? 0),
    unexplainedSpans: sum(unexplainedSpansOf),
  };
}
