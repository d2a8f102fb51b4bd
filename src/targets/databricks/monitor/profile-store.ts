/**
 * tracelift's own profile over all history of the gold table, computed by the warehouse: the same statistics, windows
 * and drift as the embedded monitor's. Imports the SQL client, its statements and domain plans.
 *
 * Databricks' monitor profiles only the 30 days before its creation, and no source says whether its refresh sees rows
 * that are merged later: this one covers every day and computes changed windows again.
 */
import { TraceliftError } from '../../../errors/index.js';
import { profiledColumns, type ExistingColumn, type ProfiledColumn } from '../../../monitor/columns.js';
import { fingerprintOf, type ProfileDefinition } from '../../../monitor/definition.js';
import { comparedStartsUs, profilesByWindow, stagedDrift, type ProfileRow } from '../../../monitor/drift-rows.js';
import {
  batchWindows,
  planComparisons,
  planProfiles,
  type Comparison,
  type CurrentWindow,
  type StoredWindow,
} from '../../../monitor/plan.js';
import {
  oldestWindowMs,
  windowKey,
  windowLengthMs,
  type Granularity,
  type ProfileWindow,
} from '../../../monitor/windows.js';
import type { Log } from '../../../log.js';
import type { HistoryStatus } from '../../../monitor/quality-monitor.js';
import { retryConflicts } from '../conflicts.js';
import { textOf, type SqlClient, type SqlRow } from '../sql-client.js';
import * as statements from './sql.js';
import { replaceDrift, selectProfiles } from './sql-drift.js';

export interface HistoryProfileOptions {
  readonly sql: SqlClient;
  readonly tables: statements.HistoryTables;
  /** Columns of gold as they are; none when it does not exist. */
  readonly goldColumns: () => Promise<readonly ExistingColumn[]>;
  readonly log: Log;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
}

export interface HistorySpec {
  readonly granularities: readonly Granularity[];
  readonly slicingColumns: readonly string[];
}

export interface HistoryStepOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (() => void) | undefined;
}

export interface HistoryProfile {
  /** Null where it was never computed. */
  status(): Promise<HistoryStatus | null>;
  /** Computes what changed since the last call; safe to stop and call again at any point. */
  refresh(spec: HistorySpec, options?: HistoryStepOptions): Promise<{ profileRows: number; driftRows: number }>;
  drop(): Promise<void>;
}

/** Profile rows of one statement: each number column brings 8 KB of quantiles. */
const maxProfileRowsPerStatement = 20_000;
/** Profiles that are compared in one go: they travel to this process and are held in memory. */
const maxDriftRowsPerStatement = 1000;
const maxWindowsPerStatement = 1000;

export function createHistoryProfile(options: HistoryProfileOptions): HistoryProfile {
  return new WarehouseHistory(options);
}

class WarehouseHistory implements HistoryProfile {
  readonly #sql: SqlClient;
  readonly #tables: statements.HistoryTables;

  constructor(private readonly options: HistoryProfileOptions) {
    this.#sql = options.sql;
    this.#tables = options.tables;
  }

  async status(): Promise<HistoryStatus | null> {
    const { profile, drift } = this.#tables;
    try {
      const [row = {}] = await this.#sql.run(statements.selectStatus(this.#tables), { doing: 'counting the profile' });
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

  async refresh(spec: HistorySpec, step: HistoryStepOptions = {}): Promise<{ profileRows: number; driftRows: number }> {
    for (const sql of statements.createTables(this.#tables)) await this.#run({ sql, parameters: {} }, 'making', step);
    const existing = await this.options.goldColumns();
    const names = new Set(existing.map(({ name }) => name));
    const definition: ProfileDefinition = {
      monitorVersion: 0,
      // In the order of the embedded monitor, whatever the order in which columns were added.
      columns: profiledColumns(existing).toSorted(byName),
      slicingColumns: spec.slicingColumns.filter((name) => names.has(name)),
    };
    const current = await this.#current(spec.granularities, definition, step);
    const plan = planProfiles(current, await this.#stored(step));
    for (const batch of batchWindows(plan.remove, () => 1, maxWindowsPerStatement)) {
      for (const statement of statements.forgetWindows(this.#tables, batchOf(batch))) {
        await this.#run(statement, 'removing windows of', step);
      }
    }
    const rowsOf = rowsPerWindow(current, definition.columns.length + 1);
    let profileRows = 0;
    for (const batch of batchWindows(plan.profile, rowsOf, maxProfileRowsPerStatement)) {
      const written = await this.#profile(batch, definition, step);
      profileRows += written;
    }
    const driftRows = await this.#compare(rowsOf, step);
    this.options.log.info('The history profile is up to date', {
      windowsProfiled: plan.profile.length,
      windowsRemoved: plan.remove.length,
      profileRows,
      driftRows,
    });
    return { profileRows, driftRows };
  }

  async drop(): Promise<void> {
    const { windows, drift, profile } = this.#tables;
    for (const name of [windows, drift, profile]) {
      await this.#sql.run(statements.dropTable(name), { doing: `dropping ${name}` });
    }
  }

  async #current(
    granularities: readonly Granularity[],
    definition: ProfileDefinition,
    step: HistoryStepOptions,
  ): Promise<CurrentWindow[]> {
    const current: CurrentWindow[] = [];
    for (const granularity of granularities) {
      const oldestMs = oldestWindowMs(granularity, this.options.clock());
      const bounds = { fromUs: oldestMs === null ? null : oldestMs * 1000, toUs: null };
      const { gold } = this.#tables;
      const select = statements.selectCurrentWindows(gold, granularity, definition.slicingColumns, bounds);
      const rows = await this.#run(select, 'listing windows for', step);
      for (const row of rows) {
        const facts = {
          num_rows: textOf(row, 'num_rows'),
          last_us: textOf(row, 'last_us'),
          checksum: textOf(row, 'checksum'),
        };
        current.push({
          granularity,
          fromMs: Number(textOf(row, 'window_us')) / 1000,
          fingerprint: fingerprintOf(definition, facts),
          numSlices: Number(textOf(row, 'num_slices')),
        });
      }
    }
    return current;
  }

  async #stored(step: HistoryStepOptions): Promise<StoredWindow[]> {
    const sql = statements.selectStoredWindows(this.#tables);
    const rows = await this.#run({ sql, parameters: {} }, 'listing what is remembered of', step);
    return rows.map((row) => ({
      granularity: textOf(row, 'granularity') as Granularity,
      fromMs: Number(textOf(row, 'window_us')) / 1000,
      profileFingerprint: textOrNull(row, 'profile_fingerprint'),
      driftFingerprint: textOrNull(row, 'drift_fingerprint'),
    }));
  }

  /** The fingerprints were read before the rows: what changes in between is computed again by the next refresh. */
  async #profile(
    batch: readonly CurrentWindow[],
    { columns, slicingColumns }: ProfileDefinition,
    step: HistoryStepOptions,
  ): Promise<number> {
    const windows = batchOf(batch);
    const lengthUs = windowLengthMs(windows.granularity) * 1000;
    const profile = statements.replaceProfiles(this.#tables, { ...windows, lengthUs }, columns, slicingColumns);
    await this.#run(profile, 'computing', step);
    const [row = {}] = await this.#run(statements.countProfiles(this.#tables, windows), 'counting', step);
    const remembered = batch.map(({ granularity, fromMs, fingerprint }) => ({
      granularity,
      window_us: fromMs * 1000,
      fingerprint,
    }));
    const nowUs = this.options.clock() * 1000;
    await this.#run(statements.rememberProfiles(this.#tables, remembered, nowUs), 'remembering', step);
    return Number(textOf(row, 'num_rows'));
  }

  async #compare(rowsOf: (window: ProfileWindow) => number, step: HistoryStepOptions): Promise<number> {
    const comparisons = planComparisons(await this.#stored(step));
    const byWindow = new Map<ProfileWindow, Comparison>(comparisons.map((one) => [one.window, one]));
    const due = comparisons.map(({ window }) => window);
    let driftRows = 0;
    for (const batch of batchWindows(due, rowsOf, maxDriftRowsPerStatement)) {
      const written = await this.#compareBatch(
        batch.flatMap((window) => byWindow.get(window) ?? []),
        step,
      );
      driftRows += written;
    }
    return driftRows;
  }

  async #compareBatch(comparisons: readonly Comparison[], step: HistoryStepOptions): Promise<number> {
    const windows = batchOf(comparisons.map(({ window }) => window));
    const { granularity } = windows;
    const startsUs = comparedStartsUs(comparisons);
    const select = selectProfiles(this.#tables, { granularity, startsUs });
    const rows = startsUs.length === 0 ? [] : await this.#run(select, 'reading', step);
    const drift = stagedDrift(profilesByWindow(granularity, rows.map(profileRow)), comparisons);
    await this.#run(replaceDrift(this.#tables, windows, drift), 'writing the drift of', step);
    const remembered = comparisons.map(({ window, driftFingerprint }) => ({
      granularity,
      window_us: window.fromMs * 1000,
      fingerprint: driftFingerprint,
    }));
    await this.#run(statements.rememberDrift(this.#tables, remembered), 'remembering the drift of', step);
    return drift.length;
  }

  /** Every statement is safe to repeat, so one that lost against another writer is. */
  async #run(
    { sql, parameters }: statements.HistoryStatement,
    doing: string,
    { signal, onProgress }: HistoryStepOptions,
  ): Promise<SqlRow[]> {
    const options = { doing: `${doing} the history profile`, parameters, ...(signal && { signal }) };
    const rows = await retryConflicts(() => this.#sql.run(sql, options), signal);
    onProgress?.();
    return rows;
  }
}

/** Windows of one granularity, at least one. */
function batchOf(windows: readonly ProfileWindow[]): statements.BatchOfWindows {
  const startsUs = windows.map(({ fromMs }) => fromMs * 1000);
  return { granularity: windows[0]?.granularity ?? '1 day', startsUs };
}

const byName = (left: ProfiledColumn, right: ProfiledColumn): number => (left.name < right.name ? -1 : 1);

function rowsPerWindow(current: readonly CurrentWindow[], numColumns: number): (window: ProfileWindow) => number {
  const slices = new Map(current.map((window) => [windowKey(window), window.numSlices]));
  return (window) => (slices.get(windowKey(window)) ?? 1) * numColumns;
}

function textOrNull(row: SqlRow, column: string): string | null {
  const text = textOf(row, column);
  return text === '' ? null : text;
}

function numberOrNull(row: SqlRow, column: string): number | null {
  const value = row[column];
  return value === null || value === undefined ? null : Number(value);
}

function profileRow(row: SqlRow): ProfileRow {
  const runs = textOrNull(row, 'quantiles')?.split(',').map(readRun) ?? null;
  const present = textOrNull(row, 'non_null_columns');
  return {
    window_us: Number(row['window_us']),
    slice_key: (row['slice_key'] as string | null | undefined) ?? null,
    slice_value: (row['slice_value'] as string | null | undefined) ?? null,
    monitor_version: Number(row['monitor_version']),
    column_name: textOf(row, 'column_name'),
    data_type: textOrNull(row, 'data_type'),
    num_rows: Number(row['num_rows']),
    num_nulls: numberOrNull(row, 'num_nulls'),
    num_nan: numberOrNull(row, 'num_nan'),
    avg: numberOrNull(row, 'avg'),
    percent_null: numberOrNull(row, 'percent_null'),
    percent_zeros: numberOrNull(row, 'percent_zeros'),
    percent_distinct: numberOrNull(row, 'percent_distinct'),
    non_null_columns: present === null ? null : (JSON.parse(present) as string[]),
    quantile_values: runs?.map(({ value }) => value) ?? null,
    quantile_weights: runs?.map(({ end }, index) => end - (runs[index - 1]?.end ?? 0)) ?? null,
  };
}

/** `0.5*17`: the value, and the last position (from 1) that holds it. */
function readRun(text: string): { readonly value: number; readonly end: number } {
  const [value = '', end = ''] = text.split('*');
  return { value: Number(value), end: Number(end) };
}
