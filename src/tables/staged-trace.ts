/**
 * The form of a staged trace, derived from the table definitions: one row per trace, its children nested. Every
 * warehouse reads exactly this. Pure.
 *
 * Nested values leave out what the row says already: the trace key, and for children also when they were observed,
 * which is their trace's own.
 */
import { attachmentsTable } from './attachments.js';
import { deadLettersTable } from './bookkeeping.js';
import { goldColumnsOfCommit } from './commit-rules.js';
import { assessmentsTable, stagedMetricColumns } from './quality.js';
import type { StagedTrace } from './rows.js';
import type { Columns, ColumnType } from './table.js';
import { documentsTable, goldTracesTable, rawTracesTable, spansTable, traceKeyColumns } from './traces.js';

/** Type of one column of a staged file. `value`: scalar; `map`: from STRING; `list`: of structs. */
export type StagedType =
  | { readonly kind: 'value'; readonly type: ColumnType }
  | { readonly kind: 'map'; readonly valueType: ColumnType }
  | { readonly kind: 'struct' | 'list'; readonly fields: Columns };

/** Names of the columns that identify a trace, in order. */
export const traceKeyNames = Object.keys(traceKeyColumns) as (keyof typeof traceKeyColumns)[];

/** The columns of a definition without the named ones, in the definition's order. */
function columnsWithout(columns: Columns, left: readonly string[]): Columns {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !left.includes(name)));
}

const deadLetterLeft = [...traceKeyNames, 'attempts', 'first_failed_at', 'last_failed_at', 'retry_after', 'closed_at'];
const spanChildLeft = [...traceKeyNames, 'spans_observed_at'];

/**
 * Columns of a staged file, in order. A landed trace has `raw`, `gold` and no `dead_letter`; a dead letter the
 * opposite, with empty maps and lists.
 */
export const stagedTraceSchema = {
  source_id: { kind: 'value', type: 'STRING' },
  experiment_id: { kind: 'value', type: 'STRING' },
  trace_id: { kind: 'value', type: 'STRING' },
  raw: { kind: 'struct', fields: columnsWithout(rawTracesTable.columns, traceKeyNames) },
  gold: { kind: 'struct', fields: columnsWithout(goldTracesTable.columns, [...traceKeyNames, ...goldColumnsOfCommit]) },
  numbers: { kind: 'map', valueType: 'DOUBLE' },
  texts: { kind: 'map', valueType: 'STRING' },
  spans: { kind: 'list', fields: columnsWithout(spansTable.columns, spanChildLeft) },
  documents: { kind: 'list', fields: columnsWithout(documentsTable.columns, spanChildLeft) },
  attachments: { kind: 'list', fields: columnsWithout(attachmentsTable.columns, spanChildLeft) },
  assessments: {
    kind: 'list',
    fields: columnsWithout(assessmentsTable.columns, [...traceKeyNames, 'observed_at', 'is_current', 'deleted_at']),
  },
  metrics: { kind: 'list', fields: stagedMetricColumns },
  dead_letter: { kind: 'struct', fields: columnsWithout(deadLettersTable.columns, deadLetterLeft) },
} as const satisfies Record<string, StagedType>;

export type StagedColumn = keyof typeof stagedTraceSchema;

/**
 * A further BIGINT column of every staged file: unique within it, so that a row can be named by warehouses that cannot
 * number the rows of a file (Databricks documents no such thing).
 */
export const stagedRowNumber = 'row_number';

/** The key of a staged trace, landed or not. */
export function stagedTraceKey(trace: StagedTrace): Record<(typeof traceKeyNames)[number], string> {
  const { source_id, experiment_id, trace_id } = trace.kind === 'landed' ? trace.gold : trace.deadLetter;
  return { source_id, experiment_id, trace_id };
}
