/** Correction for many tests at once. Pure; imports nothing. */

/**
 * q-values of Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995), in the order of the p-values: whoever acts on all
 * with a q of at most 0.05 is wrong in 5 % of them on average. `scipy.stats.false_discovery_control`.
 *
 * @param pvalues 0..1; null where there was no test: it stays null and does not count
 */
export function benjaminiHochberg(pvalues: readonly (number | null)[]): (number | null)[] {
  const tested = pvalues.flatMap((p, index) => (p === null ? [] : [{ p, index }])).toSorted((a, b) => b.p - a.p);
  const qvalues: (number | null)[] = pvalues.map(() => null);
  let smallest = 1;
  for (const [position, { p, index }] of tested.entries()) {
    smallest = Math.min(smallest, (p * tested.length) / (tested.length - position));
    qvalues[index] = smallest;
  }
  return qvalues;
}
