/** What crosses Temporal when a batch is processed. Pure types; imports types only. */
import type { BatchReference } from '../list/messages.js';
import type { RunReference } from '../run.js';
import type { RunSettings } from '../run-settings.js';

export interface ProcessBatchRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly batch: BatchReference;
}

/** A file of rows in staging; the commit checks these counts against the file. */
export interface StagedFile {
  readonly key: string;
  /** Landed traces and dead letters together. */
  readonly numTraces: number;
  readonly numDeadLetters: number;
  readonly numSpans: number;
  readonly numAssessments: number;
  readonly numDocuments: number;
  readonly numAttachments: number;
  readonly bytes: number;
}

export interface ProcessedBatch extends StagedFile {
  /** First ids that became dead letters, at most ten. */
  readonly failedIds: readonly string[];
}
