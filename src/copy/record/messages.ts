/** What crosses Temporal when a window is recorded in the ledger. Pure types; imports types only. */
import type { RunReference } from '../run.js';
import type { VerifiedWindow } from '../verify/messages.js';

export interface RecordWindowRequest {
  readonly run: RunReference;
  readonly workflowId: string;
  readonly firstRunId: string;
  readonly windowIndex: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** `written` of the ledger: gold rows inserted and updated, over all rounds. Histories have it under this name. */
  readonly changed: number;
  readonly repairRounds: number;
  readonly startedAtMs: number;
  readonly verified: VerifiedWindow;
}
