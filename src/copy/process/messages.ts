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
  /** SHA-256 of the file, hex, where its staging can compare it before a commit: a local disk. */
  readonly sha256?: string;
}

export interface ProcessedBatch extends StagedFile {
  /** First ids that became dead letters, at most ten. */
  readonly failedIds: readonly string[];
  /**
   * What the attempt left of its batch, since the traces turned out larger than expected, or an earlier attempt did not
   * survive it: to be processed as batches of their own. Absent where it left nothing.
   */
  readonly rest?: readonly BatchReference[];
}
