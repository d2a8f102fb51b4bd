/** The incomplete beta function: tails of Student's t, F and binomial distributions are values of it. Pure. */
import { deviance, stirlingError } from './stirling.js';

const maxTerms = 100_000;
const tiny = 1e-300;

/** `x^a y^b / B(a, b)` for `x + y = 1`; everything above 0. */
function density(a: number, b: number, x: number, y: number): number {
  const sum = a + b;
  const exponent =
    stirlingError(sum) - stirlingError(a) - stirlingError(b) - deviance(a, sum * x) - deviance(b, sum * y);
  return Math.sqrt((a / sum) * (b / (2 * Math.PI))) * Math.exp(exponent);
}

/** `I_x(a, b)` by the continued fraction, fast for `x` up to the mean (modified Lentz). */
function byFraction(a: number, b: number, x: number, y: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let product = d;
  for (let m = 1; m < maxTerms; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const coefficient of [even, odd]) {
      d = 1 + coefficient * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + coefficient / c;
      c = Math.abs(c) < tiny ? tiny : c;
      factor = c * d;
      product *= factor;
    }
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return (product * density(a, b, x, y)) / a;
}

/**
 * Regularized incomplete beta function `I_x(a, b)`, 0..1: `scipy.special.betainc`.
 *
 * @param a above 0
 * @param b above 0
 * @param x 0..1
 * @param y `1 - x`, given apart since the caller may know it better
 */
export function regularizedBeta(a: number, b: number, x: number, y: number = 1 - x): number {
  if ([a, b, x].some(Number.isNaN)) return Number.NaN;
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  return x < (a + 1) / (a + b + 2) ? byFraction(a, b, x, y) : 1 - byFraction(b, a, y, x);
}

/** The `x` with `I_x(a, b) = p`, by halving: 0..1, to the last digits. `p` 0..1. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (regularizedBeta(a, b, middle) < p) low = middle;
    else high = middle;
  }
}
