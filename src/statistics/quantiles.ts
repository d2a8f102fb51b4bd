/**
 * A distribution as one thousand quantiles, and what can be read off them. Pure; imports nothing.
 *
 * Databricks' monitor keeps 1,000 quantiles a column; which positions it takes is not documented. Ours are the middles
 * of 1,000 equal parts: quantile `i` (from 0) is the value of rank `floor((2 i + 1) n / 2000)` among `n` sorted values.
 * So every quantile is a value that occurs, and a table of any size gives the same number of them.
 */

/** How many quantiles a sketch has. */
export const numQuantiles = 1000;

/** A distribution: its distinct quantiles, ascending, without NaN; infinities may occur. */
export interface QuantileSketch {
  readonly values: readonly number[];
  /** Parallel to `values`: how many quantiles are at most that value. The last one is the total. */
  readonly cumulative: readonly number[];
}

/** A sketch of distinct or repeated values in ascending order with their counts; null when there is none. */
export function sketchOfWeighted(
  ascending: readonly { readonly value: number; readonly weight: number }[],
): QuantileSketch | null {
  const values: number[] = [];
  const cumulative: number[] = [];
  let total = 0;
  for (const { value, weight } of ascending) {
    total += weight;
    if (values.length > 0 && values.at(-1) === value) cumulative[cumulative.length - 1] = total;
    else {
      values.push(value);
      cumulative.push(total);
    }
  }
  return total === 0 ? null : { values, cumulative };
}

/** How many quantiles the sketch has in all. */
export function sketchTotal(sketch: QuantileSketch): number {
  return sketch.cumulative.at(-1) ?? 0;
}

/** Share of the distribution that is at most (`inclusive`) or strictly below `limit`, 0..1. */
export function shareUpTo(sketch: QuantileSketch, limit: number, inclusive: boolean): number {
  let low = 0;
  let high = sketch.values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sketch.values[middle] ?? Number.POSITIVE_INFINITY;
    if (value < limit || (inclusive && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : (sketch.cumulative[low - 1] ?? 0) / sketchTotal(sketch);
}

/** Smallest value at or below which at least the share `p` (0..1) of the distribution lies. */
export function quantileAt(sketch: QuantileSketch, p: number): number {
  const wanted = p * sketchTotal(sketch);
  const index = sketch.cumulative.findIndex((reached) => reached >= wanted);
  return sketch.values.at(index) ?? Number.NaN;
}
