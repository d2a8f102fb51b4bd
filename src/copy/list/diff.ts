/**
 * What of a listed page must be done, against what is landed. Pure; imports types only.
 */
import type { SpanState } from '../../tables/trace-key.js';

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

/** A listed version that the tables do not hold as it is listed, and what they hold of its trace. */
export interface DifferingTrace {
  readonly traceId: string;
  readonly landed: LandedVersion | null;
  readonly deadLetter: FailedVersion | null;
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

/** How the passing of time, and what the run was asked for, enter a diff. */
export interface DiffRule {
  /** The source's clock, epoch milliseconds. */
  readonly nowMs: number;
  /** How long after its end a trace whose spans are incomplete is still revisited, milliseconds. */
  readonly settleMs: number;
  /** True: nothing is known to be read to its end. Default false. */
  readonly rereadSpans?: boolean;
  /** True: dead letters are tried again before their time. Default false. */
  readonly retryDeadLetters?: boolean;
}

/** True where the spans are complete, or the trace ended so long ago that nothing more is expected. */
export function isSettled(landed: LandedVersion, rule: DiffRule): boolean {
  if (landed.spanState === 'complete') return true;
  const endMs = landed.startTimeMs + (landed.executionTimeMs ?? 0);
  return rule.nowMs - endMs > rule.settleMs;
}

/**
 * What of a page must be done. Ids repeated within the page count once, the last one wins.
 * @param differing those that are not landed as listed, with complete spans and without a dead letter; all others are
 */
export function diffPage<Trace extends ListedTrace>(
  listed: readonly Trace[],
  differing: readonly DifferingTrace[],
  rule: DiffRule,
): PageDifference<Trace> {
  const differingById = new Map(differing.map((one) => [one.traceId, one]));
  const work: { trace: Trace; difference: Difference }[] = [];
  let unchanged = 0;
  let deadSkipped = 0;
  for (const trace of new Map(listed.map((one) => [one.traceId, one])).values()) {
    const found = differingById.get(trace.traceId);
    if (found?.deadLetter != null && isDeadAsListed(found.deadLetter, trace, rule)) {
      deadSkipped += 1;
      continue;
    }
    const difference = found === undefined ? ofLanded(rule) : differenceOf(trace, found.landed, rule);
    if (difference === null) unchanged += 1;
    else work.push({ trace, difference });
  }
  return { work, unchanged, deadSkipped };
}

/** True while this very version is known to fail and its next try is not due. */
function isDeadAsListed(failure: FailedVersion, trace: ListedTrace, rule: DiffRule): boolean {
  if (rule.retryDeadLetters === true || failure.sourceHash !== trace.sourceHash) return false;
  return failure.retryAfterMs === null || failure.retryAfterMs > rule.nowMs;
}

function ofLanded(rule: DiffRule): Difference | null {
  return rule.rereadSpans === true ? 'growing' : null;
}

function differenceOf(trace: ListedTrace, landed: LandedVersion | null, rule: DiffRule): Difference | null {
  if (landed === null) return 'new';
  if (rule.rereadSpans === true) return 'growing';
  if (landed.sourceHash !== trace.sourceHash) return landed.spanState === 'complete' ? 'changed' : 'growing';
  return isSettled(landed, rule) ? null : 'growing';
}
