/**
 * Two-sample Kolmogorov-Smirnov test on quantile sketches. Pure.
 *
 * The definition is the one that Databricks' monitor follows: in published drift rows the statistic is a multiple of
 * 0.001 (the sketches have 1,000 quantiles) and the p-value is `scipy.stats.kstwo.sf(D, round(n m / (n + m)))` with the
 * row counts of both windows.
 */
import { kolmogorovSurvival } from './kolmogorov-distribution.js';
import { sketchTotal, type QuantileSketch } from './quantiles.js';

export interface KolmogorovSmirnovTest {
  /** Greatest distance between the two distribution functions, 0..1. */
  readonly statistic: number;
  /** Probability of a distance at least as large when nothing has changed, 0..1. */
  readonly pvalue: number;
}

/** Greatest distance between the distribution functions of two sketches, 0..1; 0 exactly for equal distributions. */
export function kolmogorovSmirnovStatistic(a: QuantileSketch, b: QuantileSketch): number {
  const totalA = sketchTotal(a);
  const totalB = sketchTotal(b);
  let indexA = 0;
  let indexB = 0;
  let greatest = 0;
  while (indexA < a.values.length && indexB < b.values.length) {
    const valueA = a.values[indexA] ?? Number.NaN;
    const valueB = b.values[indexB] ?? Number.NaN;
    if (valueA <= valueB) indexA += 1;
    if (valueB <= valueA) indexB += 1;
    const reachedA = indexA === 0 ? 0 : (a.cumulative[indexA - 1] ?? 0);
    const reachedB = indexB === 0 ? 0 : (b.cumulative[indexB - 1] ?? 0);
    // Whole numbers until the one division at the end: equal distributions give 0, not 1e-17.
    greatest = Math.max(greatest, Math.abs(reachedA * totalB - reachedB * totalA));
  }
  return greatest / (totalA * totalB);
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
  const statistic = kolmogorovSmirnovStatistic(a, b);
  return { statistic, pvalue: kolmogorovSurvival(statistic, effectiveSampleSize(n, m)) };
}
