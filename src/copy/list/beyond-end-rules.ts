/** What is said of traces that start beyond the end of a range. Pure; imports nothing. */

/** At most so many are named. */
const maxNamedIds = 10;

export interface TracesBeyondEnd {
  /** From here on, epoch milliseconds. */
  readonly fromMs: number;
  readonly traces: number;
  /** False: at least so many. */
  readonly isExact: boolean;
  /** At most ten, the latest start first. */
  readonly traceIds: readonly string[];
  /** Start of the latest one seen, epoch milliseconds; null where there is none, or where it cannot be read. */
  readonly lastStartMs: number | null;
}

interface StartingTrace {
  readonly traceId: string;
  readonly startTimeMs: number | null;
}

/** @param found what one search found; `counted` is what the server counts, null where it cannot */
export function namedBeyondEnd(
  fromMs: number,
  rows: readonly StartingTrace[],
  found: { readonly isLastPage: boolean; readonly counted: number | null },
): TracesBeyondEnd {
  const latestFirst = [...new Map(rows.map((row) => [row.traceId, row])).values()].toSorted(
    (a, b) => (b.startTimeMs ?? fromMs) - (a.startTimeMs ?? fromMs),
  );
  return {
    fromMs,
    traces: Math.max(found.counted ?? 0, latestFirst.length),
    isExact: found.isLastPage || found.counted !== null,
    traceIds: latestFirst.slice(0, maxNamedIds).map(({ traceId }) => traceId),
    lastStartMs: latestFirst[0]?.startTimeMs ?? null,
  };
}

/**
 * Where to search from: the latest end that a range can have now. What a caller left out by an earlier end is no news.
 * @param latestMs the source's clock minus the lag, epoch milliseconds
 */
export function beyondWhich(toMs: number, latestMs: number): number {
  return Math.max(toMs, latestMs);
}
