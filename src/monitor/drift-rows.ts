/** Profile rows as a database gives them, and drift rows as it takes them. Pure; imports domain/profile and domain/stats. */
import { sketchOfWeighted } from './statistics/quantiles.js';
import { driftBetween } from './drift.js';
import type { ColumnProfile, DriftRow, Profile } from './model.js';
import type { Comparison } from './plan.js';
import { windowEndMs, windowKey, type Granularity, type ProfileWindow } from './windows.js';

/** One row of a profile table. Times are epoch microseconds. */
export interface ProfileRow {
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
  /** Ascending; repeated values may be counted once, with their weight. */
  readonly quantile_values: readonly number[] | null;
  readonly quantile_weights: readonly number[] | null;
}

/** One drift row as it travels to the database: a JSON object in one parameter for the whole batch. */
export interface StagedDriftRow {
  readonly window_us: number;
  readonly window_end_us: number;
  readonly window_cmp_us: number;
  readonly window_cmp_end_us: number;
  readonly granularity: string;
  readonly monitor_version: number;
  readonly slice_key: string | null;
  readonly slice_value: string | null;
  readonly column_name: string;
  readonly data_type: string | null;
  readonly count_delta: number;
  readonly avg_delta: number | null;
  readonly percent_null_delta: number | null;
  readonly percent_zeros_delta: number | null;
  readonly percent_distinct_delta: number | null;
  readonly columns_added: number | null;
  readonly columns_missing: number | null;
  readonly ks_statistic: number | null;
  readonly ks_pvalue: number | null;
  readonly population_stability_index: number | null;
}

interface GrowingProfile extends Profile {
  readonly columns: ColumnProfile[];
}

/** Profiles of all slices, by window. */
export type ProfilesByWindow = ReadonlyMap<string, ReadonlyMap<string, Profile>>;

/** Starts of all windows that are read for the comparisons, epoch microseconds. */
export function comparedStartsUs(comparisons: readonly Comparison[]): number[] {
  const windows = comparisons.flatMap(({ window, previous }) => (previous === null ? [] : [window, previous]));
  return [...new Set(windows.map(({ fromMs }) => fromMs * 1000))];
}

/** Rows of one granularity as profiles. */
export function profilesByWindow(granularity: Granularity, rows: readonly ProfileRow[]): ProfilesByWindow {
  const byWindow = new Map<string, Map<string, GrowingProfile>>();
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

/** Drift rows of all comparisons that have a window before. */
export function stagedDrift(profiles: ProfilesByWindow, comparisons: readonly Comparison[]): StagedDriftRow[] {
  return comparisons.flatMap(({ window, previous }) =>
    previous === null ? [] : driftOf(profiles, previous, window).map(stagedRow),
  );
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
