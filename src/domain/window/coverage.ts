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

/**
 * End of the gap-free coverage that begins with the oldest verified window, or null when nothing is verified.
 * Everything from there on must be listed again.
 */
export function coverageEndMs(intervals: readonly Interval[]): number | null {
  return unionIntervals(intervals)[0]?.toMs ?? null;
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
