/** Bias-corrected and accelerated bootstrap (B. Efron, "Better Bootstrap Confidence Intervals", JASA 82, 1987). Pure. */
import { normalQuantile, normalSurvival } from './normal.js';
import { NumpyRandom } from './numpy-random.js';
import type { ConfidenceInterval } from './proportions.js';

const numResamples = 10_000;

/** What is added up: a list, or a typed one. */
type Numbers = ArrayLike<number>;

const lanes = 8;
const blockLength = 128;

/**
 * The sum in numpy's order (pairwise, in blocks of eight lanes): resampled means that equal the mean of the values must
 * equal it to the last bit, as they do there, or the correction of the bias comes out differently.
 */
function sumOf(values: Numbers, from = 0, length = values.length): number {
  if (length > blockLength) {
    const half = Math.floor(length / 2);
    const first = half - (half % lanes);
    return sumOf(values, from, first) + sumOf(values, from + first, length - first);
  }
  const { sum, next } = length < lanes ? { sum: 0, next: 0 } : sumOfLanes(values, from, length);
  let total = sum;
  for (let index = next; index < length; index += 1) total += values[from + index] ?? 0;
  return total;
}

/** The sum of all whole groups of eight, and where the rest begins. */
function sumOfLanes(values: Numbers, from: number, length: number): { sum: number; next: number } {
  const partial = Array.from({ length: lanes }, (_, lane) => values[from + lane] ?? 0);
  let next = lanes;
  for (; next + lanes <= length; next += lanes) {
    for (let lane = 0; lane < lanes; lane += 1)
      partial[lane] = (partial[lane] ?? 0) + (values[from + next + lane] ?? 0);
  }
  const [a = 0, b = 0, c = 0, d = 0] = [0, 2, 4, 6].map((lane) => (partial[lane] ?? 0) + (partial[lane + 1] ?? 0));
  return { sum: a + b + (c + d), next };
}

const meanOf = (values: Numbers): number => sumOf(values) / values.length;

/**
 * The interval of the mean that `scipy.stats.bootstrap(…, method='BCa', n_resamples=10_000)` gives with the generator
 * `numpy.random.default_rng(0)`; its percentile interval where that is undefined, and the value itself where all values
 * are equal. Takes time in proportion to 10,000 times the number of values.
 *
 * @param values at least 2
 * @param confidence between 0 and 1, such as 0.95
 */
export function bootstrapMeanInterval(values: readonly number[], confidence: number): ConfidenceInterval {
  const mean = meanOf(values);
  if (values.every((value) => value === values[0])) return { low: mean, high: mean };
  const resampled = resampledMeans(values);
  const tail = (1 - confidence) / 2;
  const bias = biasOf(resampled, mean);
  const acceleration = accelerationOf(values);
  const corrected = [tail, 1 - tail].map((share) => {
    const shifted = bias + normalQuantile(share);
    return 1 - normalSurvival(bias + shifted / (1 - acceleration * shifted));
  });
  const [low, high] = (corrected.every(Number.isFinite) ? corrected : [tail, 1 - tail]).map((share) =>
    percentile(resampled, share),
  );
  return { low: low ?? Number.NaN, high: high ?? Number.NaN };
}

/** Means of the resamples, ascending. */
function resampledMeans(values: readonly number[]): Float64Array {
  const random = new NumpyRandom();
  const means = new Float64Array(numResamples);
  const drawn = new Float64Array(values.length);
  for (let resample = 0; resample < numResamples; resample += 1) {
    for (let index = 0; index < drawn.length; index += 1) drawn[index] = values[random.below(values.length)] ?? 0;
    means[resample] = meanOf(drawn);
  }
  return means.sort();
}

/** How far the resamples lie to one side of the mean, in standard deviations. */
function biasOf(resampled: Float64Array, mean: number): number {
  let below = 0;
  let upTo = 0;
  for (const value of resampled) {
    if (value < mean) below += 1;
    if (value <= mean) upTo += 1;
  }
  return normalQuantile((below + upTo) / (2 * resampled.length));
}

/** Skewness of the means that leave one value out, divided by six. */
function accelerationOf(values: readonly number[]): number {
  const sum = sumOf(values);
  const leftOut = values.map((value) => (sum - value) / (values.length - 1));
  const centre = meanOf(leftOut);
  const cubes = sumOf(leftOut.map((value) => (centre - value) ** 3));
  const squares = sumOf(leftOut.map((value) => (centre - value) ** 2));
  return cubes / (6 * squares ** 1.5);
}

/** As `numpy.percentile` interpolates. */
function percentile(ascending: Float64Array, share: number): number {
  const position = share * (ascending.length - 1);
  const before = ascending[Math.floor(position)] ?? Number.NaN;
  const after = ascending[Math.min(ascending.length - 1, Math.floor(position) + 1)] ?? Number.NaN;
  const fraction = position - Math.floor(position);
  return fraction < 0.5 ? before + (after - before) * fraction : after - (after - before) * (1 - fraction);
}
