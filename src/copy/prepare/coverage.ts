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

/** How a look at a window ended: `passed` means that nothing that the source listed is missing. */
export interface WindowLook extends Interval {
  readonly passed: boolean;
}

/**
 * Stretches whose last look passed, sorted, touching ones joined: a later look that found something missing takes back
 * what an earlier one had verified.
 *
 * @param looks the oldest look first
 */
export function verifiedIntervals(looks: readonly WindowLook[]): Interval[] {
  let verified: Interval[] = [];
  for (const { fromMs, toMs, passed } of looks) {
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
 * End of the gap-free coverage that begins with the oldest window ever looked at, or null when there was none.
 * Everything from there on must be listed again; that is everything where the oldest window itself did not pass.
 *
 * @param looks the oldest look first
 */
export function coverageEndMs(looks: readonly WindowLook[]): number | null {
  const startMs = looks.reduce<number | null>((least, { fromMs }) => Math.min(least ?? fromMs, fromMs), null);
  if (startMs === null) return null;
  const [first] = verifiedIntervals(looks);
  return first === undefined || first.fromMs > startMs ? startMs : first.toMs;
}

/** Stretches inside `[fromMs, toMs)` that no interval covers. */
export function gapsWithin(range: Interval, intervals: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let cursorMs = range.fromMs;
  for (const covered of unionIntervals(intervals)) {
    if (covered.toMs <= cursorMs) continue;
    if (covered.fromMs >= range.toMs) break;
    if (covered.fromMs > cursorMs) gaps.push({ fromMs: cursorMs, toMs: covered.fromMs });
    cursorMs = Math.max(cursorMs, covered.toMs);
  }
  if (cursorMs < range.toMs) gaps.push({ fromMs: cursorMs, toMs: range.toMs });
  return gaps;
}

/** What a scheduled run works on. */
export interface SyncRangeRequest {
  /** When the schedule meant the run to start, epoch milliseconds: never a worker's clock. */
  readonly scheduledMs: number;
  readonly lookbackMs: number;
  /** How far behind the present a window must end, since rows appear only when their trace ends. */
  readonly lagMs: number;
  readonly coverageEndMs: number | null;
}

/**
 * `[min(scheduled - lookback, end of coverage), scheduled - lag)`. So skipped, paused and failed runs leave no hole:
 * the next one begins where verified coverage ends. Empty (from = to) where nothing is due.
 */
export function syncRange(request: SyncRangeRequest): Interval {
  const toMs = request.scheduledMs - request.lagMs;
  const wantedMs = request.scheduledMs - request.lookbackMs;
  const fromMs = Math.min(wantedMs, request.coverageEndMs ?? wantedMs, toMs);
  return { fromMs, toMs };
}
