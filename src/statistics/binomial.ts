/**
 * Binomial probabilities to nearly full double precision, also for counts in the millions. Pure; imports nothing.
 *
 * Saddle-point expansion of C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000): the naive
 * form through factorials loses a digit for every factor of ten in `n`.
 */

const logTwoPi = Math.log(2 * Math.PI);

/** Error of Stirling's formula, `log(n!) - log(sqrt(2 pi n) (n/e)^n)`, for n = 0..15; the series is exact beyond. */
const stirlingErrors: readonly number[] = [
  0, 0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
  0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.00833056343336287,
  0.00757367548795184, 0.00694284010720953, 0.006408994188004207, 0.005951370112758848, 0.005554733551962801,
];

function stirlingError(n: number): number {
  const known = stirlingErrors[n];
  if (known !== undefined) return known;
  const squared = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / squared) / squared) / squared) / squared) / n;
}

/** `x log(x/m) + m - x` without cancellation where `x` is close to `m`. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const ratio = (x - m) / (x + m);
  const squared = ratio * ratio;
  let sum = (x - m) * ratio;
  let power = 2 * x * ratio;
  for (let term = 1; term < 1000; term += 1) {
    power *= squared;
    const next = sum + power / (2 * term + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

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
