/**
 * Population stability index of two quantile sketches. Pure.
 *
 * The definition is ours (Databricks documents only how to read its own: below 0.1 no change, below 0.2 some, from 0.2
 * on a significant one). Bins are cut at the deciles of the earlier window. A value that holds two or more deciles is a
 * bin of its own, so that a constant that becomes another constant shows; each other decile closes its bin on the
 * right. A share of 0 counts as {@link emptyBinShare}.
 */
import { quantileAt, shareUpTo, type QuantileSketch } from './quantiles.js';

/** Stands for the share of a bin without values: the logarithm of 0 would make every index infinite. */
export const emptyBinShare = 0.0001;

/** Bins before values that repeat are taken together. */
const numBins = 10;

/** Where one bin ends and the next begins: behind the value, or in front of it. */
interface Cut {
  readonly value: number;
  readonly isBehind: boolean;
}

function cutsOf(sketch: QuantileSketch): Cut[] {
  const occurrences = new Map<number, number>();
  for (let i = 1; i < numBins; i += 1) {
    const decile = quantileAt(sketch, i / numBins);
    occurrences.set(decile, (occurrences.get(decile) ?? 0) + 1);
  }
  return [...occurrences].flatMap(([value, times]) =>
    times === 1
      ? [{ value, isBehind: true }]
      : [
          { value, isBehind: false },
          { value, isBehind: true },
        ],
  );
}

function binShares(sketch: QuantileSketch, cuts: readonly Cut[]): number[] {
  const limits = [...cuts.map(({ value, isBehind }) => shareUpTo(sketch, value, isBehind)), 1];
  return limits.map((limit, index) => limit - (limits[index - 1] ?? 0));
}

/**
 * `sum((c - p) ln(c / p))` over the bins, with `p` the share of the earlier window and `c` that of the current one.
 * 0 for equal distributions, never negative, always finite. Not symmetric: the earlier window makes the bins.
 */
export function populationStabilityIndex(previous: QuantileSketch, current: QuantileSketch): number {
  const cuts = cutsOf(previous);
  const before = binShares(previous, cuts);
  const now = binShares(current, cuts);
  let index = 0;
  for (const [bin, share] of before.entries()) {
    const p = Math.max(share, emptyBinShare);
    const c = Math.max(now[bin] ?? 0, emptyBinShare);
    index += (c - p) * Math.log(c / p);
  }
  return index;
}
