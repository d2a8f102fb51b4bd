/** What the stand-in for an MLflow server holds. Types only; imports nothing. */

export interface StoredExperiment {
  readonly experimentId: string;
  readonly name: string;
}

/** A trace whose answers are texts already, so that serving them costs next to nothing. */
export interface StoredTrace {
  readonly traceId: string;
  readonly experimentId: string;
  /** Epoch milliseconds. */
  readonly startMs: number;
  /** JSON text of the V3 trace info. */
  infoJson(): string;
  /** JSON text of the list of spans as `traces/batchGet` gives it. */
  spansJson(): string;
}

export interface TraceStore {
  /** As `GET /version` states it. */
  readonly version: string;
  readonly experiments: readonly StoredExperiment[];
  /** Number of traces of an experiment; 0 where it is unknown. */
  numTraces(experimentId: string): number;
  /** Traces are numbered from 0 in the order of start, then id. */
  traceAt(experimentId: string, position: number): StoredTrace;
  /** Start of the trace at a position, epoch milliseconds. */
  startMsAt(experimentId: string, position: number): number;
  find(traceId: string): StoredTrace | undefined;
  /** Adds an assessment, as JSON text, to a trace; undefined where the store cannot change. */
  addAssessment?(traceId: string, assessmentJson: string): void;
}

/** Position of the first trace that starts at or after a time: traces are in order, so half of them go each step. */
export function firstPositionFrom(store: TraceStore, experimentId: string, fromMs: number): number {
  let low = 0;
  let high = store.numTraces(experimentId);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (store.startMsAt(experimentId, middle) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
