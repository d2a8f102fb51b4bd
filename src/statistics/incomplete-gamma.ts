/** The incomplete gamma function, and the chi-squared distribution that it gives. Pure. */
import { deviance, stirlingError } from './stirling.js';

const maxTerms = 100_000;
/** Keeps a denominator of the continued fraction from being 0. */
const tiny = 1e-300;

/** `x^a exp(-x) / Gamma(a)`, for `a` and `x` above 0. */
const density = (a: number, x: number): number =>
  Math.sqrt(a / (2 * Math.PI)) * Math.exp(-stirlingError(a) - deviance(a, x));

/** `P(a, x)` by its series: fast below `a + 1`. */
function lowerBySeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < maxTerms; n += 1) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum * density(a, x);
}

/** `Q(a, x)` by its continued fraction (modified Lentz): fast from `a + 1` on. */
function upperByFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let product = d;
  for (let n = 1; n < maxTerms; n += 1) {
    const coefficient = -n * (n - a);
    b += 2;
    d = coefficient * d + b;
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    c = b + coefficient / c;
    c = Math.abs(c) < tiny ? tiny : c;
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return product * density(a, x);
}

/**
 * Regularized upper incomplete gamma function `Q(a, x)`, 0..1: `scipy.special.gammaincc`.
 *
 * @param a above 0
 * @param x at least 0
 */
export function upperGamma(a: number, x: number): number {
  if (Number.isNaN(a) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  return x < a + 1 ? 1 - lowerBySeries(a, x) : upperByFraction(a, x);
}

/**
 * Probability that a chi-squared variable exceeds `x`: `scipy.stats.chi2.sf`.
 *
 * @param degreesOfFreedom above 0
 */
export const chiSquaredSurvival = (x: number, degreesOfFreedom: number): number =>
  upperGamma(degreesOfFreedom / 2, x / 2);
