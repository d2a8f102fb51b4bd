/**
 * The statements of the embedded monitor. Imports domain types and the dialect only; values are parameters.
 *
 * Every profile statement reads a few columns of the windows of one batch, cut by one slicing column or by none: small
 * enough to stop between any two, and the same for every database that has a dialect.
 */
import { tableRowName } from '../../../domain/profile/model.js';
import { driftMetricsTable, profileMetricsTable, type MetricTable } from '../../../domain/profile/tables.js';
import type { ColumnKind, ProfiledColumn } from '../../../domain/profile/columns.js';
import { windowLengthMs, type Granularity } from '../../../domain/profile/windows.js';
import type { ProfileDialect } from './dialect.js';
import { kindSql } from './sql-statistics.js';

/** Values a slicing column may have in one window; the most frequent ones are kept, as in Databricks' monitor. */
export const maxSlicesPerColumn = 100;

/** Names of everything a monitor owns, unquoted, with gold's schema where it has one. */
export interface MonitorTables {
  readonly gold: string;
  readonly profile: string;
  readonly drift: string;
  /** One row: settings and state. */
  readonly state: string;
  /** One row per window: what it was computed from. */
  readonly windows: string;
}

export function monitorTables(gold: string): MonitorTables {
  return {
    gold,
    profile: gold + profileMetricsTable.suffix,
    drift: gold + driftMetricsTable.suffix,
    state: `${gold}_monitor`,
    windows: `${gold}_monitor_windows`,
  };
}

/** A statement and the values of its parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | number | readonly number[])[];
}

/** DDL of a metric table with its comments. */
export function createMetricTable(dialect: ProfileDialect, name: string, table: MetricTable): string[] {
  const target = dialect.table(name);
  const columns = table.columns.map(({ name: column, type }) => `${dialect.identifier(column)} ${dialect.type(type)}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${target} (${columns.join(', ')})`,
    `COMMENT ON TABLE ${target} IS ${dialect.constant(table.comment)}`,
    ...table.columns.map(
      ({ name: column, comment }) =>
        `COMMENT ON COLUMN ${target}.${dialect.identifier(column)} IS ${dialect.constant(comment)}`,
    ),
  ];
}

/** Start of the UTC window in which an instant lies, epoch microseconds; the remainder is taken twice for times before 1970. */
export function windowStartUs(dialect: ProfileDialect, granularity: Granularity, timestampSql: string): string {
  const lengthUs = String(windowLengthMs(granularity) * 1000);
  const us = dialect.microsOfTimestamp(timestampSql);
  return `${us} - (${us} % ${lengthUs} + ${lengthUs}) % ${lengthUs}`;
}

/** What one batch of windows is profiled from. */
export interface ProfileBatch {
  readonly tables: MonitorTables;
  /** Temporary table of windows and slices, filled by {@link fillSlices}. */
  readonly slices: string;
  readonly granularity: Granularity;
  readonly monitorVersion: number;
  /** First window's start and last window's end, epoch microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** The temporary table of a batch. */
export function createSlices(dialect: ProfileDialect, slices: string): string {
  return `CREATE OR REPLACE TEMPORARY TABLE ${dialect.identifier(slices)}
    (window_us BIGINT, slice_key ${dialect.type('STRING')}, slice_value ${dialect.type('STRING')})`;
}

/** Adds the windows themselves as slices of the whole table. Parameter: their starts, epoch microseconds. */
export function fillWindows(dialect: ProfileDialect, slices: string): string {
  return `INSERT INTO ${dialect.identifier(slices)}
    SELECT unnest($1), NULL, NULL`;
}

/** Adds the most frequent values of one slicing column in each window; rows with NULL there are in no slice. */
export function fillSlices(dialect: ProfileDialect, batch: ProfileBatch, slicingColumn: string): Statement {
  return {
    sql: `INSERT INTO ${dialect.identifier(batch.slices)}
      SELECT window_us, $3, slice_value FROM (
        SELECT window_us, slice_value,
          row_number() OVER (PARTITION BY window_us ORDER BY count(*) DESC, slice_value) AS place
        FROM (${rowsOfBatch(dialect, batch, null, [`${dialect.text(dialect.identifier(slicingColumn))} AS slice_value`])})
        WHERE slice_value IS NOT NULL GROUP BY window_us, slice_value)
      WHERE place <= ${String(maxSlicesPerColumn)}`,
    parameters: [batch.fromUs, batch.toUs, slicingColumn],
  };
}

/** Where a statement finds the slicing column's name: `$3` in every statement about slices. */
const slicingParameter = '$3';

/**
 * Gold rows of the batch, one per slice they are in, `columns` added.
 * Parameters 1 and 2: the bounds; 3: the slicing column, where there is one.
 */
function rowsOfBatch(
  dialect: ProfileDialect,
  { tables, slices, granularity }: ProfileBatch,
  slicingColumn: string | null,
  columns: readonly string[],
): string {
  const slice =
    slicingColumn === null
      ? 's.slice_key IS NULL'
      : `s.slice_key = ${slicingParameter} AND s.slice_value = ${dialect.text(`g.${dialect.identifier(slicingColumn)}`)}`;
  const kept = slicingColumn === null ? [] : ['s.slice_value'];
  return `SELECT ${['s.window_us', ...kept, ...columns].join(', ')}
    FROM ${dialect.table(tables.gold)} AS g JOIN ${dialect.identifier(slices)} AS s
      ON s.window_us = ${windowStartUs(dialect, granularity, 'g.start_time')} AND ${slice}
    WHERE g.start_time >= ${dialect.timestampOfMicros('$1')} AND g.start_time < ${dialect.timestampOfMicros('$2')}`;
}

/**
 * Profiles some columns of one kind in a batch, for the whole table (`slicingColumn` null) or for the slices of one
 * column. Several columns a statement, since planning a statement takes longer than computing a small window.
 */
export function insertColumnProfiles(
  dialect: ProfileDialect,
  batch: ProfileBatch,
  kind: ColumnKind,
  columns: readonly ProfiledColumn[],
  slicingColumn: string | null,
): Statement {
  const { cast, input, isPerValue, aggregates, metrics } = kindSql(dialect, kind);
  const group = `${groupOf(slicingColumn)}, column_name, data_type`;
  const wide = columns.map(({ name, dataType }) => ({
    name,
    dataType,
    sql: cast(`g.${dialect.identifier(name)}`),
  }));
  const rows = rowsOfBatch(dialect, batch, slicingColumn, [dialect.columnsAsRows(wide)]);
  const values = `SELECT ${group}, ${input.join(', ')} FROM (${rows})`;
  const source = isPerValue ? `SELECT ${group}, x, count(*) AS n FROM (${values}) GROUP BY ${group}, x` : values;
  const named = Object.entries(aggregates).map(([name, sql]) => `${sql} AS ${name}`);
  const statistics = `SELECT ${group}, ${named.join(', ')} FROM (${source}) GROUP BY ${group}`;
  const cells = { column_name: 'column_name', data_type: 'data_type', ...metrics };
  return insertProfileRows(dialect, batch, slicingColumn, statistics, cells);
}

/** The `:table` rows of a batch. */
export function insertTableProfile(
  dialect: ProfileDialect,
  batch: ProfileBatch,
  columns: readonly ProfiledColumn[],
  slicingColumn: string | null,
): Statement {
  const group = groupOf(slicingColumn);
  const values = columns.map(({ name }, index) => `g.${dialect.identifier(name)} AS c${String(index)}`);
  const present = columns.map(
    ({ name }, index) => `CASE WHEN count(c${String(index)}) > 0 THEN ${dialect.constant(name)} END`,
  );
  const rows = rowsOfBatch(dialect, batch, slicingColumn, values);
  const statistics = `SELECT ${group}, count(*) AS num_rows, ${dialect.listOfPresent(present)} AS present
    FROM (${rows}) GROUP BY ${group}`;
  const cells = { column_name: dialect.constant(tableRowName), non_null_columns: 'present' };
  return insertProfileRows(dialect, batch, slicingColumn, statistics, cells);
}

const groupOf = (slicingColumn: string | null): string =>
  slicingColumn === null ? 'window_us' : 'window_us, slice_value';

/** Writes what `statistics` gives for each window and slice; `metrics` says which cell is computed how. */
function insertProfileRows(
  dialect: ProfileDialect,
  { tables, granularity, monitorVersion, fromUs, toUs }: ProfileBatch,
  slicingColumn: string | null,
  statistics: string,
  metrics: Readonly<Record<string, string>>,
): Statement {
  const parameters: (string | number)[] = [fromUs, toUs];
  const value = (parameter: string | number): string => `$${String(parameters.push(parameter))}`;
  const text = (parameter: string): string => `CAST(${value(parameter)} AS ${dialect.type('STRING')})`;
  const slice: Record<string, string> =
    slicingColumn === null ? {} : { slice_key: text(slicingColumn), slice_value: 'slice_value' };
  const cells: Record<string, string> = {
    ...slice,
    window: dialect.window(
      dialect.timestampOfMicros('window_us'),
      dialect.timestampOfMicros(`window_us + ${String(windowLengthMs(granularity) * 1000)}`),
    ),
    log_type: dialect.constant('INPUT'),
    monitor_version: value(monitorVersion),
    granularity: text(granularity),
    count: 'num_rows',
    ...metrics,
  };
  const names = Object.keys(cells).map((name) => dialect.identifier(name));
  return {
    sql: `INSERT INTO ${dialect.table(tables.profile)} (${names.join(', ')})
      SELECT ${Object.values(cells).join(', ')} FROM (${statistics})`,
    parameters,
  };
}
