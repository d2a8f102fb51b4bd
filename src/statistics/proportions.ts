/** Intervals of a share. Pure. */
import { betaQuantile } from './incomplete-beta.js';
import { normalQuantile } from './normal.js';

/** An interval, both ends included. */
export interface ConfidenceInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's interval of a share, as `scipy.stats.binomtest(k, n).proportion_ci(method='wilson')` gives it.
 *
 * @param successes 0..trials; a number of effective trials need not be whole
 * @param trials above 0
 * @param confidence between 0 and 1, such as 0.95
 */
export function wilsonInterval(successes: number, trials: number, confidence: number): ConfidenceInterval {
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = successes / trials;
  const shrunk = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / shrunk;
  const half = (z / shrunk) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { low: successes <= 0 ? 0 : centre - half, high: successes >= trials ? 1 : centre + half };
}

/** The exact interval of Clopper and Pearson: `proportion_ci(method='exact')`. Whole numbers, `trials` at least 1. */
export function exactInterval(successes: number, trials: number, confidence: number): ConfidenceInterval {
  const tail = (1 - confidence) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
    high: successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes),
  };
}
