/** What crosses Temporal when a run is closed. Pure types; imports types only. */
import type { TracesBeyondEnd } from '../list/beyond-end-rules.js';
import type { LedgerReach } from '../record/rules.js';
import type { RunOutcome, RunReference, RunTotals } from '../run.js';

export interface CloseRunRequest {
  readonly run: RunReference;
  readonly workflowId: string;
  readonly firstRunId: string;
  readonly experimentName: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly totals: RunTotals;
  readonly idsDigest: string;
  readonly outcome: RunOutcome;
  /** The end that was asked for, where it was beyond the latest possible one; epoch milliseconds. */
  readonly askedToMs?: number | null;
  /** From where on traces count as beyond the end, epoch milliseconds. Default: the end of the run. */
  readonly latestEndMs?: number;
}

/** The ledger does not carry what the run says that it copied: it has to go back to where the ledger ends. */
export interface UncarriedRun {
  readonly behind: LedgerReach;
}

export interface ClosedRun {
  /** File with the receipt, on the worker's host. */
  readonly receiptPath: string;
  /** Traces that start where the run could not take them; null where the source did not say, absent in older answers. */
  readonly beyondEnd?: TracesBeyondEnd | null;
  /** Landed traces that other rules made than those of this worker; absent in answers of older workers. */
  readonly otherVersions?: number;
}

/** Staged files of a run, or of one round of one of its windows. */
export interface RemoveStagedRequest {
  readonly run: RunReference;
  /** The run's folder, or one inside it. */
  readonly prefix: string;
}

/** What a webhook is told: names, counts and codes only. */
export interface RunEvent {
  readonly event: `run.${RunOutcome}`;
  readonly workflowId: string;
  /** As the run was asked for it, id or name, where it failed before it could look it up. */
  readonly experimentId: string;
  readonly experimentName: string;
  /** Epoch milliseconds; null where the run failed before they were known. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly totals: RunTotals;
  /** Code and message of the failure; null when the run finished. */
  readonly errorCode: string | null;
  readonly message: string | null;
}
