/**
 * The statements of the embedded monitor around the shared profile queries. Imports domain types, the dialect and those
 * queries only; values are parameters.
 */
import { driftMetricsTable, profileMetricsTable, type MetricTable } from '../../../monitor/tables.js';
import type { Bind, Dialect } from '../../sql/dialect.js';
import { topSlices, type ProfileBatch, type ProfileSelect } from '../../sql/profile-selects.js';

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
export function createMetricTable(dialect: Dialect, name: string, table: MetricTable): string[] {
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

/** The temporary table of a batch. */
export function createSlices(dialect: Dialect, slices: string): string {
  return `CREATE OR REPLACE TEMPORARY TABLE ${dialect.identifier(slices)}
    (window_us BIGINT, slice_key ${dialect.type('STRING')}, slice_value ${dialect.type('STRING')})`;
}

/** Adds the windows themselves as slices of the whole table. Parameter: their starts, epoch microseconds. */
export function fillWindows(dialect: Dialect, slices: string): string {
  return `INSERT INTO ${dialect.identifier(slices)}
    SELECT unnest($1), NULL, NULL`;
}

/** Values in the order of their first use, `$1`, `$2`, …: equal ones share a place. */
export function numberedParameters(): { readonly bind: Bind; readonly parameters: (string | number)[] } {
  const parameters: (string | number)[] = [];
  const bind: Bind = (value) => {
    const known = parameters.indexOf(value);
    return `$${String(known === -1 ? parameters.push(value) : known + 1)}`;
  };
  return { bind, parameters };
}

/** Adds the slices of one column to the temporary table. */
export function fillSlices(dialect: Dialect, batch: ProfileBatch, slicingColumn: string): Statement {
  const { bind, parameters } = numberedParameters();
  const due = `(SELECT window_us FROM ${batch.slices} WHERE slice_key IS NULL)`;
  const sql = `INSERT INTO ${batch.slices} ${topSlices(dialect, batch, due, slicingColumn, bind)}`;
  return { sql, parameters };
}

/** Writes the profiles that `make` selects. */
export function insertProfiles(
  dialect: Dialect,
  { profile }: MonitorTables,
  make: (bind: Bind) => ProfileSelect,
): Statement {
  const { bind, parameters } = numberedParameters();
  const { cells, from } = make(bind);
  const names = Object.keys(cells).map((name) => dialect.identifier(name));
  return {
    sql: `INSERT INTO ${dialect.table(profile)} (${names.join(', ')})
      SELECT ${Object.values(cells).join(', ')} FROM ${from}`,
    parameters,
  };
}
