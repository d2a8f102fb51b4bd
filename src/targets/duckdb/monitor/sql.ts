/**
 * The statements of the monitor that only DuckDB has: its tables, its state, the temporary slices of a batch. Imports the
 * monitor, the dialect and the shared statements; values are parameters.
 */
import {
  driftMetricsTable,
  profileMetricsTable,
  windowsTableComment,
  type MetricTable,
  type MonitorTables,
} from '../../../monitor/tables.js';
import type { Bind } from '../../sql/dialect.js';
import { topSlices, type ProfileSelect, type ProfileSource } from '../../sql/profile-selects.js';
import type { SqlValue } from '../values.js';
import { duckDbDialect as dialect } from '../sql/dialect.js';

/** What the monitor keeps in a DuckDB file. */
export interface DuckDbMonitorTables extends MonitorTables {
  /** One row: settings and state. */
  readonly state: string;
}

export function monitorTables(gold: string): DuckDbMonitorTables {
  return {
    gold,
    profile: gold + profileMetricsTable.suffix,
    drift: gold + driftMetricsTable.suffix,
    windows: `${gold}_monitor_windows`,
    state: `${gold}_monitor`,
  };
}

/** A statement and the values of its parameters. */
export interface BoundStatement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** The statement that `make` builds, its values numbered by their first use: `$1`, `$2`, …; equal ones share a place. */
export function statement(make: (bind: Bind) => string): BoundStatement {
  const parameters: (string | number)[] = [];
  const bind: Bind = (value) => {
    const known = parameters.indexOf(value);
    return `$${String(known === -1 ? parameters.push(value) : known + 1)}`;
  };
  return { sql: make(bind), parameters };
}

/** All tables of a monitor, with their comments. */
export function createTables(tables: DuckDbMonitorTables): string[] {
  const text = dialect.type('STRING');
  const instant = dialect.timestampType;
  const times = { created_at: instant, updated_at: instant, last_refresh_at: instant };
  const state = { spec: text, monitor_version: dialect.type('BIGINT'), ...times, failure: text };
  const fingerprints = { profile_fingerprint: text, drift_fingerprint: text };
  const windows = { granularity: text, window_start: instant, ...fingerprints, profiled_at: instant };
  return [
    ...createTable(tables.state, state, 'Monitor of tracelift: its settings and state, one row'),
    ...createTable(tables.windows, windows, windowsTableComment),
    ...createMetricTable(tables.profile, profileMetricsTable),
    ...createMetricTable(tables.drift, driftMetricsTable),
  ];
}

/** @param columns type by name, in their order */
function createTable(name: string, columns: Readonly<Record<string, string>>, comment: string): string[] {
  const typed = Object.entries(columns).map(([column, type]) => `${dialect.identifier(column)} ${type}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${dialect.table(name)} (${typed.join(', ')})`,
    `COMMENT ON TABLE ${dialect.table(name)} IS ${dialect.constant(comment)}`,
  ];
}

function createMetricTable(name: string, { columns, comment }: MetricTable): string[] {
  const types = Object.fromEntries(columns.map((column) => [column.name, dialect.type(column.type)]));
  const comments = columns.map(
    (column) =>
      `COMMENT ON COLUMN ${dialect.table(name)}.${dialect.identifier(column.name)} IS ${dialect.constant(column.comment)}`,
  );
  return [...createTable(name, types, comment), ...comments];
}

export const dropTable = (table: string): string => `DROP TABLE IF EXISTS ${dialect.table(table)}`;

export const countRows = (table: string): string => `SELECT count(*) AS num_rows FROM ${dialect.table(table)}`;

export const selectState = ({ state }: DuckDbMonitorTables): string =>
  `SELECT spec, monitor_version, last_refresh_at, failure FROM ${dialect.table(state)}`;

/** Parameters: settings as JSON, version, now in epoch microseconds. */
export function insertState({ state }: DuckDbMonitorTables): string {
  const now = dialect.timestampOfMicros('$3');
  return `INSERT INTO ${dialect.table(state)} SELECT $1, $2, ${now}, ${now}, NULL, NULL`;
}

/** Parameters: settings as JSON, version, now in epoch microseconds. */
export const updateSpec = ({ state }: DuckDbMonitorTables): string =>
  `UPDATE ${dialect.table(state)} SET spec = $1, monitor_version = $2, updated_at = ${dialect.timestampOfMicros('$3')}`;

/** Parameter: now in epoch microseconds. */
export const updateRefreshed = ({ state }: DuckDbMonitorTables): string =>
  `UPDATE ${dialect.table(state)} SET last_refresh_at = ${dialect.timestampOfMicros('$1')}, failure = NULL`;

/** Parameter: what went wrong, without data. */
export const updateFailed = ({ state }: DuckDbMonitorTables): string =>
  `UPDATE ${dialect.table(state)} SET failure = $1`;

/** The temporary table of a batch. */
export const createSlices = (slices: string): string =>
  `CREATE OR REPLACE TEMPORARY TABLE ${slices}
    (window_us BIGINT, slice_key ${dialect.type('STRING')}, slice_value ${dialect.type('STRING')})`;

/** Adds the windows themselves as slices of the whole table. Parameter: their starts, epoch microseconds. */
export const fillWindows = (slices: string): string => `INSERT INTO ${slices} SELECT unnest($1), NULL, NULL`;

/** Adds the slices of one column to the temporary table. */
export function fillSlices(source: ProfileSource, slicingColumn: string, bind: Bind): string {
  const due = `(SELECT window_us FROM ${source.slices} WHERE slice_key IS NULL)`;
  return `INSERT INTO ${source.slices} ${topSlices(dialect, source, due, slicingColumn, bind)}`;
}

/** Writes profiles. */
export function insertProfiles({ profile }: MonitorTables, { cells, from }: ProfileSelect): string {
  const names = Object.keys(cells).map((name) => dialect.identifier(name));
  return `INSERT INTO ${dialect.table(profile)} (${names.join(', ')})
    SELECT ${Object.values(cells).join(', ')} FROM ${from}`;
}

/** Writes what a query over all columns of a metric table selects. */
export function insertMetricRows(table: string, { columns }: MetricTable, select: string): string {
  const names = columns.map(({ name }) => dialect.identifier(name));
  return `INSERT INTO ${dialect.table(table)} (${names.join(', ')}) ${select}`;
}

/**
 * Quantiles as distinct values with their numbers: thousands of small windows travel in a few megabytes that way. As
 * values, not as text: a text of a thousand numbers takes five times as long to make.
 */
export const distinctQuantiles =
  'map_keys(list_histogram(quantiles)) AS quantile_values, map_values(list_histogram(quantiles)) AS quantile_weights';

/**
 * The strongest changes of whole-table number columns. Parameters: granularity, oldest window start in epoch
 * microseconds, greatest p-value, limit.
 */
export function selectStrongestDrift({ drift, profile }: MonitorTables): string {
  const micros = (column: string, field: string): string => dialect.microsOfTimestamp(dialect.field(column, field));
  const facts = `SELECT column_name, ${dialect.field(dialect.identifier('window'), 'start')} AS window_start,
    avg, "count" - num_nulls - num_nan AS num_values
    FROM ${dialect.table(profile)} WHERE granularity = $1 AND slice_key IS NULL AND data_type IN ('bigint', 'double')`;
  return `SELECT d.column_name, ${micros('d."window"', 'start')} AS window_us,
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
