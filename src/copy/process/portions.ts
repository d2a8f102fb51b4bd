/**
 * How many traces are in memory at a time. What a trace holds is only known where the server announces it; of all
 * others it is learned from those that were read before, so that the first ones are asked for a few at a time. Pure.
 */

import type { RawTraceRow } from '../../tables/rows.js';

/** Traces of unknown size that are read together before any was seen. */
const firstTraces = 4;

/** Traces of unknown size that are read together at the most: the next one may be much larger than those before it. */
const mostTraces = 50;

/** What traces that nobody announces the size of turned out to hold. One for each source. */
export class SeenSizes {
  private bytes: number | null = null;

  /** Bytes that the next one may hold; null before any was seen. */
  get expectedBytes(): number | null {
    return this.bytes;
  }

  /** Up at once, down by halves: too much at a time costs more than too little. @param largestBytes of those read together */
  observe(largestBytes: number): void {
    this.bytes = this.bytes === null ? largestBytes : Math.max(largestBytes, (this.bytes + largestBytes) / 2);
  }
}

/** Limits of what one attempt takes on. */
export interface PortionLimits {
  /** Of the texts and spans in memory at a time, and of all that an attempt reads before it leaves the rest. */
  readonly maxBytes: number;
  /** Of all that an attempt reads. */
  readonly maxTraces: number;
}

/** The traces of one attempt, portion by portion, in order. */
export class Portions<Trace> {
  private taken = 0;
  private bytes = 0;
  private unannounced = 0;

  /** @param announcedBytes what the server says that a trace holds; null where it does not say */
  constructor(
    private readonly traces: readonly Trace[],
    private readonly announcedBytes: (trace: Trace) => number | null,
    private readonly limits: PortionLimits,
    private readonly seen: SeenSizes,
  ) {}

  /** The next traces to read together: at least one, or none where the attempt has done its share. */
  next(): readonly Trace[] {
    const { maxBytes, maxTraces } = this.limits;
    if (this.bytes >= maxBytes) return [];
    const start = this.taken;
    let expected = 0;
    this.unannounced = 0;
    while (this.taken < Math.min(this.traces.length, maxTraces)) {
      const trace = this.traces[this.taken];
      if (trace === undefined) break;
      const announced = this.announcedBytes(trace);
      expected += announced ?? this.seen.expectedBytes ?? 0;
      const isUnknown = announced === null;
      const most = this.seen.expectedBytes === null ? firstTraces : mostTraces;
      const isFull = expected > maxBytes - this.bytes || (isUnknown && this.unannounced >= most);
      if (isFull && this.taken > start) break;
      this.taken += 1;
      if (isUnknown) this.unannounced += 1;
    }
    return this.traces.slice(start, this.taken);
  }

  /** Tells what the traces of the last portion turned out to hold, in bytes. */
  read(sizes: readonly number[]): void {
    this.bytes += sizes.reduce((sum, size) => sum + size, 0);
    if (this.unannounced > 0 && sizes.length > 0) this.seen.observe(Math.max(...sizes));
  }

  /** Traces that were in no portion. */
  get rest(): readonly Trace[] {
    return this.traces.slice(this.taken);
  }
}

/** Characters of the texts of a trace, about as many as bytes. */
export function textSize({ spans, request, response }: Pick<RawTraceRow, 'spans' | 'request' | 'response'>): number {
  return (spans?.length ?? 0) + (request?.length ?? 0) + (response?.length ?? 0);
}

/**
 * The share of a batch that an attempt takes on: half as much for each worker before it that ended in the middle of it,
 * most likely since it took more memory than there was.
 */
export function limitsAfterDeaths(numTraces: number, maxBytes: number, deaths: number): PortionLimits {
  const share = 2 ** deaths;
  return { maxBytes: Math.max(1, Math.floor(maxBytes / share)), maxTraces: Math.max(1, Math.ceil(numTraces / share)) };
}
