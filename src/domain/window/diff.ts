/**
 * What of a listed page must be done, against what is landed. Pure; imports types only.
 */
import type { SpanState } from '../trace/model.js';

/** A trace as the source lists it. */
export interface ListedTrace {
  readonly traceId: string;
  readonly sourceHash: string;
}

/** A trace as the gold table holds it. Times are epoch milliseconds. */
export interface LandedVersion {
  readonly traceId: string;
  readonly sourceHash: string;
  readonly spanState: SpanState;
  readonly startTimeMs: number;
  readonly executionTimeMs: number | null;
}

/** An open dead letter. `retryAfterMs` null: not tried again unless the trace changes. */
export interface FailedVersion {
  readonly traceId: string;
  readonly sourceHash: string;
  readonly retryAfterMs: number | null;
}

/**
 * Why a trace is in the difference. `new`: never landed; `changed`: its info changed, its spans are complete and are
 * not fetched again; `growing`: its spans were not complete when last read and it is not settled yet, or its info
 * changed while they were incomplete, or the run reads all spans again.
 */
export type Difference = 'new' | 'changed' | 'growing';

export interface PageDifference<Trace extends ListedTrace> {
  readonly work: readonly { readonly trace: Trace; readonly difference: Difference }[];
  /** Landed in exactly this version. */
  readonly unchanged: number;
  /** Known to fail in exactly this version, not due for another try. */
  readonly deadSkipped: number;
}

/** How the passing of time enters a diff. */
export interface SettleRule {
  /** The source's clock, epoch milliseconds. */
  readonly nowMs: number;
  /** How long after its end a trace whose spans are incomplete is still revisited, milliseconds. */
  readonly settleMs: number;
  /** True: nothing is known to be read to its end. Default false. */
  readonly rereadSpans?: boolean;
}

/** True where the spans are complete, or the trace ended so long ago that nothing more is expected. */
export function isSettled(landed: LandedVersion, rule: SettleRule): boolean {
  if (landed.spanState === 'complete') return true;
  const endMs = landed.startTimeMs + (landed.executionTimeMs ?? 0);
  return rule.nowMs - endMs > rule.settleMs;
}

/** Compares a page by key. Ids repeated within the page count once, the last one wins. */
export function diffPage<Trace extends ListedTrace>(
  listed: readonly Trace[],
  landed: readonly LandedVersion[],
  failed: readonly FailedVersion[],
  rule: SettleRule,
): PageDifference<Trace> {
  const landedById = new Map(landed.map((version) => [version.traceId, version]));
  const failedById = new Map(failed.map((version) => [version.traceId, version]));
  const work: { trace: Trace; difference: Difference }[] = [];
  let unchanged = 0;
  let deadSkipped = 0;
  for (const trace of new Map(listed.map((one) => [one.traceId, one])).values()) {
    const failure = failedById.get(trace.traceId);
    if (failure !== undefined && isDeadAsListed(failure, trace, rule.nowMs)) {
      deadSkipped += 1;
      continue;
    }
    const difference = differenceOf(trace, landedById.get(trace.traceId), rule);
    if (difference === null) unchanged += 1;
    else work.push({ trace, difference });
  }
  return { work, unchanged, deadSkipped };
}

/** True while this very version is known to fail and its next try is not due. */
function isDeadAsListed(failure: FailedVersion, trace: ListedTrace, nowMs: number): boolean {
  if (failure.sourceHash !== trace.sourceHash) return false;
  return failure.retryAfterMs === null || failure.retryAfterMs > nowMs;
}

function differenceOf(trace: ListedTrace, landed: LandedVersion | undefined, rule: SettleRule): Difference | null {
  if (landed === undefined) return 'new';
  if (rule.rereadSpans === true) return 'growing';
  if (landed.sourceHash !== trace.sourceHash) return landed.spanState === 'complete' ? 'changed' : 'growing';
  return isSettled(landed, rule) ? null : 'growing';
}
