/**
 * The relations that the statements of a commit read and write; each warehouse brings its own. Imports nothing.
 */

/** Lists of a staged trace that become rows of their own. */
export type StagedList = 'spans' | 'documents' | 'attachments' | 'assessments' | 'metrics';

/** Tables and views as SQL writes them. */
export interface CommitRelations {
  /**
   * Every staged row of the commit: the columns of `stagedTraceSchema` (all but `raw`), and `row_id`, unique within
   * the commit and the same each time it is read.
   */
  readonly staged: string;
  /** `row_id` and `raw` of the same rows. */
  readonly stagedRaw: string;
  /** The result of `decisionsQuery`, evaluated before the gold table is merged, or at each use. */
  readonly decisions: string;
  /**
   * One row per element of a list of landed rows: `row_id`, the trace key, `observed_at`, `source_hash` and
   * `process_version` of the trace, `position` (ascending), and the fields of the element.
   */
  elements(list: StagedList): string;
}

/** Tables of a commit as SQL writes them, by role. */
export interface CommitTables {
  readonly assessments: string;
  readonly spans: string;
  readonly documents: string;
  readonly attachments: string;
  readonly catalog: string;
  readonly raw: string;
  readonly deadLetters: string;
  readonly gold: string;
}
