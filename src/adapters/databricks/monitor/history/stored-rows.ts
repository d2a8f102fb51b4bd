/** Rows of the history tables as the warehouse answers them, read into the domain's terms. Imports types only. */
import type { ProfileRow } from '../../../../domain/profile/drift-rows.js';
import { textOf, type SqlRow } from '../../sql-client.js';

/** A text column of a row, NULL for an empty one too. */
export function textOrNull(row: SqlRow, column: string): string | null {
  const text = textOf(row, column);
  return text === '' ? null : text;
}

function numberOrNull(row: SqlRow, column: string): number | null {
  const value = row[column];
  return value === null || value === undefined ? null : Number(value);
}

/** A row of `selectProfiles`. */
export function profileRow(row: SqlRow): ProfileRow {
  const runs = textOrNull(row, 'quantiles')?.split(',').map(readRun) ?? null;
  const present = textOrNull(row, 'non_null_columns');
  return {
    window_us: Number(row['window_us']),
    slice_key: (row['slice_key'] as string | null | undefined) ?? null,
    slice_value: (row['slice_value'] as string | null | undefined) ?? null,
    monitor_version: Number(row['monitor_version']),
    column_name: textOf(row, 'column_name'),
    data_type: textOrNull(row, 'data_type'),
    num_rows: Number(row['num_rows']),
    num_nulls: numberOrNull(row, 'num_nulls'),
    num_nan: numberOrNull(row, 'num_nan'),
    avg: numberOrNull(row, 'avg'),
    percent_null: numberOrNull(row, 'percent_null'),
    percent_zeros: numberOrNull(row, 'percent_zeros'),
    percent_distinct: numberOrNull(row, 'percent_distinct'),
    non_null_columns: present === null ? null : (JSON.parse(present) as string[]),
    quantile_values: runs?.map(({ value }) => value) ?? null,
    quantile_weights: runs?.map(({ end }, index) => end - (runs[index - 1]?.end ?? 0)) ?? null,
  };
}

/** `0.5*17`: the value, and the last position (from 1) that holds it. */
function readRun(text: string): { readonly value: number; readonly end: number } {
  const [value = '', end = ''] = text.split('*');
  return { value: Number(value), end: Number(end) };
}
