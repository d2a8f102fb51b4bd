/** What crosses Temporal when the derived tables are made again from raw. Pure types; imports types only. */
import type { TraceKey } from '../../tables/trace-key.js';
import type { BatchReference } from '../list/messages.js';
import type { AskedPlace, RunReference } from '../run.js';
import type { RunSettings } from '../run-settings.js';

export interface PrepareRebuildRequest extends Pick<AskedPlace, 'targetId'> {
  readonly targetName: string | null;
  readonly batchTraces: number | null;
  readonly workflowId: string;
  readonly firstRunId: string;
}

/** A rebuild has no experiment: its scope names none, and its fingerprint speaks of the target alone. */
export interface RebuildReference {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly targetLock: string;
  /** Absent in rebuilds that an earlier version prepared. */
  readonly targetId?: string;
}

export interface ListRawPageRequest {
  readonly rebuild: RebuildReference;
  readonly after: TraceKey | null;
  readonly limit: number;
  readonly page: number;
  /** How often the page was staged before, since staged files were lost. Default 0. */
  readonly round?: number;
}

export interface ListedRawPage {
  readonly batches: readonly BatchReference[];
  readonly last: TraceKey | null;
}

export interface ProcessRawBatchRequest {
  readonly rebuild: RebuildReference;
  readonly batch: BatchReference;
}
