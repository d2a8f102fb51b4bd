/**
 * The statements of tracelift's monitor that only Databricks and Spark have: its tables, and writes that replace a batch
 * of windows at once (`REPLACE WHERE`). Imports the monitor, the dialect and the shared statements.
 */
import { columnGroups } from '../../../monitor/columns.js';
import type { ProfileDefinition } from '../../../monitor/definition.js';
import type { DriftRow } from '../../../monitor/model.js';
import type { WindowBatch } from '../../../monitor/plan.js';
import {
  driftMetricsTable,
  profileMetricsTable,
  windowsTableComment,
  type MetricTable,
  type MonitorTables,
} from '../../../monitor/tables.js';
import { windowStartUs } from '../../../monitor/windows.js';
import type { Bind } from '../../sql/dialect.js';
import { columnProfiles, profileSource, tableProfiles, topSlices } from '../../sql/profile-selects.js';
import { driftSelect, inBatch, rowOf } from '../../sql/profile-tables.js';
import type { SqlParameter } from '../../sql/dialect.js';
import { sparkDialect as dialect } from '../sql/dialect.js';

/**
 * Beside the native monitor's tables, whose names are those without `_history`.
 *
 * @param schema `catalog.schema` of the metric tables
 */
export function monitorTables(gold: string, schema: string): MonitorTables {
  const base = `${schema}.${gold.slice(gold.lastIndexOf('.') + 1)}_history`;
  return {
    gold,
    profile: base + profileMetricsTable.suffix,
    drift: base + driftMetricsTable.suffix,
    windows: `${base}_windows`,
  };
}

/** A statement and the values of its parameters. */
export interface BoundStatement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, SqlParameter>>;
}

/** The statement that `make` builds, its values named `:p0`, `:p1`, …; equal ones share a name. */
export function statement(make: (bind: Bind) => string): BoundStatement {
  const values: (string | number)[] = [];
  const bind: Bind = (value) => {
    const known = values.indexOf(value);
    return `:p${String(known === -1 ? values.push(value) - 1 : known)}`;
  };
  const sql = make(bind);
  return { sql, parameters: Object.fromEntries(values.map((value, index) => [`p${String(index)}`, value])) };
}

/** All tables of a monitor, with their comments. */
export function createTables(tables: MonitorTables): string[] {
  const remembered = ['profile_fingerprint STRING', 'drift_fingerprint STRING', 'profiled_at TIMESTAMP'];
  return [
    createMetricTable(tables.profile, profileMetricsTable),
    createMetricTable(tables.drift, driftMetricsTable),
    createTable(tables.windows, ['granularity STRING', 'window_start TIMESTAMP', ...remembered], windowsTableComment),
  ];
}

function createMetricTable(name: string, { columns, comment }: MetricTable): string {
  const described = columns.map(
    (column) =>
      `${dialect.identifier(column.name)} ${dialect.type(column.type)} COMMENT ${dialect.constant(column.comment)}`,
  );
  return createTable(name, described, comment);
}

const createTable = (name: string, columns: readonly string[], comment: string): string =>
  `CREATE TABLE IF NOT EXISTS ${dialect.table(name)} (${columns.join(', ')}) USING DELTA ` +
  `COMMENT ${dialect.constant(comment)}`;

export const dropTable = (name: string): string => `DROP TABLE IF EXISTS ${dialect.table(name)}`;

/** Profiles the windows of a batch, all columns and slices, in place of what was there. */
export function replaceProfiles(
  { gold, profile }: MonitorTables,
  batch: WindowBatch,
  definition: ProfileDefinition,
  bind: Bind,
): string {
  const { columns, slicingColumns } = definition;
  const starts = bind(JSON.stringify(batch.windows.map(windowStartUs)));
  const windows = `SELECT explode(from_json(${starts}, 'ARRAY<BIGINT>')) AS window_us`;
  const source = profileSource(gold, batch, definition);
  const wholeTable = `(SELECT window_us, CAST(NULL AS STRING) AS slice_key, CAST(NULL AS STRING) AS slice_value FROM (${windows}))`;
  const selects = [null, ...slicingColumns].flatMap((slicingColumn) => {
    const slices =
      slicingColumn === null ? wholeTable : `(${topSlices(dialect, source, `(${windows})`, slicingColumn, bind)})`;
    const sliced = { ...source, slices };
    const cut = { slicingColumn, bind };
    return [
      tableProfiles(dialect, sliced, cut, columns),
      ...columnGroups(columns, columns.length).map((group) => columnProfiles(dialect, sliced, cut, group)),
    ];
  });
  const rows = selects.map(({ cells, from }) => `SELECT ${rowOf(dialect, profileMetricsTable, cells)} FROM ${from}`);
  return replaceRows(profile, batch, rows.join('\nUNION ALL\n'));
}

/** Writes the drift rows of a batch in place of what was there. */
export const replaceDrift = (
  { drift }: MonitorTables,
  batch: WindowBatch,
  rows: readonly DriftRow[],
  bind: Bind,
): string => replaceRows(drift, batch, driftSelect(dialect, rows, bind));

const replaceRows = (table: string, batch: WindowBatch, select: string): string =>
  `INSERT INTO ${dialect.table(table)} REPLACE WHERE ${inBatch(dialect, batch)}\n${select}`;

/**
 * Quantiles as `value*position` where a value occurs for the last time: small windows repeat few values a thousand
 * times, and the driver garbles nested values. The list is ascending.
 */
export const runsOfQuantiles = `CASE WHEN quantiles IS NOT NULL THEN array_join(transform(
          filter(sequence(0, size(quantiles) - 1),
            i -> i = size(quantiles) - 1 OR quantiles[i] <> try_element_at(quantiles, i + 2)),
          i -> concat(CAST(quantiles[i] AS STRING), '*', CAST(i + 1 AS STRING))), ',') END AS quantiles`;

/** Rows of both metric tables, and when the last window was profiled. */
export const selectStatus = ({ profile, drift, windows }: MonitorTables): string =>
  `SELECT CAST((SELECT count(*) FROM ${dialect.table(profile)}) AS STRING) AS profile_rows,
    CAST((SELECT count(*) FROM ${dialect.table(drift)}) AS STRING) AS drift_rows,
    CAST((SELECT unix_micros(max(profiled_at)) FROM ${dialect.table(windows)}) AS STRING) AS profiled_us`;

/** Number of profile rows of a batch. */
export const countProfiles = ({ profile }: MonitorTables, batch: WindowBatch): string =>
  `SELECT CAST(count(*) AS STRING) AS num_rows FROM ${dialect.table(profile)} WHERE ${inBatch(dialect, batch)}`;
