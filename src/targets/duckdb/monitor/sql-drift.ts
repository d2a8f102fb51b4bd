/**
 * Statements that read profiles for drift, write drift rows, and find the strongest changes.
 * Imports domain types and the dialect only; values are parameters.
 */
import type { Granularity } from '../../../monitor/windows.js';
import type { StagedDriftRow } from '../../../monitor/drift-rows.js';
import type { Dialect } from '../../sql/dialect.js';
import { inWindows } from './sql-state.js';
import type { MonitorTables, Statement } from './sql.js';

const stagedTypes: Readonly<Record<keyof StagedDriftRow, 'BIGINT' | 'VARCHAR' | 'DOUBLE' | 'INTEGER'>> = {
  window_us: 'BIGINT',
  window_end_us: 'BIGINT',
  window_cmp_us: 'BIGINT',
  window_cmp_end_us: 'BIGINT',
  granularity: 'VARCHAR',
  monitor_version: 'BIGINT',
  slice_key: 'VARCHAR',
  slice_value: 'VARCHAR',
  column_name: 'VARCHAR',
  data_type: 'VARCHAR',
  count_delta: 'BIGINT',
  avg_delta: 'DOUBLE',
  percent_null_delta: 'DOUBLE',
  percent_zeros_delta: 'DOUBLE',
  percent_distinct_delta: 'DOUBLE',
  columns_added: 'INTEGER',
  columns_missing: 'INTEGER',
  ks_statistic: 'DOUBLE',
  ks_pvalue: 'DOUBLE',
  population_stability_index: 'DOUBLE',
};

const copiedColumns = [
  'granularity',
  'monitor_version',
  'slice_key',
  'slice_value',
  'column_name',
  'data_type',
  'count_delta',
  'avg_delta',
  'percent_null_delta',
  'percent_zeros_delta',
  'percent_distinct_delta',
  'population_stability_index',
] as const satisfies (keyof StagedDriftRow)[];

/** Parameter: a JSON array of {@link StagedDriftRow}. */
export function insertDriftRows(dialect: Dialect, { drift }: MonitorTables): string {
  const time = (name: string): string => dialect.timestampOfMicros(`r.${name}`);
  const cells: Record<string, string> = {
    window: dialect.window(time('window_us'), time('window_end_us')),
    window_cmp: dialect.window(time('window_cmp_us'), time('window_cmp_end_us')),
    drift_type: dialect.constant('CONSECUTIVE'),
    ...Object.fromEntries(copiedColumns.map((name) => [name, `r.${name}`])),
    non_null_columns_delta: `CASE WHEN r.columns_added IS NOT NULL
      THEN struct_pack(added := r.columns_added, missing := r.columns_missing) END`,
    ks_test: `CASE WHEN r.ks_statistic IS NOT NULL
      THEN struct_pack(statistic := r.ks_statistic, pvalue := r.ks_pvalue) END`,
  };
  const names = Object.keys(cells).map((name) => dialect.identifier(name));
  return `INSERT INTO ${dialect.table(drift)} (${names.join(', ')})
    SELECT ${Object.values(cells).join(', ')}
    FROM (SELECT unnest(from_json($1, ${dialect.constant(JSON.stringify([stagedTypes]))})) AS r)`;
}

/**
 * The profiles of some windows, quantiles as distinct values with their numbers: thousands of small windows travel
 * in a few megabytes that way.
 *
 * @param startsUs Window starts in epoch microseconds, at least one.
 */
export function selectProfiles(
  dialect: Dialect,
  { profile }: MonitorTables,
  granularity: Granularity,
  startsUs: readonly number[],
): Statement {
  const start = dialect.microsOfTimestamp(dialect.field(dialect.identifier('window'), 'start'));
  const { condition, parameters } = inWindows(dialect, granularity, startsUs);
  return {
    sql: `SELECT window_us, slice_key, slice_value, monitor_version, column_name, data_type, num_rows, num_nulls,
        num_nan, avg, percent_null, percent_zeros, percent_distinct, non_null_columns,
        map_keys(histogram) AS quantile_values, map_values(histogram) AS quantile_weights
      FROM (SELECT *, ${start} AS window_us, "count" AS num_rows, list_histogram(quantiles) AS histogram
        FROM ${dialect.table(profile)} WHERE ${condition})`,
    parameters,
  };
}

/**
 * The strongest changes of whole-table number columns. Parameters: granularity, oldest window start in epoch
 * microseconds, greatest p-value, limit.
 */
export function selectStrongestDrift(dialect: Dialect, { drift, profile }: MonitorTables): string {
  const micros = (column: string, field: string): string => dialect.microsOfTimestamp(dialect.field(column, field));
  const facts = `SELECT column_name, ${dialect.field(dialect.identifier('window'), 'start')} AS window_start,
    avg, "count" - num_nulls - num_nan AS num_values
    FROM ${dialect.table(profile)} WHERE granularity = $1 AND slice_key IS NULL AND data_type IN ('bigint', 'double')`;
  return `SELECT d.column_name, ${micros('d."window"', 'start')} AS window_us, ${micros('d."window"', 'end')} AS window_end_us,
      ${micros('d.window_cmp', 'start')} AS window_cmp_us, d.population_stability_index AS psi,
      d.ks_test.statistic AS ks_statistic, d.ks_test.pvalue AS ks_pvalue, before.avg AS avg_before, now.avg AS avg_after,
      before.num_values AS values_before, now.num_values AS values_after
    FROM ${dialect.table(drift)} AS d
    JOIN (${facts}) AS now ON now.column_name = d.column_name AND now.window_start = d."window"."start"
    JOIN (${facts}) AS before ON before.column_name = d.column_name AND before.window_start = d.window_cmp."start"
    WHERE d.granularity = $1 AND d.slice_key IS NULL AND d.population_stability_index > 0
      AND ${micros('d."window"', 'start')} >= $2 AND d.ks_test.pvalue <= $3
    ORDER BY d.population_stability_index DESC, d.ks_test.statistic DESC, window_us DESC, d.column_name
    LIMIT $4`;
}
