/**
 * Two-sample Kolmogorov-Smirnov test on quantile sketches. Pure.
 *
 * For small windows the test is exact: below 1,000 values a sketch tells how many of them are at most any value. For
 * others the definition is the one that Databricks' monitor follows: in published drift rows the statistic is a multiple
 * of 0.001 (the sketches have 1,000 quantiles) and the p-value is `scipy.stats.kstwo.sf(D, round(n m / (n + m)))` with
 * the row counts of both windows, which is far too small for few values (one against one gives 0).
 */
import { kolmogorovSurvival } from './kolmogorov-distribution.js';
import { exactSurvival } from './kolmogorov-exact.js';
import { numQuantiles, sketchTotal, type QuantileSketch } from './quantiles.js';

export interface KolmogorovSmirnovTest {
  /** Greatest distance between the two distribution functions, 0..1. */
  readonly statistic: number;
  /**
   * Probability of a distance at least as large when nothing has changed, 0..1. Null where a window has fewer than
   * {@link minValuesForPvalue} values.
   */
  readonly pvalue: number | null;
}

/** Values that both windows must have for a p-value: three against three cannot come below 0.1, whatever they are. */
export const minValuesForPvalue = 5;

/** Greatest product of both numbers of values for which the test is exact: its time goes with the product. */
const maxExactProduct = 100_000;

/** Greatest distance between the distribution functions of two sketches, 0..1; 0 exactly for equal distributions. */
export function kolmogorovSmirnovStatistic(a: QuantileSketch, b: QuantileSketch): number {
  const [totalA, totalB] = [sketchTotal(a), sketchTotal(b)];
  return greatestDistance(a, b, totalA, totalB) / (totalA * totalB);
}

/**
 * The distance for samples of `n` and `m` values, times `n m`: a whole number, so that equal distributions give 0, not
 * 1e-17. The sketches are read as counts of so many values.
 */
function greatestDistance(a: QuantileSketch, b: QuantileSketch, n: number, m: number): number {
  let indexA = 0;
  let indexB = 0;
  let greatest = 0;
  while (indexA < a.values.length && indexB < b.values.length) {
    const valueA = a.values[indexA] ?? Number.NaN;
    const valueB = b.values[indexB] ?? Number.NaN;
    if (valueA <= valueB) indexA += 1;
    if (valueB <= valueA) indexB += 1;
    greatest = Math.max(greatest, Math.abs(countUpTo(a, indexA, n) * m - countUpTo(b, indexB, m) * n));
  }
  return greatest;
}

/**
 * How many of `count` values are among the first distinct ones of a sketch. The sketch rounds each of these numbers to
 * the nearest of its thousand parts, which for fewer than a thousand values leads back to the number itself.
 */
function countUpTo(sketch: QuantileSketch, numDistinct: number, count: number): number {
  const reached = numDistinct === 0 ? 0 : (sketch.cumulative[numDistinct - 1] ?? 0);
  return Math.round((reached * count) / sketchTotal(sketch));
}

/** Whole number nearest to `value`, halves to the even one, as numpy rounds. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Size of a single sample that says as much as two samples of `n` and `m` values; at least 1. */
export function effectiveSampleSize(n: number, m: number): number {
  return Math.max(1, roundHalfToEven((n * m) / (n + m)));
}

/** True where the test of so many values is exact. */
export const isExact = (n: number, m: number): boolean => Math.max(n, m) < numQuantiles && n * m <= maxExactProduct;

/**
 * The test of two windows.
 *
 * @param n Values behind `a`, at least 1: the sketch does not say how many there were.
 * @param m Values behind `b`, at least 1.
 */
export function kolmogorovSmirnovTest(
  a: QuantileSketch,
  b: QuantileSketch,
  n: number,
  m: number,
): KolmogorovSmirnovTest {
  const isEnough = Math.min(n, m) >= minValuesForPvalue;
  if (isExact(n, m)) {
    const distance = greatestDistance(a, b, n, m);
    return { statistic: distance / (n * m), pvalue: isEnough ? exactSurvival(distance, n, m) : null };
  }
  const statistic = kolmogorovSmirnovStatistic(a, b);
  return { statistic, pvalue: isEnough ? kolmogorovSurvival(statistic, effectiveSampleSize(n, m)) : null };
}
