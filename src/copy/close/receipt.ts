/** What a run leaves behind as its proof. Pure types. */
import type { WindowRow } from '../../tables/rows.js';
import type { TracesBeyondEnd } from '../list/beyond-end-rules.js';
import type { CloseRunRequest } from './messages.js';

/** The receipt of one run: its totals and the ledger row of every window. Written as JSON, for people and scripts. */
export interface RunReceipt extends Omit<CloseRunRequest, 'run'> {
  readonly traceliftVersion: string;
  /** Version of the MLflow server; null where it did not tell. */
  readonly sourceVersion: string | null;
  /** Of the tables, and of the rules that made the rows (`process_version` in gold). */
  readonly schemaVersion: number;
  readonly processVersion: string;
  readonly sourceId: string;
  readonly experimentId: string;
  /** Where the tables are. */
  readonly target: string;
  readonly closedAtMs: number;
  /** Traces that start beyond the end of the run: they are in no window. Null where the source did not say. */
  readonly beyondEnd: TracesBeyondEnd | null;
  /** Traces of the experiment in the tables that another `processVersion` made. */
  readonly otherVersions: number;
  /** In the order of time. */
  readonly windows: readonly WindowRow[];
}
