/** Which stretches of time are verified. Pure; imports nothing. */

/** Half-open, epoch milliseconds. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Union of intervals, sorted, touching ones joined, empty ones dropped. */
export function unionIntervals(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals
    .filter((interval) => interval.fromMs < interval.toMs)
    .toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  const union: Interval[] = [];
  for (const interval of sorted) {
    const last = union.at(-1);
    if (last !== undefined && interval.fromMs <= last.toMs) {
      union[union.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, interval.toMs) };
    } else {
      union.push(interval);
    }
  }
  return union;
}

/** How the verification of a window ended: `passed` means that nothing that the source listed is missing. */
export interface WindowCheck extends Interval {
  readonly passed: boolean;
}

/**
 * Stretches whose last verification passed, sorted, touching ones joined: a later verification that found something missing takes back
 * what an earlier one had verified.
 *
 * @param checks the oldest first
 */
export function verifiedIntervals(checks: readonly WindowCheck[]): Interval[] {
  let verified: Interval[] = [];
  for (const { fromMs, toMs, passed } of checks) {
    const bounds = { fromMs, toMs };
    verified = passed ? unionIntervals([...verified, bounds]) : withoutInterval(verified, bounds);
  }
  return verified;
}

function withoutInterval(intervals: readonly Interval[], taken: Interval): Interval[] {
  return intervals
    .flatMap(({ fromMs, toMs }) => [
      { fromMs, toMs: Math.min(toMs, taken.fromMs) },
      { fromMs: Math.max(fromMs, taken.toMs), toMs },
    ])
    .filter(({ fromMs, toMs }) => fromMs < toMs);
}

/**
 * End of the gap-free coverage that begins with the oldest window ever verified, or null when there was none.
 * Everything from there on must be listed again; that is everything where the oldest window itself did not pass.
 *
 * @param checks the oldest first
 */
export function coverageEndMs(checks: readonly WindowCheck[]): number | null {
  const startMs = checks.reduce<number | null>((least, { fromMs }) => Math.min(least ?? fromMs, fromMs), null);
  if (startMs === null) return null;
  const [first] = verifiedIntervals(checks);
  return first === undefined || first.fromMs > startMs ? startMs : first.toMs;
}
