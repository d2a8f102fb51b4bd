/** Student's t distribution, also for degrees of freedom that are no whole number. Pure. */
import { regularizedBeta } from './incomplete-beta.js';
import { normalQuantile, normalSurvival } from './normal.js';

/**
 * Probability that a t variable exceeds `t`: `scipy.stats.t.sf`.
 *
 * @param degreesOfFreedom above 0; infinite for the normal distribution
 */
export function studentSurvival(t: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom === Number.POSITIVE_INFINITY) return normalSurvival(t);
  const squared = t * t;
  const sum = degreesOfFreedom + squared;
  const tail = regularizedBeta(degreesOfFreedom / 2, 0.5, degreesOfFreedom / sum, squared / sum) / 2;
  return t < 0 ? 1 - tail : tail;
}

/** Two-sided p-value of `t`, 0..1; NaN where either is unknown. */
export const studentTest = (t: number, degreesOfFreedom: number): number =>
  Math.min(1, 2 * studentSurvival(Math.abs(t), degreesOfFreedom));

/** The value that a t variable stays below with probability `p` (0..1): `scipy.stats.t.ppf`, by halving. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, degreesOfFreedom);
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (degreesOfFreedom === Number.POSITIVE_INFINITY) return normalQuantile(p);
  const tail = 1 - p;
  let low = 0;
  let high = Math.max(1, normalQuantile(p));
  while (studentSurvival(high, degreesOfFreedom) > tail && Number.isFinite(high)) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentSurvival(middle, degreesOfFreedom) > tail) low = middle;
    else high = middle;
  }
}
