/**
 * Profiles, profile windows and drift between rows of a database and the monitor's own words. Imports the monitor only.
 *
 * Whole numbers are read as text, since drivers round or change them; what is of no known form is unknown.
 */
import type { ColumnProfile, DriftRow, Profile } from '../../monitor/model.js';
import type { StoredWindow } from '../../monitor/plan.js';
import type { GoldWindow } from '../../monitor/profile-store.js';
import type { QuantileSketch } from '../../statistics/quantiles.js';
import type { MetricColumnType } from '../../monitor/tables.js';
import {
  isGranularity,
  windowEndMs,
  windowStartUs,
  type Granularity,
  type ProfileWindow,
} from '../../monitor/windows.js';
import type { SqlRow } from './rows.js';

/** A row as a driver gives it, by column name. */

/** A row of {@link goldWindows}. */
export function goldWindowOf(granularity: Granularity, row: SqlRow): GoldWindow {
  return {
    granularity,
    fromMs: Number(row['window_us']) / 1000,
    facts: {
      numRows: String(row['num_rows']),
      lastCommitUs: String(row['last_us']),
      checksum: String(row['checksum']),
    },
    numSlices: Number(row['num_slices']),
  };
}

/** Rows of {@link storedWindows}; windows of a length that this version does not know are left alone. */
export function storedWindowsOf(rows: readonly SqlRow[]): StoredWindow[] {
  return rows.flatMap((row) => {
    const granularity = textOf(row, 'granularity') ?? '';
    if (!isGranularity(granularity)) return [];
    return [
      {
        granularity,
        fromMs: Number(row['window_us']) / 1000,
        profileFingerprint: textOf(row, 'profile_fingerprint'),
        driftFingerprint: textOf(row, 'drift_fingerprint'),
      },
    ];
  });
}

interface GrowingProfile extends Profile {
  readonly columns: ColumnProfile[];
}

/**
 * Rows of {@link storedProfiles}, one profile for each window and slice.
 *
 * @param quantilesOf how the database gives the quantiles; null where there are none
 */
export function profilesOf(
  granularity: Granularity,
  rows: readonly SqlRow[],
  quantilesOf: (row: SqlRow) => QuantileSketch | null,
): Profile[] {
  const profiles = new Map<string, GrowingProfile>();
  for (const row of rows) {
    const window: ProfileWindow = { granularity, fromMs: Number(row['window_us']) / 1000 };
    const slice = { key: textOf(row, 'slice_key'), value: textOf(row, 'slice_value') };
    const key = JSON.stringify([window.fromMs, slice]);
    const profile = profiles.get(key) ?? { window, slice, monitorVersion: Number(row['monitor_version']), columns: [] };
    profile.columns.push(columnProfileOf(row, quantilesOf(row)));
    profiles.set(key, profile);
  }
  return [...profiles.values()];
}

function columnProfileOf(row: SqlRow, quantiles: QuantileSketch | null): ColumnProfile {
  return {
    columnName: String(row['column_name']),
    dataType: textOf(row, 'data_type'),
    count: Number(row['num_rows']),
    numNulls: numberOf(row, 'num_nulls'),
    numNan: numberOf(row, 'num_nan'),
    avg: numberOf(row, 'avg'),
    percentNull: numberOf(row, 'percent_null'),
    percentZeros: numberOf(row, 'percent_zeros'),
    percentDistinct: numberOf(row, 'percent_distinct'),
    nonNullColumns: textsOf(row, 'non_null_columns'),
    quantiles,
  };
}

function textOf(row: SqlRow, name: string): string | null {
  const value = row[name];
  return typeof value === 'string' ? value : null;
}

function numberOf(row: SqlRow, name: string): number | null {
  const value = row[name];
  return value === null || value === undefined ? null : Number(value);
}

/** A JSON array of texts. */
function textsOf(row: SqlRow, name: string): string[] | null {
  const list: unknown = JSON.parse(textOf(row, name) ?? 'null');
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : null;
}

/** Fields of a drift row as it travels to the database, in a JSON array. Times are epoch microseconds. */
export const driftFields = {
  window_us: 'BIGINT',
  window_end_us: 'BIGINT',
  window_cmp_us: 'BIGINT',
  window_cmp_end_us: 'BIGINT',
  granularity: 'STRING',
  monitor_version: 'BIGINT',
  slice_key: 'STRING',
  slice_value: 'STRING',
  column_name: 'STRING',
  data_type: 'STRING',
  count_delta: 'BIGINT',
  avg_delta: 'DOUBLE',
  percent_null_delta: 'DOUBLE',
  percent_zeros_delta: 'DOUBLE',
  percent_distinct_delta: 'DOUBLE',
  columns_added: 'INT',
  columns_missing: 'INT',
  ks_statistic: 'DOUBLE',
  ks_pvalue: 'DOUBLE',
  population_stability_index: 'DOUBLE',
} as const satisfies Readonly<Record<string, MetricColumnType>>;

/** A JSON array of objects with {@link driftFields}. */
export const driftJson = (rows: readonly DriftRow[]): string => JSON.stringify(rows.map(fieldsOf));

function fieldsOf(row: DriftRow): Record<keyof typeof driftFields, string | number | null> {
  return {
    window_us: windowStartUs(row.window),
    window_end_us: windowEndMs(row.window) * 1000,
    window_cmp_us: windowStartUs(row.comparedWindow),
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
