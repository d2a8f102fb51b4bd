/** The statements of the history profile's drift. Imports domain types, the dialect and the neighbouring statements. */
import type { StagedDriftRow } from '../../../monitor/drift-rows.js';
import { driftMetricsTable } from '../../../monitor/tables.js';
import { quoteConstant, quoteName } from '../sql/quoting.js';
import { sparkDialect } from '../sql/dialect.js';
import {
  asText,
  inWindows,
  quoted,
  rowOf,
  type BatchOfWindows,
  type HistoryStatement,
  type HistoryTables,
} from './sql.js';

/**
 * Quantiles as `value*position` where a value occurs for the last time: small windows repeat few values a thousand
 * times. The list is ascending.
 */
const runsOfQuantiles = `CASE WHEN quantiles IS NOT NULL THEN array_join(transform(
          filter(sequence(0, size(quantiles) - 1),
            i -> i = size(quantiles) - 1 OR quantiles[i] <> try_element_at(quantiles, i + 2)),
          i -> concat(CAST(quantiles[i] AS STRING), '*', CAST(i + 1 AS STRING))), ',') END`;

/** Profiles of some windows for drift; integers, lists and times as text. */
export function selectProfiles(
  { profile }: HistoryTables,
  { granularity, startsUs }: BatchOfWindows,
): HistoryStatement {
  return {
    sql: `SELECT CAST(unix_micros(${quoteName('window')}.${quoteName('start')}) AS STRING) AS window_us, slice_key,
        slice_value, CAST(monitor_version AS STRING) AS monitor_version, column_name, data_type,
        CAST(${quoteName('count')} AS STRING) AS num_rows, ${['num_nulls', 'num_nan'].map(asText).join(', ')},
        avg, percent_null, percent_zeros, percent_distinct, to_json(non_null_columns) AS non_null_columns,
        ${runsOfQuantiles} AS quantiles
      FROM ${quoted(profile)} WHERE ${inWindows(':granularity', startsUs)}`,
    parameters: { granularity },
  };
}

const stagedTypes: Readonly<Record<keyof StagedDriftRow, string>> = {
  window_us: 'BIGINT',
  window_end_us: 'BIGINT',
  window_cmp_us: 'BIGINT',
  window_cmp_end_us: 'BIGINT',
  granularity: 'STRING',
  monitor_version: 'BIGINT',
  slice_key: 'STRING',
  slice_value: 'STRING',
  column_name: 'STRING',
  data_type: 'STRING',
  count_delta: 'BIGINT',
  avg_delta: 'DOUBLE',
  percent_null_delta: 'DOUBLE',
  percent_zeros_delta: 'DOUBLE',
  percent_distinct_delta: 'DOUBLE',
  columns_added: 'INT',
  columns_missing: 'INT',
  ks_statistic: 'DOUBLE',
  ks_pvalue: 'DOUBLE',
  population_stability_index: 'DOUBLE',
};

/** Writes the drift rows of a batch of windows in place of what was there. */
export function replaceDrift(
  { drift }: HistoryTables,
  { granularity, startsUs }: BatchOfWindows,
  rows: readonly StagedDriftRow[],
): HistoryStatement {
  const time = (name: keyof StagedDriftRow): string => `timestamp_micros(one.${name})`;
  const both = (start: keyof StagedDriftRow, end: keyof StagedDriftRow): string =>
    sparkDialect.window(time(start), time(end));
  const cells: Record<string, string> = {
    ...Object.fromEntries(Object.keys(stagedTypes).map((name) => [name, `one.${name}`])),
    window: both('window_us', 'window_end_us'),
    window_cmp: both('window_cmp_us', 'window_cmp_end_us'),
    drift_type: quoteConstant('CONSECUTIVE'),
    non_null_columns_delta: `CASE WHEN one.columns_added IS NOT NULL
      THEN named_struct('added', one.columns_added, 'missing', one.columns_missing) END`,
    ks_test: `CASE WHEN one.ks_statistic IS NOT NULL
      THEN named_struct('statistic', one.ks_statistic, 'pvalue', one.ks_pvalue) END`,
  };
  const wire = Object.entries(stagedTypes).map(([name, type]) => `${name}: ${type}`);
  return {
    sql: `INSERT INTO ${quoted(drift)} REPLACE WHERE ${inWindows(quoteConstant(granularity), startsUs)}
      SELECT ${rowOf(driftMetricsTable, cells)}
      FROM (SELECT explode(from_json(:rows, 'ARRAY<STRUCT<${wire.join(', ')}>>')) AS one)`,
    parameters: { rows: JSON.stringify(rows) },
  };
}
