/**
 * What the embedded monitor remembers, read and written. Imports the database, the monitor's SQL and domain types.
 */
import { profiledColumns, type ExistingColumn, type ProfiledColumn } from '../../../monitor/columns.js';
import type { StoredWindow } from '../../../monitor/plan.js';
import { normalizedSpec, type ProfileSpec } from '../../../monitor/spec.js';
import { driftMetricsTable, profileMetricsTable } from '../../../monitor/tables.js';
import type { Granularity } from '../../../monitor/windows.js';
import type { DuckDbDatabase } from '../database.js';
import { existingColumns } from '../prepare.js';
import type { Dialect } from '../../sql/dialect.js';
import {
  countRows,
  createStateTables,
  insertState,
  selectState,
  selectStoredWindows,
  updateSpec,
} from './sql-state.js';
import { createMetricTable, type MonitorTables } from './sql.js';

/** Where a monitor works: its database, tables and dialect. */
export interface MonitorPlace {
  readonly database: DuckDbDatabase;
  readonly tables: MonitorTables;
  readonly dialect: Dialect;
}

export interface MonitorState {
  readonly spec: ProfileSpec;
  readonly monitorVersion: number;
  readonly lastRefreshMs: number | null;
  readonly failure: string | null;
}

/** Columns of a table; none when it does not exist. */
export async function columnsOf(database: DuckDbDatabase, table: string): Promise<ExistingColumn[]> {
  return (await existingColumns(database)).get(table) ?? [];
}

/** Profiled columns of gold, and the slicing columns that exist; the others wait until their column appears. */
export async function goldColumns(
  { database, tables }: MonitorPlace,
  spec: ProfileSpec,
): Promise<{ columns: ProfiledColumn[]; slicingColumns: string[]; missingSlicingColumns: string[] }> {
  const existing = await columnsOf(database, tables.gold);
  const names = new Set(existing.map(({ name }) => name));
  return {
    columns: profiledColumns(existing),
    slicingColumns: spec.slicingColumns.filter((name) => names.has(name)),
    missingSlicingColumns: spec.slicingColumns.filter((name) => !names.has(name)),
  };
}

/** Null when there is no monitor. */
export async function readState({ database, tables, dialect }: MonitorPlace): Promise<MonitorState | null> {
  if ((await columnsOf(database, tables.state)).length === 0) return null;
  const [row] = await database.rows<{
    spec: string;
    monitor_version: number;
    last_refresh_at: number | null;
    failure: string | null;
  }>(selectState(dialect, tables));
  if (row === undefined) return null;
  return {
    // Written by `writeSpec` in this form and by nothing else.
    spec: JSON.parse(row.spec) as ProfileSpec,
    monitorVersion: row.monitor_version,
    lastRefreshMs: row.last_refresh_at === null ? null : Math.floor(row.last_refresh_at / 1000),
    failure: row.failure,
  };
}

/** Creates the monitor's tables and its state, or replaces the settings of an existing one. */
export async function writeSpec(
  { database, tables, dialect }: MonitorPlace,
  spec: ProfileSpec,
  version: { readonly monitorVersion: number; readonly isNew: boolean },
  nowUs: number,
): Promise<void> {
  const parameters = [JSON.stringify(normalizedSpec(spec)), version.monitorVersion, nowUs];
  await database.transaction(async (session) => {
    const statements = [
      ...createStateTables(dialect, tables),
      ...createMetricTable(dialect, tables.profile, profileMetricsTable),
      ...createMetricTable(dialect, tables.drift, driftMetricsTable),
    ];
    for (const sql of version.isNew ? statements : []) await session.run(sql);
    const write = version.isNew ? insertState : updateSpec;
    await session.run(write(dialect, tables), parameters);
  });
}

/** Everything that is remembered of windows. */
export async function readStoredWindows({ database, tables, dialect }: MonitorPlace): Promise<StoredWindow[]> {
  const rows = await database.rows<{
    granularity: Granularity;
    window_us: number;
    profile_fingerprint: string | null;
    drift_fingerprint: string | null;
  }>(selectStoredWindows(dialect, tables));
  return rows.map((row) => ({
    granularity: row.granularity,
    fromMs: row.window_us / 1000,
    profileFingerprint: row.profile_fingerprint,
    driftFingerprint: row.drift_fingerprint,
  }));
}

/** Rows of a metric table; null when it does not exist. */
export async function numRows({ database, dialect }: MonitorPlace, table: string): Promise<number | null> {
  if ((await columnsOf(database, table)).length === 0) return null;
  const [row] = await database.rows<{ num_rows: number }>(countRows(dialect, table));
  return row?.num_rows ?? null;
}
