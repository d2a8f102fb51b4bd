/**
 * Parts of factorials and of their ratios that keep their digits for large arguments. Pure; imports nothing.
 *
 * C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000): densities are written as
 * `exp(-deviance)` times a root, so that no two large logarithms are subtracted from each other.
 */

/** Error of Stirling's formula, `log(n!) - log(sqrt(2 pi n) (n/e)^n)`, for n = 0..15; the series is exact beyond. */
const ofWholeNumbers: readonly number[] = [
  0, 0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
  0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.00833056343336287,
  0.00757367548795184, 0.00694284010720953, 0.006408994188004207, 0.005951370112758848, 0.005554733551962801,
];

/** Error of Stirling's formula, `log(Gamma(x + 1)) - log(sqrt(2 pi x) (x/e)^x)`; 0 for 0 by convention. `x` at least 0. */
export function stirlingError(x: number): number {
  const known = ofWholeNumbers[x];
  if (known !== undefined) return known;
  let shifted = x;
  let sum = 0;
  for (; shifted < 15; shifted += 1) sum += (shifted + 0.5) * Math.log1p(1 / shifted) - 1;
  const squared = shifted * shifted;
  const series =
    (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / squared) / squared) / squared) / squared) / shifted;
  return sum + series;
}

/** `x log(x/m) + m - x` without cancellation where `x` is close to `m`. Both above 0. */
export function deviance(x: number, m: number): number {
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
