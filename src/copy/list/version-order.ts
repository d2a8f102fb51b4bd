/**
 * Which of two versions of a trace is the newer one. Rows are ordered by the source's clock (`observed_at`), and a MERGE
 * never goes backwards: so a slow run cannot put an old version over a new one. But that clock may be wrong: a server
 * that was hours ahead and is corrected, or one replica of several. Pure.
 */

/** A step backwards up to this much may be a run that listed before another one, milliseconds. */
const toleratedStepMs = 60_000;

/** When a page was listed, as far as that can be: a source ahead of this machine does not decide what is past. */
export function observedNoLaterThan(sourceMs: number, ownMs: number): number {
  return Math.min(sourceMs, ownMs);
}

/**
 * The order of a version that was listed after the one in the tables had been read. Where the clock contradicts that by
 * more than two runs side by side can, or a first try has lost against it, the version goes right behind the one that it
 * replaces.
 *
 * @param landedMs `observed_at` of the version in the tables; null where there is none
 * @param listedMs when it was listed, epoch milliseconds
 * @param isRepair true where the window is copied again since something was missing
 */
export function orderOf(landedMs: number | null, listedMs: number, isRepair: boolean): number {
  if (landedMs === null || landedMs < listedMs) return listedMs;
  return isRepair || landedMs - listedMs > toleratedStepMs ? landedMs + 1 : listedMs;
}
