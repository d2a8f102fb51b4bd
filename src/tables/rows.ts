/**
 * What one trace becomes before it is written: the unit of a staged file. Pure types.
 *
 * A staged trace is either landed (raw and gold set) or a dead letter, never both.
 */
import type { attachmentsTable } from './attachments.js';
import type { assessmentsTable, stagedMetricColumns } from './quality.js';
import type { goldColumnsOfCommit } from './commit-rules.js';
import type { deadLettersTable, windowsTable } from './bookkeeping.js';
import type { documentsTable, goldTracesTable, rawTracesTable, spansTable } from './traces.js';
import type { RowOf, RowOfColumns } from './table.js';

export type RawTraceRow = RowOf<typeof rawTracesTable>;
type GoldTraceRow = RowOf<typeof goldTracesTable>;
export type SpanRow = RowOf<typeof spansTable>;
export type DocumentRow = RowOf<typeof documentsTable>;
export type AttachmentRow = RowOf<typeof attachmentsTable>;
type AssessmentRow = RowOf<typeof assessmentsTable>;
export type WindowRow = RowOf<typeof windowsTable>;
export type DeadLetterRow = RowOf<typeof deadLettersTable>;

/** Gold columns that processing fills; the others are set by the commit itself. */
export type StagedGoldRow = Omit<GoldTraceRow, (typeof goldColumnsOfCommit)[number]>;

/** Assessment columns that processing fills; currency and deletion follow from what is already in the table. */
export type StagedAssessmentRow = Omit<AssessmentRow, 'is_current' | 'deleted_at'>;

/** Values of metric and dimension columns, bound to real columns only at commit. Keys are full column names. */
export interface DynamicValues {
  /** `metric_<name>` and `metric_<name>_human` -> DOUBLE. Null: the metric has a column, but no value here. */
  readonly numbers: Readonly<Record<string, number | null>>;
  /** `metric_<name>_label`, `metric_<name>_human_label` and `dim_<name>` -> STRING. */
  readonly texts: Readonly<Record<string, string>>;
}

/** A name that feeds a metric column, for the catalogue. */
export type StagedMetricRow = RowOfColumns<typeof stagedMetricColumns>;

export interface LandedTraceRows {
  readonly kind: 'landed';
  readonly raw: RawTraceRow;
  readonly gold: StagedGoldRow;
  readonly dynamic: DynamicValues;
  readonly spans: readonly SpanRow[];
  readonly documents: readonly DocumentRow[];
  readonly attachments: readonly AttachmentRow[];
  readonly assessments: readonly StagedAssessmentRow[];
  readonly metrics: readonly StagedMetricRow[];
}

/** Dead-letter columns that the failing step knows; attempts and times follow from what is already in the table. */
type StagedDeadLetter = Pick<
  DeadLetterRow,
  | 'source_id'
  | 'experiment_id'
  | 'trace_id'
  | 'source_hash'
  | 'start_time_ms'
  | 'stage'
  | 'error_code'
  | 'message'
  | 'observed_at'
>;

interface DeadLetterRows {
  readonly kind: 'dead-letter';
  readonly deadLetter: StagedDeadLetter;
}

export type StagedTrace = LandedTraceRows | DeadLetterRows;
