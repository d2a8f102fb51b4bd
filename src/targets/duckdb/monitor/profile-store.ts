/**
 * Profiles in a DuckDB file. Imports the store's port, the database and its statements.
 *
 * Each batch is one transaction: metric rows and fingerprints appear together, computed from one state of gold.
 */
import { columnGroups } from '../../../monitor/columns.js';
import type { ProfileDefinition } from '../../../monitor/definition.js';
import type { DriftRow, Profile } from '../../../monitor/model.js';
import type { DriftComparison, CurrentWindow, StoredWindow, WindowBatch } from '../../../monitor/plan.js';
import type { GoldRange, GoldWindow, ProfileStore } from '../../../monitor/profile-store.js';
import { sketchOfWeighted, type QuantileSketch } from '../../../statistics/quantiles.js';
import { driftMetricsTable, type MonitorTables } from '../../../monitor/tables.js';
import { windowStartUs } from '../../../monitor/windows.js';
import type { ExistingColumn } from '../../../tables/table.js';
import { goldWindowOf, profilesOf, storedWindowsOf } from '../../sql/profile-rows.js';
import { columnProfiles, goldWindows, profileSource, tableProfiles } from '../../sql/profile-selects.js';
import {
  deleteMetricRows,
  driftSelect,
  rememberDrift,
  rememberProfiles,
  removeWindows,
  storedProfiles,
  storedWindows,
} from '../../sql/profile-tables.js';
import type { DuckDbDatabase, DuckDbSession } from '../database.js';
import { existingColumns } from '../prepare.js';
import { duckDbDialect as dialect } from '../sql/dialect.js';
import * as own from './sql.js';
import type { CallOptions } from '../../../call-options.js';
import type { SqlRow } from '../../sql/rows.js';

/** Temporary, of the one connection that writes, and gone at the end of the transaction that made it. */
const slices = dialect.identifier('tracelift_monitor_slices');
/** Columns of one kind that one statement profiles. */
const maxColumnsPerStatement = 8;

export class DuckDbProfileStore implements ProfileStore {
  /**
   * Per transaction: profile rows of about 32 MB of quantiles, which take well under a second; drift rows whose
   * profiles are converted in one go, which must not hold up the event loop.
   */
  readonly limits = { profileRows: 4000, driftRows: 1000, windows: 1000 };

  constructor(
    private readonly database: DuckDbDatabase,
    private readonly tables: MonitorTables,
  ) {}

  async goldColumns(): Promise<readonly ExistingColumn[]> {
    return (await existingColumns(this.database)).get(this.tables.gold) ?? [];
  }

  async goldWindows(range: GoldRange, step: CallOptions): Promise<GoldWindow[]> {
    const select = own.statement((bind) => goldWindows(dialect, this.tables.gold, range, bind));
    return (await this.#rows(select, step)).map((row) => goldWindowOf(range.granularity, row));
  }

  async storedWindows(step: CallOptions): Promise<StoredWindow[]> {
    return storedWindowsOf(await this.#rows({ sql: storedWindows(dialect, this.tables), parameters: [] }, step));
  }

  async removeWindows(batch: WindowBatch, { signal }: CallOptions): Promise<void> {
    await this.database.transaction(async (session) => {
      for (const sql of removeWindows(dialect, this.tables, batch)) await session.run(sql, [], { signal });
    });
  }

  writeProfiles(
    batch: WindowBatch<CurrentWindow>,
    definition: ProfileDefinition,
    nowMs: number,
    { signal, onProgress }: CallOptions,
  ): Promise<number> {
    const { tables } = this;
    return this.database.transaction(async (session) => {
      await session.run(deleteMetricRows(dialect, tables.profile, batch), [], { signal });
      await this.#fillSlices(session, batch, definition, signal);
      let written = 0;
      for (const { sql, parameters } of this.#inserts(batch, definition)) {
        const rows = await session.run(sql, parameters, { signal });
        written += rows;
        onProgress?.();
      }
      await session.run(own.dropTable('tracelift_monitor_slices'));
      const remember = own.statement((bind) => rememberProfiles(dialect, tables, batch.windows, nowMs, bind));
      await session.run(remember.sql, remember.parameters);
      return written;
    });
  }

  async readProfiles(batch: WindowBatch, step: CallOptions): Promise<Profile[]> {
    const sql = storedProfiles(dialect, this.tables, batch, own.distinctQuantiles);
    return profilesOf(batch.granularity, await this.#rows({ sql, parameters: [] }, step), quantilesOf);
  }

  async writeDrift(
    batch: WindowBatch<DriftComparison>,
    rows: readonly DriftRow[],
    { signal }: CallOptions,
  ): Promise<void> {
    const { tables } = this;
    const insert = own.statement((bind) =>
      own.insertMetricRows(tables.drift, driftMetricsTable, driftSelect(dialect, rows, bind)),
    );
    const remember = own.statement((bind) => rememberDrift(dialect, tables, batch.windows, bind));
    await this.database.transaction(async (session) => {
      await session.run(deleteMetricRows(dialect, tables.drift, batch), [], { signal });
      await session.run(insert.sql, insert.parameters, { signal });
      await session.run(remember.sql, remember.parameters);
    });
  }

  async #fillSlices(
    session: DuckDbSession,
    batch: WindowBatch,
    definition: ProfileDefinition,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const source = { ...profileSource(this.tables.gold, batch, definition), slices };
    await session.run(own.createSlices(slices));
    await session.run(own.fillWindows(slices), [batch.windows.map(windowStartUs)]);
    for (const slicingColumn of definition.slicingColumns) {
      const { sql, parameters } = own.statement((bind) => own.fillSlices(source, slicingColumn, bind));
      await session.run(sql, parameters, { signal });
    }
  }

  /** A statement for each slicing column and few columns: planning one takes longer than computing a small window. */
  #inserts(batch: WindowBatch, definition: ProfileDefinition): own.BoundStatement[] {
    const { columns, slicingColumns } = definition;
    const source = { ...profileSource(this.tables.gold, batch, definition), slices };
    const groups = columnGroups(columns, maxColumnsPerStatement);
    return [null, ...slicingColumns].flatMap((slicingColumn) => [
      own.statement((bind) =>
        own.insertProfiles(this.tables, tableProfiles(dialect, source, { slicingColumn, bind }, columns)),
      ),
      ...groups.map((group) =>
        own.statement((bind) =>
          own.insertProfiles(this.tables, columnProfiles(dialect, source, { slicingColumn, bind }, group)),
        ),
      ),
    ]);
  }

  #rows({ sql, parameters }: own.BoundStatement, { signal }: CallOptions): Promise<SqlRow[]> {
    return this.database.rows<SqlRow>(sql, parameters, { signal });
  }
}

/** Two lists side by side: ascending values, and how many quantiles each of them is. */
function quantilesOf(row: SqlRow): QuantileSketch | null {
  const [values, weights] = [row['quantile_values'], row['quantile_weights']];
  if (!Array.isArray(values) || !Array.isArray(weights)) return null;
  return sketchOfWeighted(
    values.map((value, index) => ({ value: Number(value), weight: Number(weights[index] ?? 0) })),
  );
}
