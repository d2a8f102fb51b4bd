/**
 * The quality monitor for warehouses on one machine: profiles and drift over the gold table, in the tables and words of
 * Databricks' own monitor. Imports the monitor port, the database and its own steps only.
 */
import { isErrorCode, TraceliftError } from '../../../errors/index.js';
import { isSameSpec } from '../../../monitor/spec.js';
import { goldTracesTable } from '../../../tables/traces.js';
import type { Log } from '../../../log.js';
import type {
  DriftHighlight,
  DriftReader,
  MonitorChange,
  MonitorRefresh,
  MonitorSpec,
  MonitorStatus,
  QualityMonitor,
} from '../../../monitor/quality-monitor.js';
import type { DuckDbDatabase } from '../database.js';
import { duckDbDialect } from '../sql/dialect.js';
import { latestDrift, type LatestDriftOptions } from './latest-drift.js';
import { refreshMetrics } from './refresh.js';
import { dropTable, updateFailed, updateRefreshed } from './sql-state.js';
import { monitorTables } from './sql.js';
import { columnsOf, numRows, readState, writeSpec, type MonitorPlace } from './state.js';

export interface EmbeddedMonitorOptions {
  /** Stays open; the caller closes it. */
  readonly database: DuckDbDatabase;
  /** Name of the gold table; the monitor's tables are named after it. */
  readonly goldTable: string;
  readonly log: Log;
  /** Now, in epoch milliseconds; decides which hourly windows are kept. Default: `Date.now`. */
  readonly clock?: () => number;
}

/** A quality monitor that can also tell the strongest recent changes. */
export interface EmbeddedMonitor extends QualityMonitor, DriftReader {
  /** Strongest first; more to choose than the port asks for. @throws MonitorAbsent */
  latestDrift(options: LatestDriftOptions): Promise<DriftHighlight[]>;
}

/**
 * Errors besides those of the warehouse: MonitorAbsent (config), MonitorTableMissing (config), MonitorSpecInvalid
 * (input).
 */
export function createEmbeddedMonitor({
  database,
  goldTable,
  log,
  clock = Date.now,
}: EmbeddedMonitorOptions): EmbeddedMonitor {
  const place: MonitorPlace = { database, tables: monitorTables(goldTable), dialect: duckDbDialect };
  return {
    show: () => status(place),
    ensure: (spec) => ensure(place, spec, clock() * 1000),
    refresh: (options = {}) => refresh(place, log, clock(), options),
    delete: (options) => remove(place, options),
    latestDrift: async (options) => {
      if ((await readState(place)) === null) throw new TraceliftError('MonitorAbsent', { table: goldTable });
      return latestDrift(place, options, clock());
    },
  };
}

async function status(place: MonitorPlace): Promise<MonitorStatus> {
  const state = await readState(place);
  const { profile, drift } = place.tables;
  const profileRows = await numRows(place, profile);
  const driftRows = await numRows(place, drift);
  const base = {
    profileTable: profileRows === null ? null : profile,
    driftTable: driftRows === null ? null : drift,
    dashboardUrl: null,
    profileRows,
    driftRows,
  };
  if (state === null) return { ...base, state: 'absent', lastRefreshMs: null, failure: null };
  const { failure, lastRefreshMs } = state;
  // Never pending, since there is nothing to wait for, and never failed: the next refresh may heal what the last one met.
  return { ...base, state: 'active', lastRefreshMs, failure };
}

async function ensure(place: MonitorPlace, spec: MonitorSpec, nowUs: number): Promise<MonitorChange> {
  await checkSpec(place, spec);
  const state = await readState(place);
  if (state === null) {
    await writeSpec(place, spec, { monitorVersion: 0, isNew: true }, nowUs);
    return { action: 'created', status: await status(place) };
  }
  if (isSameSpec(state.spec, spec)) return { action: 'unchanged', status: await status(place) };
  await writeSpec(place, spec, { monitorVersion: state.monitorVersion + 1, isNew: false }, nowUs);
  return { action: 'updated', status: await status(place) };
}

/** A dimension may be named before its first value made the column; every other name must exist. */
async function checkSpec({ database, tables }: MonitorPlace, spec: MonitorSpec): Promise<void> {
  const existing = new Set((await columnsOf(database, tables.gold)).map(({ name }) => name));
  if (existing.size === 0) throw new TraceliftError('MonitorTableMissing', { table: tables.gold });
  const unknown = spec.slicingColumns.filter((name) => !existing.has(name) && !/^(dim|metric)_/.test(name));
  if (unknown.length > 0) {
    const examples = Object.keys(goldTracesTable.columns).filter((name) => /^(status|trace_name|model_id)$/.test(name));
    throw new TraceliftError('MonitorSpecInvalid', {
      problem: `slicing columns that gold does not have: ${unknown.join(', ')}`,
      example: examples.join(', '),
    });
  }
  if (spec.granularities.length === 0) {
    throw new TraceliftError('MonitorSpecInvalid', { problem: 'no granularity', example: '1 hour, 1 day' });
  }
}

async function refresh(
  place: MonitorPlace,
  log: Log,
  nowMs: number,
  options: NonNullable<Parameters<QualityMonitor['refresh']>[0]>,
): Promise<MonitorRefresh> {
  const { database, tables, dialect } = place;
  const state = await readState(place);
  if (state === null) throw new TraceliftError('MonitorAbsent', { table: tables.gold });
  options.signal?.throwIfAborted();
  try {
    const { profileRows, driftRows } = await refreshMetrics(place, state, log, nowMs, options);
    await database.run(updateRefreshed(dialect, tables), [nowMs * 1000]);
    return { profileRowsWritten: profileRows, driftRowsWritten: driftRows, status: await status(place) };
  } catch (failure) {
    if (options.signal?.aborted !== true) await rememberFailure(place, log, failure);
    throw failure;
  }
}

/** The status shows the code only: messages of a database may quote data. */
async function rememberFailure({ database, tables, dialect }: MonitorPlace, log: Log, failure: unknown): Promise<void> {
  const code = failure instanceof TraceliftError && isErrorCode(failure.code) ? failure.code : 'Unexpected';
  try {
    await database.run(updateFailed(dialect, tables), [`The last refresh failed: ${code}`]);
  } catch (second) {
    // The first failure is the one to report; this one only means that the status cannot show it.
    const secondCode = second instanceof TraceliftError ? second.code : 'Unexpected';
    log.warn('The failure of the monitor could not be stored', { code, secondCode });
  }
}

async function remove(
  { database, tables, dialect }: MonitorPlace,
  { dropTables }: { dropTables: boolean },
): Promise<void> {
  const dropped = [tables.state, tables.windows, ...(dropTables ? [tables.profile, tables.drift] : [])];
  await database.transaction(async (session) => {
    for (const table of dropped) await session.run(dropTable(dialect, table));
  });
}
