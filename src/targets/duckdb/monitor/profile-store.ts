/**
 * Profiles one batch of windows in one transaction. Imports the database, the monitor's SQL and domain types.
 *
 * Metric rows and fingerprints of a batch appear together, computed from one state of gold.
 */
import { columnGroups } from '../../../monitor/columns.js';
import { fingerprintOf, type ProfileDefinition } from '../../../monitor/definition.js';
import type { CurrentWindow } from '../../../monitor/plan.js';
import { windowEndMs, type Granularity, type ProfileWindow } from '../../../monitor/windows.js';
import type { DuckDbSession } from '../database.js';
import type { Dialect } from '../../sql/dialect.js';
import { columnProfiles, tableProfiles, type Bounds, type ProfileBatch } from '../../sql/profile-selects.js';
import { createSlices, fillSlices, fillWindows, insertProfiles, type MonitorTables, type Statement } from './sql.js';
import { deleteMetricRows, deleteWindows, dropTable, insertWindows, selectCurrentWindows } from './sql-state.js';
import type { MonitorPlace } from './state.js';

/** Temporary, of the one connection that writes, and gone at the end of the transaction that made it. */
const slicesTable = 'tracelift_monitor_slices';
/** Columns of one kind that one statement profiles. */
const maxColumnsPerStatement = 8;

/** How a long step is watched and stopped. */
export interface StepOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (() => void) | undefined;
}

/** Windows of one granularity that have gold rows within the bounds, with their fingerprints. */
export async function currentWindows(
  session: DuckDbSession,
  { tables, dialect }: MonitorPlace,
  granularity: Granularity,
  definition: ProfileDefinition,
  bounds: Bounds,
): Promise<CurrentWindow[]> {
  const { sql, parameters } = selectCurrentWindows(dialect, tables, granularity, definition.slicingColumns, bounds);
  const rows = await session.rows<{
    window_us: number;
    num_rows: number;
    last_us: number;
    checksum: number | bigint;
    num_slices: number;
  }>(sql, parameters);
  return rows.map((row) => ({
    granularity,
    fromMs: row.window_us / 1000,
    fingerprint: fingerprintOf(definition, row),
    numSlices: row.num_slices,
  }));
}

/** Profiles the windows, which share a granularity, and returns how many profile rows were written. */
export async function profileWindows(
  place: MonitorPlace,
  windows: readonly ProfileWindow[],
  definition: ProfileDefinition,
  nowUs: number,
  { signal, onProgress }: StepOptions,
): Promise<number> {
  const first = windows[0];
  const last = windows.at(-1);
  if (first === undefined || last === undefined) return 0;
  const { database, tables, dialect } = place;
  const { granularity } = first;
  const starts = windows.map(({ fromMs }) => fromMs * 1000);
  const batch: ProfileBatch = {
    gold: tables.gold,
    slices: dialect.identifier(slicesTable),
    granularity,
    monitorVersion: definition.monitorVersion,
    fromUs: first.fromMs * 1000,
    toUs: windowEndMs(last) * 1000,
  };
  return database.transaction(async (session) => {
    const stale = deleteMetricRows(dialect, tables.profile, granularity, starts);
    await session.run(stale.sql, stale.parameters, { signal });
    await session.run(deleteWindows(dialect, tables), [granularity, starts], { signal });
    await session.run(createSlices(dialect, slicesTable));
    await session.run(fillWindows(dialect, slicesTable), [starts]);
    let written = 0;
    for (const statement of profileStatements(place, batch, definition)) {
      const rows = await session.run(statement.sql, statement.parameters, { signal });
      if (statement.writesMetrics) written += rows;
      onProgress?.();
    }
    await session.run(dropTable(dialect, slicesTable));
    const now = await currentWindows(session, place, granularity, definition, batch);
    const profiled = new Set(starts);
    await rememberWindows(
      session,
      place,
      now.filter(({ fromMs }) => profiled.has(fromMs * 1000)),
      nowUs,
    );
    return written;
  });
}

function profileStatements(
  { dialect, tables }: { readonly dialect: Dialect; readonly tables: MonitorTables },
  batch: ProfileBatch,
  { columns, slicingColumns }: ProfileDefinition,
): (Statement & { readonly writesMetrics: boolean })[] {
  const slices = slicingColumns.map((name) => fillSlices(dialect, batch, name));
  const metrics = [null, ...slicingColumns].flatMap((slicingColumn) => [
    insertProfiles(dialect, tables, (bind) => tableProfiles(dialect, batch, { slicingColumn, bind }, columns)),
    ...columnGroups(columns, maxColumnsPerStatement).map((group) =>
      insertProfiles(dialect, tables, (bind) => columnProfiles(dialect, batch, { slicingColumn, bind }, group)),
    ),
  ]);
  return [
    ...slices.map((statement) => ({ ...statement, writesMetrics: false })),
    ...metrics.map((statement) => ({ ...statement, writesMetrics: true })),
  ];
}

async function rememberWindows(
  session: DuckDbSession,
  { tables, dialect }: MonitorPlace,
  windows: readonly CurrentWindow[],
  nowUs: number,
): Promise<void> {
  const granularity = windows[0]?.granularity;
  if (granularity === undefined) return;
  const starts = windows.map(({ fromMs }) => fromMs * 1000);
  const fingerprints = windows.map(({ fingerprint }) => fingerprint);
  await session.run(insertWindows(dialect, tables), [granularity, starts, fingerprints, nowUs]);
}

/** Removes windows, which share a granularity, from both metric tables and from memory. */
export async function removeWindows(place: MonitorPlace, windows: readonly ProfileWindow[]): Promise<void> {
  const granularity = windows[0]?.granularity;
  if (granularity === undefined) return;
  const { database, tables, dialect } = place;
  const starts = windows.map(({ fromMs }) => fromMs * 1000);
  await database.transaction(async (session) => {
    for (const table of [tables.profile, tables.drift]) {
      const { sql, parameters } = deleteMetricRows(dialect, table, granularity, starts);
      await session.run(sql, parameters);
    }
    await session.run(deleteWindows(dialect, tables), [granularity, starts]);
  });
}
