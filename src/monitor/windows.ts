/** Profile windows: aligned to UTC, half-open, of fixed length. Pure; imports nothing. */

/** Lengths of profile windows, in the words of Databricks' monitor. */
export const granularities = ['1 hour', '1 day'] as const;
export type Granularity = (typeof granularities)[number];

/** True for a length that tracelift computes; the native monitor has others. */
export const isGranularity = (words: string): words is Granularity =>
  (granularities as readonly string[]).includes(words);

/** One window of one granularity. */
export interface ProfileWindow {
  readonly granularity: Granularity;
  /** Inclusive, epoch milliseconds; a multiple of the window's length. */
  readonly fromMs: number;
}

const lengthsMs: Readonly<Record<Granularity, number>> = { '1 hour': 3_600_000, '1 day': 86_400_000 };

/** How far back windows of one hour reach, in milliseconds: 30 days. Windows of one day cover all history. */
const hourlyHistoryMs = 30 * 86_400_000;

/** Length of a window, in milliseconds. */
export function windowLengthMs(granularity: Granularity): number {
  return lengthsMs[granularity];
}

/** Start of the window that holds the instant (epoch milliseconds, also before 1970). */
export function windowStartMs(granularity: Granularity, atMs: number): number {
  const lengthMs = lengthsMs[granularity];
  return Math.floor(atMs / lengthMs) * lengthMs;
}

/** End of the window, exclusive, epoch milliseconds. */
export function windowEndMs({ granularity, fromMs }: ProfileWindow): number {
  return fromMs + lengthsMs[granularity];
}

/** Start of the oldest window that is kept at `nowMs` (epoch milliseconds); null where all history is kept. */
export function oldestWindowMs(granularity: Granularity, nowMs: number): number | null {
  return granularity === '1 hour' ? windowStartMs(granularity, nowMs - hourlyHistoryMs) : null;
}

/** Start of the window, epoch microseconds. */
export const windowStartUs = ({ fromMs }: ProfileWindow): number => fromMs * 1000;

/** The window right before. */
export function previousWindow({ granularity, fromMs }: ProfileWindow): ProfileWindow {
  return { granularity, fromMs: fromMs - lengthsMs[granularity] };
}

/** Text that is the same for the same window only. */
export function windowKey({ granularity, fromMs }: ProfileWindow): string {
  return `${granularity}@${String(fromMs)}`;
}
