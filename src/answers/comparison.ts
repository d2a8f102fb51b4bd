/** What a comparison of two groups of traces is made of. Pure. */
import type { ClusteredDifference, ClusteredMean } from '../statistics/clustered-mean.js';
import type { ConfidenceInterval } from '../statistics/proportions.js';
import { isHigherBetter } from './direction.js';
import type { Measure, Split, TraceFilter, TraceGroup } from './questions.js';

/** Confidence of every interval. */
export const confidence = 0.95;
/** Below so many sessions on one side nothing is concluded: the interval is itself too uncertain. */
export const minSessions = 10;

/** What is compared. */
export interface ComparedMeasure {
  /** A metric without `metric_`, or `error_rate`, `duration_ms median`, `duration_ms p95`, `tokens`, `cost_usd`. */
  readonly name: string;
  readonly measure: Measure;
  /** Share of the distribution, 0..1, where a quantile is compared; null for the mean. */
  readonly quantile: number | null;
  /** Null where the name does not tell. */
  readonly higherIsBetter: boolean | null;
}

/** A measure in one group. */
export interface GroupValue {
  /** Mean or quantile; null where no trace has a value. */
  readonly value: number | null;
  readonly numValues: number;
  readonly numSessions: number;
  /** Share of the traces of the group that have a value, 0..1. */
  readonly coverage: number;
}

/**
 * `better`, `worse`: surely so; `higher`, `lower`: the same where nobody knows which is better; `not worse`: by less than
 * the margin, surely; `undecided`: the interval holds both.
 */
export type Verdict = 'better' | 'worse' | 'higher' | 'lower' | 'not worse' | 'undecided';

export interface MeasureComparison {
  readonly name: string;
  readonly higherIsBetter: boolean | null;
  readonly baseline: GroupValue;
  readonly candidate: GroupValue;
  /** Candidate less baseline, in the unit of the measure; null where one has no value. */
  readonly change: number | null;
  /** Of the baseline, per cent; null where that is 0 or unknown. */
  readonly changePercent: number | null;
  /** 95 % interval of the change; null where nothing can be said. */
  readonly interval: ConfidenceInterval | null;
  /** Two-sided, over sessions. */
  readonly pvalue: number | null;
  /** Corrected for the number of measures (Benjamini-Hochberg). */
  readonly qvalue: number | null;
  readonly verdict: Verdict;
  /** Sessions that each group would need to decide at the present change; null where that is decided or unknown. */
  readonly sessionsToDecide: number | null;
  readonly warnings: readonly string[];
}

export interface GroupComparison {
  readonly baseline: TraceGroup;
  readonly candidate: TraceGroup;
  readonly measures: readonly MeasureComparison[];
}

export interface ComparisonQuestion {
  readonly filter: TraceFilter;
  readonly column: string;
  readonly baseline: TraceGroup;
  readonly candidate: TraceGroup;
  readonly measures: readonly ComparedMeasure[];
  /** Greatest loss that counts as none, in the unit of the measure; null where none was given. */
  readonly margin: number | null;
  /** Further text columns of gold whose mix may explain a change. */
  readonly strata: readonly string[];
}

/** Every fixed measure, and each of these metric columns. */
export function measuresOf(metricColumns: readonly string[]): ComparedMeasure[] {
  const mean = (name: string, measure: Measure): ComparedMeasure => ({
    name,
    measure,
    quantile: null,
    higherIsBetter: isHigherBetter(name),
  });
  const duration = { kind: 'column', name: 'execution_time_ms' } as const;
  const metrics = metricColumns.map((column) => mean(column.replace(/^metric_/, ''), { kind: 'column', name: column }));
  return [
    ...metrics,
    mean('error_rate', { kind: 'error' }),
    { name: 'duration_ms median', measure: duration, quantile: 0.5, higherIsBetter: false },
    { name: 'duration_ms p95', measure: duration, quantile: 0.95, higherIsBetter: false },
    mean('tokens', { kind: 'column', name: 'total_tokens' }),
    mean('cost_usd', { kind: 'column', name: 'cost_usd' }),
  ];
}

/** A measure in one group with its uncertainty; `estimate` is null where nothing is known of that. */
export interface EstimatedValue {
  readonly value: GroupValue;
  readonly estimate: ClusteredMean | null;
}

/** Both groups of one measure, and how they differ. */
export interface Compared {
  readonly measure: ComparedMeasure;
  readonly baseline: GroupValue;
  readonly candidate: GroupValue;
  readonly difference: ClusteredDifference | null;
}

/** Where no trace of a group has a value. */
export const noValue: GroupValue = { value: null, numValues: 0, numSessions: 0, coverage: 0 };

export const splitOf = ({ column, baseline, candidate }: ComparisonQuestion): Split => ({
  column,
  baseline: baseline.value,
  candidate: candidate.value,
});
