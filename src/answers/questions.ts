/** What people ask about gold, as data: which rows, split by what, and which numbers. Pure. */
import type { TraceScope } from '../tables/trace-key.js';

/** Traces that a question is about. Those that the source deleted are never counted. */
export interface TraceFilter extends Partial<TraceScope> {
  /** Start of the traces, epoch milliseconds; half-open. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Traces of the application, of evaluation runs, or of judges; they never mix. */
  readonly origin: 'app' | 'evaluation' | 'judge';
  /** Text columns of gold with the value that they must have. */
  readonly equals: readonly { readonly column: string; readonly value: string }[];
}

/** A number of each trace. */
export type Measure =
  /** A numeric column of gold. */
  | { readonly kind: 'column'; readonly name: string }
  /** 1 for a trace that failed, else 0. */
  | { readonly kind: 'error' }
  /** 1 where the column is at most the limit, 0 where it is more: the way to the uncertainty of a quantile. */
  | { readonly kind: 'atMost'; readonly name: string; readonly limit: number };

/** One group of traces. */
export interface TraceGroup {
  readonly value: string;
  readonly firstStartMs: number;
  readonly lastStartMs: number;
  readonly numTraces: number;
  /** A trace without a session is a session of its own. */
  readonly numSessions: number;
  readonly numTracesWithoutSession: number;
}

/** What {@link clusteredMean} needs of one measure in one group; clusters are sessions. */
export interface GroupSums {
  readonly group: string;
  /** Place of the measure in the question. */
  readonly measure: number;
  readonly numClusters: number;
  readonly numValues: number;
  readonly mean: number;
  readonly squaredResiduals: number;
}

/** The smallest value with at least the share `p` of the values at or below it. */
export interface GroupQuantiles {
  readonly group: string;
  readonly numValues: number;
  /** One for each share that was asked for. */
  readonly values: readonly number[];
}

/** Means of one measure in the strata of one group. */
export interface StratumMean {
  readonly group: string;
  readonly measure: number;
  readonly stratum: string;
  readonly numValues: number;
  readonly mean: number;
}

/** Means of one measure where one question was asked in both groups. */
export interface AnsweredTwice {
  readonly measure: number;
  readonly baseline: number;
  readonly candidate: number;
}

/** What a warehouse can be asked for a comparison; rows of traces stay where they are. */
export interface GroupReader {
  /** Groups by a text column of gold, in the order of their first trace; at most `limit`. */
  traceGroups(filter: TraceFilter, column: string, limit: number): Promise<TraceGroup[]>;
  groupSums(filter: TraceFilter, split: Split, measures: readonly Measure[]): Promise<GroupSums[]>;
  groupQuantiles(
    filter: TraceFilter,
    split: Split,
    column: string,
    shares: readonly number[],
  ): Promise<GroupQuantiles[]>;
  /** Means within the values of another text column of gold. */
  stratumMeans(
    filter: TraceFilter,
    split: Split,
    stratum: string,
    measures: readonly Measure[],
  ): Promise<StratumMean[]>;
  /** Questions that both groups answered, told by the hash of the request; at most `limit` of each measure. */
  answeredTwice(
    filter: TraceFilter,
    split: Split,
    measures: readonly Measure[],
    limit: number,
  ): Promise<AnsweredTwice[]>;
}

/** Two groups of a text column of gold. */
export interface Split {
  readonly column: string;
  readonly baseline: string;
  readonly candidate: string;
}
