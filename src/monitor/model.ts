/** Profiles of windows and the drift between two of them. Pure types. */
import type { KolmogorovSmirnovTest } from '../statistics/kolmogorov-smirnov.js';
import type { QuantileSketch } from '../statistics/quantiles.js';
import type { ProfileWindow } from './windows.js';

/** Name of the row that speaks of the table and not of a column, as in Databricks' metric tables. */
export const tableRowName = ':table';

/** Which rows of gold a profile speaks of: all (`key` and `value` null), or those with one value in one column. */
export interface Slice {
  readonly key: string | null;
  readonly value: string | null;
}

/** The part of a profile row that drift needs. Percentages are 0..100; NULL where the statistic does not apply. */
export interface ColumnProfile {
  /** Column of gold, or {@link tableRowName}. */
  readonly columnName: string;
  readonly dataType: string | null;
  /** Rows in the window and slice, those with NULL included. */
  readonly count: number;
  readonly numNulls: number | null;
  readonly numNan: number | null;
  readonly avg: number | null;
  readonly percentNull: number | null;
  readonly percentZeros: number | null;
  readonly percentDistinct: number | null;
  /** Columns with at least one value; of the table row only. */
  readonly nonNullColumns: readonly string[] | null;
  /** Of numbers only; null when the window has no value. */
  readonly quantiles: QuantileSketch | null;
}

/** All columns of one window and slice. */
export interface Profile {
  readonly window: ProfileWindow;
  readonly slice: Slice;
  readonly monitorVersion: number;
  readonly columns: readonly ColumnProfile[];
}

/** How a column changed from one window to the next; every delta is current - previous. */
export interface DriftRow {
  readonly window: ProfileWindow;
  readonly comparedWindow: ProfileWindow;
  readonly slice: Slice;
  readonly monitorVersion: number;
  readonly columnName: string;
  readonly dataType: string | null;
  readonly countDelta: number;
  readonly avgDelta: number | null;
  readonly percentNullDelta: number | null;
  readonly percentZerosDelta: number | null;
  readonly percentDistinctDelta: number | null;
  /** Of the table row only: columns that now have values and had none, and the reverse. */
  readonly nonNullColumnsDelta: { readonly added: number; readonly missing: number } | null;
  readonly ksTest: KolmogorovSmirnovTest | null;
  readonly populationStabilityIndex: number | null;
}
