/**
 * Statements about what a monitor remembers: its settings, its windows, the removal of metric rows.
 * Imports domain types and the dialect only; values are parameters.
 */
import type { Granularity } from '../../../monitor/windows.js';
import type { Dialect } from '../../sql/dialect.js';
import { currentWindows, type Bounds } from '../../sql/profile-selects.js';
import { numberedParameters, type MonitorTables, type Statement } from './sql.js';

/** The two small tables of state. */
export function createStateTables(dialect: Dialect, tables: MonitorTables): string[] {
  const state = dialect.table(tables.state);
  const timestamp = dialect.timestampType;
  const windows = dialect.table(tables.windows);
  return [
    `CREATE TABLE IF NOT EXISTS ${state} (spec ${dialect.type('STRING')}, monitor_version BIGINT,
      created_at ${timestamp}, updated_at ${timestamp}, last_refresh_at ${timestamp}, failure ${dialect.type('STRING')})`,
    `COMMENT ON TABLE ${state} IS ${dialect.constant('Embedded quality monitor: its settings and state, one row')}`,
    `CREATE TABLE IF NOT EXISTS ${windows} (granularity ${dialect.type('STRING')}, window_start ${timestamp},
      profile_fingerprint ${dialect.type('STRING')}, drift_fingerprint ${dialect.type('STRING')}, profiled_at ${timestamp})`,
    `COMMENT ON TABLE ${windows} IS ${dialect.constant('Embedded quality monitor: what each window was computed from')}`,
  ];
}

export function countRows(dialect: Dialect, table: string): string {
  return `SELECT count(*) AS num_rows FROM ${dialect.table(table)}`;
}

export function selectState(dialect: Dialect, { state }: MonitorTables): string {
  return `SELECT spec, monitor_version, last_refresh_at, failure FROM ${dialect.table(state)}`;
}

/** Parameters: settings as JSON, version, now in epoch microseconds. */
export function insertState(dialect: Dialect, { state }: MonitorTables): string {
  const now = dialect.timestampOfMicros('$3');
  return `INSERT INTO ${dialect.table(state)} SELECT $1, $2, ${now}, ${now}, NULL, NULL`;
}

/** Parameters: settings as JSON, version, now in epoch microseconds. */
export function updateSpec(dialect: Dialect, { state }: MonitorTables): string {
  return `UPDATE ${dialect.table(state)}
    SET spec = $1, monitor_version = $2, updated_at = ${dialect.timestampOfMicros('$3')}`;
}

/** Parameter: now in epoch microseconds. */
export function updateRefreshed(dialect: Dialect, { state }: MonitorTables): string {
  return `UPDATE ${dialect.table(state)}
    SET last_refresh_at = ${dialect.timestampOfMicros('$1')}, failure = NULL`;
}

/** Parameter: what went wrong, without data. */
export function updateFailed(dialect: Dialect, { state }: MonitorTables): string {
  return `UPDATE ${dialect.table(state)} SET failure = $1`;
}

export function dropTable(dialect: Dialect, table: string): string {
  return `DROP TABLE IF EXISTS ${dialect.table(table)}`;
}

/** Windows that have gold rows, with the parts of their fingerprints and their number of slices. */
export function selectCurrentWindows(
  dialect: Dialect,
  { gold }: MonitorTables,
  granularity: Granularity,
  slicingColumns: readonly string[],
  bounds: Bounds,
): Statement {
  const { bind, parameters } = numberedParameters();
  return { sql: currentWindows(dialect, gold, granularity, slicingColumns, bounds, bind), parameters };
}

/** All windows that are remembered or that have metric rows. */
export function selectStoredWindows(dialect: Dialect, { profile, windows }: MonitorTables): string {
  const start = dialect.field(dialect.identifier('window'), 'start');
  return `SELECT coalesce(w.granularity, p.granularity) AS granularity, coalesce(w.window_us, p.window_us) AS window_us,
      w.profile_fingerprint, w.drift_fingerprint
    FROM (SELECT granularity, ${dialect.microsOfTimestamp('window_start')} AS window_us, profile_fingerprint,
        drift_fingerprint FROM ${dialect.table(windows)}) AS w
    FULL JOIN (SELECT DISTINCT granularity, ${dialect.microsOfTimestamp(start)} AS window_us
        FROM ${dialect.table(profile)}) AS p
      ON p.granularity = w.granularity AND p.window_us = w.window_us`;
}

/**
 * Condition that a metric row belongs to certain windows, with its parameters. The range beside the list lets the
 * database skip what lies outside: a scan would otherwise unpack the quantiles of every window there is.
 *
 * @param startsUs Window starts in epoch microseconds, at least one.
 */
export function inWindows(dialect: Dialect, granularity: Granularity, startsUs: readonly number[]) {
  const start = dialect.field(dialect.identifier('window'), 'start');
  return {
    condition: `granularity = $1 AND ${start} >= ${dialect.timestampOfMicros('$2')}
      AND ${start} <= ${dialect.timestampOfMicros('$3')}
      AND ${dialect.microsOfTimestamp(start)} IN (SELECT unnest($4))`,
    parameters: [
      granularity,
      startsUs.reduce((least, us) => Math.min(least, us), Number.POSITIVE_INFINITY),
      startsUs.reduce((greatest, us) => Math.max(greatest, us), Number.NEGATIVE_INFINITY),
      startsUs,
    ],
  };
}

/** Deletes the rows of some windows from a metric table. */
export function deleteMetricRows(
  dialect: Dialect,
  table: string,
  granularity: Granularity,
  startsUs: readonly number[],
): Statement {
  const { condition, parameters } = inWindows(dialect, granularity, startsUs);
  return { sql: `DELETE FROM ${dialect.table(table)} WHERE ${condition}`, parameters };
}

/** Parameters: granularity, window starts in epoch microseconds. */
export function deleteWindows(dialect: Dialect, { windows }: MonitorTables): string {
  return `DELETE FROM ${dialect.table(windows)}
    WHERE granularity = $1 AND ${dialect.microsOfTimestamp('window_start')} IN (SELECT unnest($2))`;
}

/** Parameters: granularity, window starts, their fingerprints in the same order, now; times in epoch microseconds. */
export function insertWindows(dialect: Dialect, { windows }: MonitorTables): string {
  return `INSERT INTO ${dialect.table(windows)}
    SELECT $1, ${dialect.timestampOfMicros('window_us')}, fingerprint, NULL, ${dialect.timestampOfMicros('$4')}
    FROM (SELECT unnest($2) AS window_us, unnest($3) AS fingerprint)`;
}

/** Parameters: granularity, window starts in epoch microseconds, their drift fingerprints in the same order. */
export function updateDriftFingerprints(dialect: Dialect, { windows }: MonitorTables): string {
  return `UPDATE ${dialect.table(windows)} SET drift_fingerprint = compared.fingerprint
    FROM (SELECT unnest($2) AS window_us, unnest($3) AS fingerprint) AS compared
    WHERE granularity = $1 AND ${dialect.microsOfTimestamp('window_start')} = compared.window_us`;
}
