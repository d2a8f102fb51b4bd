/** Which stretch of time a run works on. Pure; imports the error catalogue only. */
import { TraceliftError } from '../../errors/index.js';
import type { Interval } from './coverage.js';

/** What a scheduled run works on. */
export interface SyncRangeRequest {
  /** When the schedule meant the run to start, epoch milliseconds: never a worker's clock. */
  readonly scheduledMs: number;
  readonly lookbackMs: number;
  /** How far behind the present a window must end, since rows appear only when their trace ends. */
  readonly lagMs: number;
  /** End of gap-free verified coverage, epoch milliseconds; null where there is none. */
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

/** No window may end later: what appears behind its end would be missed. @param nowMs the source's clock */
export function latestEndMs(nowMs: number, lagMs: number): number {
  return nowMs - lagMs;
}

/** The range as far as it has passed. */
export function upTo({ fromMs, toMs }: Interval, latestMs: number): Interval {
  const endMs = Math.min(toMs, latestMs);
  return { fromMs: Math.min(fromMs, endMs), toMs: endMs };
}

/**
 * The range that was asked for, as far as it has passed.
 *
 * @param toMs null: as far as possible
 * @throws RangeEmpty where nothing of it has passed
 */
export function askedRange(fromMs: number, toMs: number | null, latestMs: number, lagMs: number): Interval {
  const endMs = Math.min(toMs ?? latestMs, latestMs);
  if (fromMs < endMs) return { fromMs, toMs: endMs };
  throw new TraceliftError('RangeEmpty', {
    from: new Date(fromMs).toISOString(),
    to: new Date(endMs).toISOString(),
    lagMinutes: Math.round(lagMs / 60_000),
  });
}
