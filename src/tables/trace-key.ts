/** What tells one trace from every other, and how much of it was read. Pure types; imports nothing. */

/**
 * How much of a trace's span tree has been read.
 * `complete`: a finished root and no fewer spans than the source announces; `partial`: some spans, but the root is
 * missing, unfinished, or fewer than announced; `missing`: the source has none; `unknown`: never asked.
 * Order (for "never lower"): unknown < missing < partial < complete.
 */
export type SpanState = 'complete' | 'partial' | 'missing' | 'unknown';

/** Where a trace lives. `sourceId` names the MLflow server: two servers both have an experiment 1. */
export interface TraceScope {
  readonly sourceId: string;
  readonly experimentId: string;
}

/** The key of a trace in every table. */
export interface TraceKey extends TraceScope {
  readonly traceId: string;
}
