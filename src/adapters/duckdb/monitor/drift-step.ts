/**
 * Compares one batch of windows with the windows before them: profiles are read, drift is a pure function of two of
 * them, rows are written back. Imports the database, the monitor's SQL and domain types.
 */
import { driftBetween } from '../../../domain/profile/drift.js';
import type { ColumnProfile, DriftRow, Profile } from '../../../domain/profile/model.js';
import type { Comparison } from '../../../domain/profile/plan.js';
import { windowEndMs, windowKey, type Granularity, type ProfileWindow } from '../../../domain/profile/windows.js';
import { sketchOfWeighted } from '../../../domain/stats/quantiles.js';
import { insertDriftRows, selectProfiles, type StagedDriftRow } from './sql-drift.js';
import { deleteMetricRows, updateDriftFingerprints } from './sql-state.js';
import type { StepOptions } from './profile-step.js';
import type { MonitorPlace } from './state.js';

interface ProfileRow {
  readonly window_us: number;
  readonly slice_key: string | null;
  readonly slice_value: string | null;
  readonly monitor_version: number;
  readonly column_name: string;
  readonly data_type: string | null;
  readonly num_rows: number;
  readonly num_nulls: number | null;
  readonly num_nan: number | null;
  readonly avg: number | null;
  readonly percent_null: number | null;
  readonly percent_zeros: number | null;
  readonly percent_distinct: number | null;
  readonly non_null_columns: readonly string[] | null;
  readonly quantile_values: readonly number[] | null;
  readonly quantile_weights: readonly number[] | null;
}

/** Writes the drift rows of the windows, which share a granularity, and returns how many. */
export async function compareWindows(
  place: MonitorPlace,
  comparisons: readonly Comparison[],
  { signal, onProgress }: StepOptions,
): Promise<number> {
  const granularity = comparisons[0]?.window.granularity;
  if (granularity === undefined) return 0;
  const { database, tables, dialect } = place;
  const profiles = await readProfiles(place, granularity, comparisons, signal);
  onProgress?.();
  const rows = comparisons.flatMap(({ window, previous }) =>
    previous === null ? [] : driftOf(profiles, previous, window),
  );
  onProgress?.();
  const starts = comparisons.map(({ window }) => window.fromMs * 1000);
  const fingerprints = comparisons.map(({ driftFingerprint }) => driftFingerprint);
  return database.transaction(async (session) => {
    const { sql, parameters } = deleteMetricRows(dialect, tables.drift, granularity, starts);
    await session.run(sql, parameters, { signal });
    const written =
      rows.length === 0
        ? 0
        : await session.run(insertDriftRows(dialect, tables), [JSON.stringify(rows.map(stagedRow))], { signal });
    await session.run(updateDriftFingerprints(dialect, tables), [granularity, starts, fingerprints]);
    onProgress?.();
    return written;
  });
}

interface GrowingProfile extends Profile {
  readonly columns: ColumnProfile[];
}

/** Profiles of all slices, by window. */
type ProfilesByWindow = ReadonlyMap<string, ReadonlyMap<string, Profile>>;

async function readProfiles(
  { database, tables, dialect }: MonitorPlace,
  granularity: Granularity,
  comparisons: readonly Comparison[],
  signal: AbortSignal | undefined,
): Promise<ProfilesByWindow> {
  const windows = comparisons.flatMap(({ window, previous }) => (previous === null ? [] : [window, previous]));
  const starts = [...new Set(windows.map(({ fromMs }) => fromMs * 1000))];
  const byWindow = new Map<string, Map<string, GrowingProfile>>();
  if (starts.length === 0) return byWindow;
  const { sql, parameters } = selectProfiles(dialect, tables, granularity, starts);
  const rows = await database.rows<ProfileRow>(sql, parameters, { signal });
  for (const row of rows) {
    const window: ProfileWindow = { granularity, fromMs: row.window_us / 1000 };
    const slices = getOrMake(byWindow, windowKey(window), () => new Map<string, GrowingProfile>());
    const slice = { key: row.slice_key, value: row.slice_value };
    const profile = getOrMake(slices, JSON.stringify(slice), () => ({
      window,
      slice,
      monitorVersion: row.monitor_version,
      columns: [],
    }));
    profile.columns.push(columnProfile(row));
  }
  return byWindow;
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function columnProfile(row: ProfileRow): ColumnProfile {
  const weights = row.quantile_weights ?? [];
  const weighted = (row.quantile_values ?? []).map((value, index) => ({ value, weight: weights[index] ?? 0 }));
  return {
    columnName: row.column_name,
    dataType: row.data_type,
    count: row.num_rows,
    numNulls: row.num_nulls,
    numNan: row.num_nan,
    avg: row.avg,
    percentNull: row.percent_null,
    percentZeros: row.percent_zeros,
    percentDistinct: row.percent_distinct,
    nonNullColumns: row.non_null_columns,
    quantiles: sketchOfWeighted(weighted),
  };
}

function driftOf(profiles: ProfilesByWindow, previous: ProfileWindow, current: ProfileWindow): DriftRow[] {
  const before = profiles.get(windowKey(previous));
  const now = profiles.get(windowKey(current));
  return [...(now ?? [])].flatMap(([slice, profile]) => {
    const then = before?.get(slice);
    return then === undefined ? [] : driftBetween(then, profile);
  });
}

function stagedRow(row: DriftRow): StagedDriftRow {
  return {
    window_us: row.window.fromMs * 1000,
    window_end_us: windowEndMs(row.window) * 1000,
    window_cmp_us: row.comparedWindow.fromMs * 1000,
    window_cmp_end_us: windowEndMs(row.comparedWindow) * 1000,
    granularity: row.window.granularity,
    monitor_version: row.monitorVersion,
    slice_key: row.slice.key,
    slice_value: row.slice.value,
    column_name: row.columnName,
    data_type: row.dataType,
    count_delta: row.countDelta,
    avg_delta: row.avgDelta,
    percent_null_delta: row.percentNullDelta,
    percent_zeros_delta: row.percentZerosDelta,
    percent_distinct_delta: row.percentDistinctDelta,
    columns_added: row.nonNullColumnsDelta?.added ?? null,
    columns_missing: row.nonNullColumnsDelta?.missing ?? null,
    ks_statistic: row.ksTest?.statistic ?? null,
    ks_pvalue: row.ksTest?.pvalue ?? null,
    population_stability_index: row.populationStabilityIndex,
  };
}
