/** The exact distribution of the two-sample Kolmogorov-Smirnov statistic for small samples. Pure; imports nothing. */

/**
 * Probability of a distance at least as large between samples of `n` and `m` values of one continuous distribution.
 * Equals `scipy.stats.ks_2samp(…, method='exact').pvalue` to about 1e-13. Where values repeat it is an upper bound.
 *
 * Both samples in one ascending order are a path through a grid of n by m steps, each path as likely as any other:
 * counted is the share of paths that come to a point whose distance reaches `distance` (J. L. Hodges, "The significance
 * probability of the Smirnov two-sample test", Arkiv för Matematik 3, 1958). Every term is positive, so that small
 * probabilities keep their digits. Takes time in proportion to `n m`.
 *
 * @param distance the statistic times `n m`, a whole number from 0 to `n m`
 * @param n at least 1, whole
 * @param m at least 1, whole
 */
export function exactSurvival(distance: number, n: number, m: number): number {
  if (distance <= 0) return 1;
  // Share of the paths to (i, j) that came that far, for one i after the other.
  const reached = new Float64Array(m + 1);
  for (let i = 0; i <= n; i += 1) {
    for (let j = 0; j <= m; j += 1) {
      reached[j] = Math.abs(i * m - j * n) >= distance ? 1 : shareBefore(reached, i, j);
    }
  }
  return Math.min(1, reached[m] ?? Number.NaN);
}

/** Of the paths to (i, j), the share `i / (i + j)` comes from (i - 1, j), still in the list; the rest from (i, j - 1). */
function shareBefore(reached: Float64Array, i: number, j: number): number {
  if (i + j === 0) return 0;
  const fromLeft = i === 0 ? 0 : (reached[j] ?? 0) * i;
  const fromBelow = j === 0 ? 0 : (reached[j - 1] ?? 0) * j;
  return (fromLeft + fromBelow) / (i + j);
}
