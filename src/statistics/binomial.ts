/** Binomial probabilities to nearly full double precision, also for counts in the millions. Pure. */
import { deviance, stirlingError } from './stirling.js';

const logTwoPi = Math.log(2 * Math.PI);

/**
 * Probability of exactly `k` successes in `n` trials.
 *
 * @param k 0..n, whole.
 * @param p Probability of a success, 0..1; `q` must be `1 - p`, given apart since the caller may know it better.
 */
export function binomialProbability(k: number, n: number, p: number, q: number): number {
  if (p <= 0) return k === 0 ? 1 : 0;
  if (q <= 0) return k === n ? 1 : 0;
  if (k === 0) return Math.exp(p < 0.1 ? -deviance(n, n * q) - n * p : n * Math.log(q));
  if (k === n) return Math.exp(q < 0.1 ? -deviance(n, n * p) - n * q : n * Math.log(p));
  const correction = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const exponent = correction - deviance(k, n * p) - deviance(n - k, n * q);
  return Math.exp(exponent + 0.5 * (Math.log(n) - logTwoPi - Math.log(k) - Math.log(n - k)));
}

/**
 * Two-sided p-value of `k` successes in `n` trials of an even coin, as `scipy.stats.binomtest(k, n, 0.5)` gives it.
 *
 * @param k 0..n, whole
 */
export function evenCoinTest(k: number, n: number): number {
  const fewer = Math.min(k, n - k);
  if (2 * fewer === n) return 1;
  let tail = 0;
  for (let i = 0; i <= fewer; i += 1) tail += binomialProbability(i, n, 0.5, 0.5);
  return Math.min(1, 2 * tail);
}
