/** What crosses Temporal when a window is committed. Pure types; imports types only. */
import type { ProcessedBatch } from '../process/messages.js';
import type { RunReference } from '../run.js';
import type { RunSettings } from '../run-settings.js';

export interface SealWindowRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly manifestKey: string;
  readonly files: readonly ProcessedBatch[];
}

export interface CommitRequest {
  readonly run: RunReference;
  readonly manifestKey: string;
}

export interface CommittedWindow {
  readonly inserted: number;
  readonly updated: number;
  readonly deadLettered: number;
  readonly addedColumns: readonly string[];
  readonly columnsOverLimit: number;
}
