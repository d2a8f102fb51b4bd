/**
 * What a caller of the workflows sees: results, progress, message names. Types and constants only, so that the command
 * line can import it without workflow code.
 */
import type { Suspicion } from '../copy/verify/messages.js';
import type { TracesBeyondEnd } from '../copy/list/beyond-end-rules.js';
import type { RunTotals } from '../copy/run.js';
import type { MonitorState } from '../monitor/quality-monitor.js';

/** Query of a running or closed copy: answers {@link RunProgress}. */
export const progressQueryName = 'progress';
/** Signals without arguments: nothing new is begun while paused; what is in flight ends. */
export const pauseSignalName = 'pause';
export const resumeSignalName = 'resume';
/** Update with one number, 1..64: processing activities at a time, from now on. Answers the number in force. */
export const setConcurrencyUpdateName = 'setConcurrency';

export type RunPhase = 'preparing' | 'copying' | 'monitoring' | 'finished';

/** What the `progress` query answers. Times are epoch milliseconds. */
export interface RunProgress {
  readonly phase: RunPhase;
  readonly paused: boolean;
  readonly concurrency: number;
  readonly experimentId: string | null;
  readonly experimentName: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Everything before this is verified. */
  readonly verifiedToMs: number | null;
  readonly expectedTraces: number | null;
  /** See {@link RunTotals}. */
  readonly totals: RunTotals;
  /** Traces listed and processed in windows that are not finished yet. */
  readonly inFlight: { readonly listed: number; readonly processed: number };
  /** Traces of the batches processed so far, over the whole run. */
  readonly processedTraces: number;
  readonly startedAtMs: number | null;
}

/** A window that did not pass. */
export interface TroubledWindow {
  readonly windowIndex: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: 'incomplete' | 'suspicious';
  readonly missing: number;
  /** Those of them that are in the tables, in another version than the source lists. */
  readonly outdated?: number;
  /** What the source no longer shows; null, or absent, where the window is not suspicious. */
  readonly suspicion?: Suspicion | null;
  /** First missing ids, at most ten. */
  readonly missingIds: readonly string[];
}

export interface MonitorOutcome {
  readonly action: 'created' | 'updated' | 'unchanged';
  readonly state: MonitorState;
  readonly profileTable: string | null;
  readonly driftTable: string | null;
  readonly dashboardUrl: string | null;
  /** Metric rows written by the refresh; null where the monitor does not tell. */
  readonly rowsWritten: number | null;
}

/** Result of a copy: the receipt without its per-window part, which is in the ledger. */
export interface RunResult {
  readonly experimentId: string;
  readonly experimentName: string;
  readonly sourceId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly totals: RunTotals;
  readonly monitor: MonitorOutcome | null;
  /** Traces that start beyond the end of the run, in no window; null where that was not looked for. */
  readonly beyondEnd: TracesBeyondEnd | null;
  /**
   * Traces of the experiment in the tables that other rules made than those of now (encoding, dimensions, metric rules):
   * a run with `reprocess` makes those of its range anew, `tracelift rebuild` all. 0 where that was not looked for.
   */
  readonly otherVersions: number;
  /** The end that was asked for, where it was beyond the latest possible one, which was taken instead; else null. */
  readonly askedToMs: number | null;
  /** XOR of the SHA-256 of all trace ids listed. */
  readonly idsDigest: string;
  /** File with the receipt, window by window, on the worker's host. */
  readonly receiptPath: string;
}

/** Result of a copy of several experiments. */
export interface ExperimentsResult {
  readonly experiments: readonly RunResult[];
  /** Experiments whose copy failed, with the error code. */
  readonly failed: readonly { readonly experiment: string; readonly errorCode: string; readonly message: string }[];
  readonly monitor: MonitorOutcome | null;
}

/** Result of a rebuild. */
export interface RebuildResult {
  readonly traces: number;
  readonly updated: number;
  readonly batches: number;
}
