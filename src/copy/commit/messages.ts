/** What crosses Temporal when a window is committed. Pure types; imports types only. */
import type { StagedFile } from '../process/messages.js';
import type { RunReference } from '../run.js';
import type { RunSettings } from '../run-settings.js';

export interface SealWindowRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly manifestKey: string;
  readonly files: readonly StagedFile[];
}

export interface CommitRequest {
  readonly run: RunReference;
  readonly manifestKey: string;
}

export interface CommitResult {
  /** Gold rows inserted and updated. */
  readonly inserted: number;
  readonly updated: number;
  /** Of earlier versions, in histories. */
  readonly deadLettered?: number;
  /** Metric columns that were wanted beyond the limit. */
  readonly columnsOverLimit: number;
}
