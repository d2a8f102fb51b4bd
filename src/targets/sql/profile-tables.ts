/**
 * The statements on the monitor's own tables that both warehouses share. Imports the monitor, the dialect and the row
 * forms only; values are bound, or are whole numbers and words of our own.
 */
import type { DriftRow } from '../../monitor/model.js';
import type { DriftComparison, CurrentWindow, WindowBatch } from '../../monitor/plan.js';
import { driftMetricsTable, type MetricTable, type MonitorTables } from '../../monitor/tables.js';
import { windowStartUs, type ProfileWindow } from '../../monitor/windows.js';
import type { Bind, Dialect } from './dialect.js';
import { driftFields, driftJson } from './profile-rows.js';

/** Start of the window of a metric row. */
const windowStart = (dialect: Dialect): string => dialect.field(dialect.identifier('window'), 'start');

/**
 * Condition that a metric row belongs to a batch: plain comparisons with constants, since Delta's `REPLACE WHERE` takes
 * no others, and a list of hundreds would exceed the parameters of a statement.
 */
export const inBatch = (dialect: Dialect, batch: WindowBatch): string =>
  startsInBatch(dialect, batch, windowStart(dialect));

/** The range beside the list lets a database skip what lies outside without unpacking the quantiles of every window. */
function startsInBatch(dialect: Dialect, { granularity, windows }: WindowBatch, startSql: string): string {
  const startsUs = windows.map(windowStartUs);
  const instant = (us: number): string => dialect.timestampOfMicros(String(us));
  const [first, last] = [Math.min(...startsUs), Math.max(...startsUs)];
  return (
    `granularity = ${dialect.constant(granularity)} AND ${startSql} >= ${instant(first)} ` +
    `AND ${startSql} <= ${instant(last)} AND ${startSql} IN (${startsUs.map(instant).join(', ')})`
  );
}

/** Removes windows, from the metric tables first: what is still remembered is removed again. */
export function removeWindows(
  dialect: Dialect,
  { profile, drift, windows }: MonitorTables,
  batch: WindowBatch,
): string[] {
  return [
    deleteMetricRows(dialect, drift, batch),
    deleteMetricRows(dialect, profile, batch),
    `DELETE FROM ${dialect.table(windows)} WHERE ${startsInBatch(dialect, batch, 'window_start')}`,
  ];
}

export const deleteMetricRows = (dialect: Dialect, table: string, batch: WindowBatch): string =>
  `DELETE FROM ${dialect.table(table)} WHERE ${inBatch(dialect, batch)}`;

/** All columns of a metric table in their order; those without a cell are NULL. */
export function rowOf(dialect: Dialect, { columns }: MetricTable, cells: Readonly<Record<string, string>>): string {
  return columns
    .map(({ name, type }) => `CAST(${cells[name] ?? 'NULL'} AS ${dialect.type(type)}) AS ${dialect.identifier(name)}`)
    .join(', ');
}

/** An integer as every driver hands it on exactly. */
const exact = (dialect: Dialect, sql: string, name: string): string => `${dialect.asText(sql)} AS ${name}`;

/** All windows that are remembered or that have profile rows; see `storedWindowsOf`. */
export function storedWindows(dialect: Dialect, { profile, windows }: MonitorTables): string {
  return `SELECT coalesce(w.granularity, p.granularity) AS granularity,
      ${exact(dialect, 'coalesce(w.window_us, p.window_us)', 'window_us')}, w.profile_fingerprint, w.drift_fingerprint
    FROM (SELECT granularity, ${dialect.microsOfTimestamp('window_start')} AS window_us, profile_fingerprint,
        drift_fingerprint FROM ${dialect.table(windows)}) AS w
    FULL JOIN (SELECT DISTINCT granularity, ${dialect.microsOfTimestamp(windowStart(dialect))} AS window_us
        FROM ${dialect.table(profile)}) AS p
      ON p.granularity = w.granularity AND p.window_us = w.window_us`;
}

/**
 * The profiles of a batch for drift; see `profilesOf`.
 *
 * @param quantiles select list: the quantiles in the form that the database hands on cheapest, from `quantiles`
 */
export function storedProfiles(
  dialect: Dialect,
  { profile }: MonitorTables,
  batch: WindowBatch,
  quantiles: string,
): string {
  const integers = [
    exact(dialect, dialect.microsOfTimestamp(windowStart(dialect)), 'window_us'),
    exact(dialect, dialect.identifier('count'), 'num_rows'),
    ...['monitor_version', 'num_nulls', 'num_nan'].map((name) => exact(dialect, name, name)),
  ];
  return `SELECT ${integers.join(', ')}, slice_key, slice_value, column_name, data_type, avg, percent_null,
      percent_zeros, percent_distinct, ${dialect.asText('to_json(non_null_columns)')} AS non_null_columns, ${quantiles}
    FROM ${dialect.table(profile)} WHERE ${inBatch(dialect, batch)}`;
}

/** Drift rows as a query: every column of the table in its order. */
export function driftSelect(dialect: Dialect, rows: readonly DriftRow[], bind: Bind): string {
  const time = (name: keyof typeof driftFields): string => dialect.timestampOfMicros(`r.${name}`);
  const cells = {
    ...Object.fromEntries(Object.keys(driftFields).map((name) => [name, `r.${name}`])),
    window: dialect.struct({ start: time('window_us'), end: time('window_end_us') }),
    window_cmp: dialect.struct({ start: time('window_cmp_us'), end: time('window_cmp_end_us') }),
    drift_type: dialect.constant('CONSECUTIVE'),
    non_null_columns_delta: `CASE WHEN r.columns_added IS NOT NULL
      THEN ${dialect.struct({ added: 'r.columns_added', missing: 'r.columns_missing' })} END`,
    ks_test: `CASE WHEN r.ks_statistic IS NOT NULL
      THEN ${dialect.struct({ statistic: 'r.ks_statistic', pvalue: 'r.ks_pvalue' })} END`,
  };
  return `SELECT ${rowOf(dialect, driftMetricsTable, cells)} FROM ${dialect.jsonRows(bind(driftJson(rows)), driftFields)}`;
}

/** What windows were profiled from; their drift is to be computed again. */
export function rememberProfiles(
  dialect: Dialect,
  { windows }: MonitorTables,
  profiled: readonly CurrentWindow[],
  nowMs: number,
  bind: Bind,
): string {
  const now = dialect.timestampOfMicros(bind(nowMs * 1000));
  const rows = profiled.map((window) => remembered(window, window.fingerprint));
  return `MERGE INTO ${dialect.table(windows)} AS t USING (${rememberedRows(dialect, rows, bind)}) AS s ON ${sameWindow}
    WHEN MATCHED THEN UPDATE SET profile_fingerprint = s.fingerprint, drift_fingerprint = NULL, profiled_at = ${now}
    WHEN NOT MATCHED THEN INSERT (granularity, window_start, profile_fingerprint, drift_fingerprint, profiled_at)
      VALUES (s.granularity, s.window_start, s.fingerprint, NULL, ${now})`;
}

/** What the drift of windows was computed from. */
export function rememberDrift(
  dialect: Dialect,
  { windows }: MonitorTables,
  compared: readonly DriftComparison[],
  bind: Bind,
): string {
  const rows = compared.map((window) => remembered(window, window.driftFingerprint));
  return `MERGE INTO ${dialect.table(windows)} AS t USING (${rememberedRows(dialect, rows, bind)}) AS s ON ${sameWindow}
    WHEN MATCHED THEN UPDATE SET drift_fingerprint = s.fingerprint`;
}

const sameWindow = 't.granularity = s.granularity AND t.window_start = s.window_start';
const rememberedFields = { granularity: 'STRING', window_us: 'BIGINT', fingerprint: 'STRING' } as const;
type Remembered = Readonly<Record<keyof typeof rememberedFields, string | number>>;

function remembered(window: ProfileWindow, fingerprint: string): Remembered {
  return { granularity: window.granularity, window_us: windowStartUs(window), fingerprint };
}

const rememberedRows = (dialect: Dialect, rows: readonly Remembered[], bind: Bind): string =>
  `SELECT r.granularity, ${dialect.timestampOfMicros('r.window_us')} AS window_start, r.fingerprint
    FROM ${dialect.jsonRows(bind(JSON.stringify(rows)), rememberedFields)}`;
