/** What of a listed page has to be copied, against what is landed. Pure; imports types only. */
import type { SpanState } from '../../tables/trace-key.js';

/** A trace in one version. */
export interface TraceVersion {
  readonly traceId: string;
  /** Hash of everything in its info that can change: trace/source-hash.ts. */
  readonly sourceHash: string;
}

/** Version hash by trace id. */
export type Versions = ReadonlyMap<string, string>;

/** The version of a trace that the gold table holds. Times are epoch milliseconds. */
export interface LandedVersion extends TraceVersion {
  readonly spanState: SpanState;
  readonly startTimeMs: number;
  readonly executionTimeMs: number | null;
  /** Spans in the tables; null where they were never read. */
  readonly numSpans: number | null;
  /** Valid assessments in the tables. */
  readonly numAssessments: number;
  /** The source's clock when it was listed for this version, epoch milliseconds. */
  readonly observedAtMs: number;
  /** True while the source was last seen without it. */
  readonly isDeletedAtSource: boolean;
}

/** The version of a trace that could not be copied. */
export interface OpenDeadLetter extends TraceVersion {
  /** When it is tried again, epoch milliseconds; null: not unless the trace changes. */
  readonly retryAfterMs: number | null;
}

/** A listed trace that the tables do not hold as it is listed, and what they hold of it. */
export interface DifferingTrace {
  readonly traceId: string;
  /** Null where it is not landed in any version. */
  readonly landed: LandedVersion | null;
  readonly deadLetter: OpenDeadLetter | null;
}

/**
 * Why a trace is copied. `new`: it is not landed; `info`: its info changed or it was deleted meanwhile, its
 * spans are complete and are not fetched again; `spans`: its spans were not complete when last read and it is not settled yet, or its info changed while they
 * were incomplete, or they are to be read again; `rules`: other rules made its rows, and it is processed again from raw.
 */
export type Difference = 'new' | 'info' | 'spans' | 'rules';

export interface TraceToCopy<Trace extends TraceVersion> {
  readonly trace: Trace;
  readonly difference: Difference;
  /** Set where the source's clock would put this version before the one in the tables: version-order.ts. */
  readonly observedAtMs?: number;
}

export interface PageDifference<Trace extends TraceVersion> {
  readonly toCopy: readonly TraceToCopy<Trace>[];
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
  /** Traces whose spans are read again, whatever is landed. Default: none. */
  readonly rereadIds?: ReadonlySet<string>;
  /** Traces whose rows are made again from raw. Default: none. */
  readonly reprocessIds?: ReadonlySet<string>;
  /** True: dead letters are tried again before their time. Default false. */
  readonly retryDeadLetters?: boolean;
}

/**
 * True where the spans are complete, or were last asked for so long after the end of the trace that nothing more is
 * expected. When they were asked for decides, not what time it is: a span may have come since, so that the first run
 * behind the settling time asks once more.
 */
export function isSettled(landed: LandedVersion, rule: DiffRule): boolean {
  if (landed.spanState === 'complete') return true;
  const endMs = landed.startTimeMs + (landed.executionTimeMs ?? 0);
  return Math.min(landed.observedAtMs, rule.nowMs) - endMs > rule.settleMs;
}

/**
 * What of a page has to be copied.
 *
 * @param listed each id once
 * @param differing those that are not landed as listed, with complete spans and without a dead letter; all others are
 */
export function diffPage<Trace extends TraceVersion>(
  listed: readonly Trace[],
  differing: readonly DifferingTrace[],
  rule: DiffRule,
): PageDifference<Trace> {
  const differingById = new Map(differing.map((one) => [one.traceId, one]));
  const toCopy: TraceToCopy<Trace>[] = [];
  let unchanged = 0;
  let deadSkipped = 0;
  for (const trace of listed) {
    const found = differingById.get(trace.traceId);
    if (found?.deadLetter != null && isDeadAsListed(found.deadLetter, trace, rule)) {
      deadSkipped += 1;
      continue;
    }
    const difference = differenceOf(trace, found, rule);
    if (difference === null) unchanged += 1;
    else toCopy.push({ trace, difference });
  }
  return { toCopy, unchanged, deadSkipped };
}

/** True while this very version is known to fail and its next try is not due. */
function isDeadAsListed(failure: OpenDeadLetter, trace: TraceVersion, rule: DiffRule): boolean {
  if (rule.retryDeadLetters === true || failure.sourceHash !== trace.sourceHash) return false;
  return failure.retryAfterMs === null || failure.retryAfterMs > rule.nowMs;
}

/** @param found undefined where the trace is landed as it is listed, to the end */
function differenceOf(trace: TraceVersion, found: DifferingTrace | undefined, rule: DiffRule): Difference | null {
  if (found?.landed === null) return 'new';
  if (rule.rereadIds?.has(trace.traceId) === true) return 'spans';
  const unchanged = rule.reprocessIds?.has(trace.traceId) === true ? 'rules' : null;
  if (found === undefined) return unchanged;
  const { landed } = found;
  // The commit of this observation takes the mark away.
  if (landed.sourceHash !== trace.sourceHash || landed.isDeletedAtSource) {
    return landed.spanState === 'complete' ? 'info' : 'spans';
  }
  return isSettled(landed, rule) ? unchanged : 'spans';
}
