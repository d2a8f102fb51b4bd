/**
 * The monitor of a DuckDB target: tracelift's own, kept in the file. Imports the monitor, its store and the database.
 */
import { isErrorCode, TraceliftError } from '../../../errors/index.js';
import type { Log } from '../../../log.js';
import { refreshProfiles } from '../../../monitor/engine.js';
import type {
  DriftHighlight,
  DriftReader,
  MonitorChange,
  MonitorRefresh,
  MonitorRefreshOptions,
  MonitorStatus,
  QualityMonitor,
} from '../../../monitor/quality-monitor.js';
import { isSameSpec, type MonitorSpec } from '../../../monitor/spec.js';
import { goldTracesTable } from '../../../tables/traces.js';
import type { DuckDbDatabase } from '../database.js';
import { latestDrift } from './latest-drift.js';
import { DuckDbProfileStore } from './profile-store.js';
import * as own from './sql.js';
import { createState, numRows, readState, replaceSpec, type MonitorPlace, type StoredMonitor } from './state.js';

export interface DuckDbMonitorOptions {
  /** Stays open; the caller closes it. */
  readonly database: DuckDbDatabase;
  /** Name of the gold table; the monitor's tables are named after it. */
  readonly goldTable: string;
  readonly log: Log;
  /** Now, in epoch milliseconds; decides which hourly windows are kept. Default: `Date.now`. */
  readonly clock?: () => number;
}

/**
 * Errors besides those of the warehouse: MonitorAbsent (config), MonitorTableMissing (config), MonitorSpecInvalid
 * (input).
 */
export function createDuckDbMonitor(options: DuckDbMonitorOptions): QualityMonitor & DriftReader {
  return new DuckDbMonitor(options);
}

class DuckDbMonitor implements QualityMonitor, DriftReader {
  readonly #place: MonitorPlace;
  readonly #store: DuckDbProfileStore;
  readonly #log: Log;
  readonly #clock: () => number;

  constructor({ database, goldTable, log, clock = Date.now }: DuckDbMonitorOptions) {
    this.#place = { database, tables: own.monitorTables(goldTable) };
    this.#store = new DuckDbProfileStore(database, this.#place.tables);
    this.#log = log;
    this.#clock = clock;
  }

  async show(): Promise<MonitorStatus> {
    const state = await readState(this.#place);
    const { profile, drift } = this.#place.tables;
    const profileRows = await numRows(this.#place, profile);
    const driftRows = await numRows(this.#place, drift);
    return {
      // Never pending, since there is nothing to wait for, and never failed: the next refresh may heal what the last one met.
      state: state === null ? 'absent' : 'active',
      profileTable: profileRows === null ? null : profile,
      driftTable: driftRows === null ? null : drift,
      dashboardUrl: null,
      lastRefreshMs: state?.lastRefreshMs ?? null,
      profileRows,
      driftRows,
      failure: state?.failure ?? null,
    };
  }

  async ensure(spec: MonitorSpec): Promise<MonitorChange> {
    await this.#check(spec);
    const state = await readState(this.#place);
    const action = state === null ? 'created' : isSameSpec(state.spec, spec) ? 'unchanged' : 'updated';
    if (state === null) await createState(this.#place, spec, this.#clock());
    else if (action === 'updated') await replaceSpec(this.#place, spec, state.monitorVersion + 1, this.#clock());
    return { action, status: await this.show() };
  }

  async refresh(step: MonitorRefreshOptions = {}): Promise<MonitorRefresh> {
    const { database, tables } = this.#place;
    const { spec, monitorVersion } = await this.#state();
    const nowMs = this.#clock();
    step.signal?.throwIfAborted();
    try {
      const rows = await refreshProfiles(this.#store, { spec, monitorVersion, nowMs }, this.#log, step);
      await database.run(own.updateRefreshed(tables), [nowMs * 1000]);
      return { profileRowsWritten: rows.profileRows, driftRowsWritten: rows.driftRows, status: await this.show() };
    } catch (failure) {
      if (step.signal?.aborted !== true) await this.#rememberFailure(failure);
      throw failure;
    }
  }

  async delete({ dropTables }: { dropTables: boolean }): Promise<void> {
    const { database, tables } = this.#place;
    const dropped = [tables.state, tables.windows, ...(dropTables ? [tables.profile, tables.drift] : [])];
    await database.transaction(async (session) => {
      for (const table of dropped) await session.run(own.dropTable(table));
    });
  }

  async latestDrift(options: Parameters<DriftReader['latestDrift']>[0]): Promise<DriftHighlight[]> {
    await this.#state();
    return latestDrift(this.#place, options, this.#clock());
  }

  async #state(): Promise<StoredMonitor> {
    const state = await readState(this.#place);
    if (state === null) throw new TraceliftError('MonitorAbsent', { table: this.#place.tables.gold });
    return state;
  }

  /** A dimension may be named before its first value made the column; every other name must exist. */
  async #check(spec: MonitorSpec): Promise<void> {
    const existing = new Set((await this.#store.goldColumns()).map(({ name }) => name));
    if (existing.size === 0) throw new TraceliftError('MonitorTableMissing', { table: this.#place.tables.gold });
    const unknown = spec.slicingColumns.filter((name) => !existing.has(name) && !/^(dim|metric)_/.test(name));
    if (unknown.length > 0) {
      const examples = Object.keys(goldTracesTable.columns).filter((name) =>
        /^(status|trace_name|model_id)$/.test(name),
      );
      throw new TraceliftError('MonitorSpecInvalid', {
        problem: `slicing columns that gold does not have: ${unknown.join(', ')}`,
        example: examples.join(', '),
      });
    }
    if (spec.granularities.length === 0) {
      throw new TraceliftError('MonitorSpecInvalid', { problem: 'no granularity', example: '1 hour, 1 day' });
    }
  }

  /** The status shows the code only: messages of a database may quote data. */
  async #rememberFailure(failure: unknown): Promise<void> {
    const { database, tables } = this.#place;
    const code = failure instanceof TraceliftError && isErrorCode(failure.code) ? failure.code : 'Unexpected';
    try {
      await database.run(own.updateFailed(tables), [`The last refresh failed: ${code}`]);
    } catch (second) {
      // The first failure is the one to report; this one only means that the status cannot show it.
      const secondCode = second instanceof TraceliftError ? second.code : 'Unexpected';
      this.#log.warn('The failure of the monitor could not be stored', { code, secondCode });
    }
  }
}
