/** What the monitor in a DuckDB file remembers of itself: its settings, its last refresh. Imports the database and its statements. */
import { readSpec, specText, type MonitorSpec } from '../../../monitor/spec.js';
import type { DuckDbDatabase } from '../database.js';
import { existingColumns } from '../prepare.js';
import * as own from './sql.js';

/** Where a monitor works. */
export interface MonitorPlace {
  readonly database: DuckDbDatabase;
  readonly tables: own.DuckDbMonitorTables;
}

export interface StoredMonitor {
  readonly spec: MonitorSpec;
  readonly monitorVersion: number;
  readonly lastRefreshMs: number | null;
  /** Of the last refresh; null after one that succeeded. */
  readonly failure: string | null;
}

/** Null when there is no monitor. */
export async function readState({ database, tables }: MonitorPlace): Promise<StoredMonitor | null> {
  if (!(await existingColumns(database)).has(tables.state)) return null;
  const [row] = await database.rows<{
    spec: string;
    monitor_version: number;
    last_refresh_at: number | null;
    failure: string | null;
  }>(own.selectState(tables));
  if (row === undefined) return null;
  return {
    spec: readSpec(row.spec),
    monitorVersion: row.monitor_version,
    lastRefreshMs: row.last_refresh_at === null ? null : Math.floor(row.last_refresh_at / 1000),
    failure: row.failure,
  };
}

/** Creates the monitor's tables and its state. */
export async function createState({ database, tables }: MonitorPlace, spec: MonitorSpec, nowMs: number): Promise<void> {
  await database.transaction(async (session) => {
    for (const sql of own.createTables(tables)) await session.run(sql);
    await session.run(own.insertState(tables), [specText(spec), 0, nowMs * 1000]);
  });
}

/** Replaces the settings of an existing monitor. */
export async function replaceSpec(
  { database, tables }: MonitorPlace,
  spec: MonitorSpec,
  monitorVersion: number,
  nowMs: number,
): Promise<void> {
  await database.run(own.updateSpec(tables), [specText(spec), monitorVersion, nowMs * 1000]);
}

/** Rows of a metric table; null when it does not exist. */
export async function numRows({ database }: MonitorPlace, table: string): Promise<number | null> {
  if (!(await existingColumns(database)).has(table)) return null;
  const [row] = await database.rows<{ num_rows: number }>(own.countRows(table));
  return row?.num_rows ?? null;
}
