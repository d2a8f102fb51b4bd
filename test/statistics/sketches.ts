/** Quantiles and sketches of plain lists: what the databases compute, computed here to compare. */
import { numQuantiles, sketchOfWeighted, type QuantileSketch } from '../../src/statistics/quantiles.js';

/** Rank (from 0) of quantile `index` (from 0) among `count` sorted values. */
function quantileRank(index: number, count: number): number {
  return Math.floor(((2 * index + 1) * count) / (2 * numQuantiles));
}

/** The quantiles of sorted values, as the profile table holds them; null when there is no value. */
export function quantilesOf(sorted: readonly number[]): number[] | null {
  if (sorted.length === 0) return null;
  return Array.from({ length: numQuantiles }, (_, index) => sorted[quantileRank(index, sorted.length)] ?? Number.NaN);
}

/** A sketch of values in ascending order, each counted once per occurrence; null when there is none. */
export function sketchOf(sorted: readonly number[]): QuantileSketch | null {
  return sketchOfWeighted(sorted.map((value) => ({ value, weight: 1 })));
}
