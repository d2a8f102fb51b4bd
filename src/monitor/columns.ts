/**
 * Which columns of gold are profiled, and as what. Pure; imports the table definitions only.
 *
 * The rule: everything one may compute with. Numbers, booleans, timestamps and texts of few values are profiled; ids
 * and hashes are not (their distributions say nothing, and frequent items would repeat them in a second table), nor is
 * the start time a second time in milliseconds, nor the times of our own bookkeeping. Of the columns that exist only
 * since some data named them, metrics and dimensions are profiled.
 */
import type { ColumnType, ExistingColumn } from '../tables/table.js';
import { goldTracesTable } from '../tables/traces.js';

/** Decides which statistics a column has. */
export type ColumnKind = 'number' | 'boolean' | 'text' | 'timestamp';

export interface ProfiledColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** As the metric tables name it, in Databricks' words: bigint, double, boolean, string, timestamp. */
  readonly dataType: string;
}

/** Columns of gold that are not profiled; every other one is. */
export const unprofiledColumns: ReadonlySet<string> = new Set([
  'source_id',
  'experiment_id',
  'experiment_name',
  'trace_id',
  'request_id',
  'client_request_id',
  'session_id',
  'user_id',
  'run_id',
  'request_hash',
  'request_hash_normalized',
  // Profiled as the metric columns that are made of it.
  'feedback_values',
  'values_left_out',
  'source_hash',
  'start_time_ms',
  'observed_at',
  'spans_observed_at',
  'committed_at',
  'deleted_at_source',
] satisfies (keyof typeof goldTracesTable.columns)[]);

const profiledAs: Readonly<Record<ColumnType, Omit<ProfiledColumn, 'name'>>> = {
  STRING: { kind: 'text', dataType: 'string' },
  JSON: { kind: 'text', dataType: 'string' },
  BIGINT: { kind: 'number', dataType: 'bigint' },
  DOUBLE: { kind: 'number', dataType: 'double' },
  BOOLEAN: { kind: 'boolean', dataType: 'boolean' },
  TIMESTAMP: { kind: 'timestamp', dataType: 'timestamp' },
};

/** The columns to profile among those that really exist, in the order given; none of a type that no definition has. */
export function profiledColumns(existing: readonly Pick<ExistingColumn, 'name' | 'type'>[]): ProfiledColumn[] {
  return existing.flatMap(({ name, type }) => {
    if (type === null || !isProfiled(name, type)) return [];
    return [{ name, ...profiledAs[type] }];
  });
}

function isProfiled(name: string, type: ColumnType): boolean {
  if (Object.hasOwn(goldTracesTable.columns, name)) return !unprofiledColumns.has(name);
  if (name.startsWith('metric_')) return type === 'DOUBLE' || (type === 'STRING' && name.endsWith('_label'));
  return name.startsWith('dim_') && type === 'STRING';
}

/** Columns of one kind that are profiled together. */
export interface ColumnGroup {
  readonly kind: ColumnKind;
  readonly columns: readonly ProfiledColumn[];
}

/** Groups columns by kind, at most `maxColumns` (at least 1) each; order within a kind is kept. */
export function columnGroups(columns: readonly ProfiledColumn[], maxColumns: number): ColumnGroup[] {
  const kinds = [...new Set(columns.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const ofKind = columns.filter((column) => column.kind === kind);
    return Array.from({ length: Math.ceil(ofKind.length / maxColumns) }, (_, index) => ({
      kind,
      columns: ofKind.slice(index * maxColumns, (index + 1) * maxColumns),
    }));
  });
}
