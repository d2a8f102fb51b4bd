/**
 * Profiles in Delta tables, computed by the SQL warehouse: the traces never leave it. Imports the store's port, the SQL
 * client and its statements.
 *
 * There are no transactions across statements: each one replaces what it wrote before, and fingerprints come last.
 */
import { TraceliftError } from '../../../errors/index.js';
import type { ProfileDefinition } from '../../../monitor/definition.js';
import type { DriftRow, Profile } from '../../../monitor/model.js';
import type { DriftComparison, CurrentWindow, StoredWindow, WindowBatch } from '../../../monitor/plan.js';
import type { GoldRange, GoldWindow, ProfileStore } from '../../../monitor/profile-store.js';
import type { HistoryStatus } from '../../../monitor/quality-monitor.js';
import { sketchOfWeighted, type QuantileSketch } from '../../../statistics/quantiles.js';
import type { MonitorTables } from '../../../monitor/tables.js';
import type { ExistingColumn } from '../../../tables/table.js';
import { goldWindowOf, profilesOf, storedWindowsOf } from '../../sql/profile-rows.js';
import { goldWindows } from '../../sql/profile-selects.js';
import {
  rememberDrift,
  rememberProfiles,
  removeWindows,
  storedProfiles,
  storedWindows,
} from '../../sql/profile-tables.js';
import { retryConflicts } from '../conflicts.js';
import type { SqlClient } from '../sql-client.js';
import { textOf } from '../../sql/read-rows.js';
import type { SqlRow } from '../../sql/rows.js';
import { sparkDialect as dialect } from '../sql/dialect.js';
import * as own from './sql.js';
import type { CallOptions } from '../../../call-options.js';

export interface ProfileStoreOptions {
  readonly sql: SqlClient;
  readonly tables: MonitorTables;
  /** Columns of gold as they are; none when it does not exist. */
  readonly goldColumns: () => Promise<readonly ExistingColumn[]>;
}

export class DatabricksProfileStore implements ProfileStore {
  /** Per statement: each number column of a profile brings 8 KB of quantiles. */
  readonly limits = { profileRows: 20_000, driftRows: 1000, windows: 1000 };
  readonly #sql: SqlClient;
  readonly #tables: MonitorTables;

  constructor(private readonly options: ProfileStoreOptions) {
    this.#sql = options.sql;
    this.#tables = options.tables;
  }

  /** Null where the tables were never made. */
  async status(): Promise<HistoryStatus | null> {
    const { profile, drift } = this.#tables;
    try {
      const [row = {}] = await this.#sql.run(own.selectStatus(this.#tables), { doing: 'counting the profiles' });
      const profiledUs = textOf(row, 'profiled_us');
      return {
        profileTable: profile,
        driftTable: drift,
        profileRows: Number(textOf(row, 'profile_rows')),
        driftRows: Number(textOf(row, 'drift_rows')),
        lastRefreshMs: profiledUs === '' ? null : Math.floor(Number(profiledUs) / 1000),
      };
    } catch (failure) {
      if (failure instanceof TraceliftError && failure.code === 'WarehouseObjectMissing') return null;
      throw failure;
    }
  }

  /** Makes the tables that are missing. */
  async createTables(step: CallOptions): Promise<void> {
    for (const sql of own.createTables(this.#tables)) await this.#run(() => sql, 'making the tables of', step);
  }

  async dropTables(): Promise<void> {
    const { windows, drift, profile } = this.#tables;
    for (const name of [windows, drift, profile]) {
      await this.#sql.run(own.dropTable(name), { doing: `dropping ${name}` });
    }
  }

  goldColumns(): Promise<readonly ExistingColumn[]> {
    return this.options.goldColumns();
  }

  async goldWindows(range: GoldRange, step: CallOptions): Promise<GoldWindow[]> {
    const { gold } = this.#tables;
    const rows = await this.#run((bind) => goldWindows(dialect, gold, range, bind), 'listing windows for', step);
    return rows.map((row) => goldWindowOf(range.granularity, row));
  }

  async storedWindows(step: CallOptions): Promise<StoredWindow[]> {
    const select = storedWindows(dialect, this.#tables);
    return storedWindowsOf(await this.#run(() => select, 'listing what is remembered of', step));
  }

  async removeWindows(batch: WindowBatch, step: CallOptions): Promise<void> {
    for (const sql of removeWindows(dialect, this.#tables, batch)) {
      await this.#run(() => sql, 'removing windows of', step);
    }
  }

  async writeProfiles(
    batch: WindowBatch<CurrentWindow>,
    definition: ProfileDefinition,
    nowMs: number,
    step: CallOptions,
  ): Promise<number> {
    const tables = this.#tables;
    await this.#run((bind) => own.replaceProfiles(tables, batch, definition, bind), 'computing', step);
    const [row = {}] = await this.#run(() => own.countProfiles(tables, batch), 'counting', step);
    const remember: Make = (bind) => rememberProfiles(dialect, tables, batch.windows, nowMs, bind);
    await this.#run(remember, 'remembering', step);
    return Number(textOf(row, 'num_rows'));
  }

  async readProfiles(batch: WindowBatch, step: CallOptions): Promise<Profile[]> {
    const select = storedProfiles(dialect, this.#tables, batch, own.runsOfQuantiles);
    return profilesOf(batch.granularity, await this.#run(() => select, 'reading', step), quantilesOf);
  }

  async writeDrift(batch: WindowBatch<DriftComparison>, rows: readonly DriftRow[], step: CallOptions): Promise<void> {
    const tables = this.#tables;
    await this.#run((bind) => own.replaceDrift(tables, batch, rows, bind), 'writing the drift of', step);
    const remember: Make = (bind) => rememberDrift(dialect, tables, batch.windows, bind);
    await this.#run(remember, 'remembering the drift of', step);
  }

  /** Every statement is safe to repeat, so one that lost against another writer is. */
  async #run(make: Make, doing: string, { signal, onProgress }: CallOptions): Promise<SqlRow[]> {
    const { sql, parameters } = own.statement(make);
    const options = { doing: `${doing} the profiles`, parameters, ...(signal && { signal }) };
    const rows = await retryConflicts(() => this.#sql.run(sql, options), signal);
    onProgress?.();
    return rows;
  }
}

type Make = Parameters<typeof own.statement>[0];

/** `0.5*17,…`: the value, and the last position (from 1) that holds it. */
function quantilesOf(row: SqlRow): QuantileSketch | null {
  const text = row['quantiles'];
  if (typeof text !== 'string' || text === '') return null;
  let before = 0;
  const weighted = text.split(',').map((run) => {
    const [value = '', end = ''] = run.split('*');
    const weight = Number(end) - before;
    before = Number(end);
    return { value: Number(value), weight };
  });
  return sketchOfWeighted(weighted);
}
