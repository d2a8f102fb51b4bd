/** When spans start, and how much time they cover, overlaps counted once. Pure. */
import { microseconds } from '../raw-form.js';
import type { Span } from '../trace.js';
import type { SpanNode, SpanTree } from './span-tree.js';

interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** Length of the union of intervals. */
function unionLength(intervals: readonly TimeSpan[]): number {
  const sorted = intervals.filter(({ from, to }) => to > from).sort((left, right) => left.from - right.from);
  let covered = 0;
  let coveredUpTo = Number.NEGATIVE_INFINITY;
  for (const { from, to } of sorted) {
    if (to <= coveredUpTo) continue;
    covered += to - Math.max(from, coveredUpTo);
    coveredUpTo = to;
  }
  return covered;
}

/** Milliseconds covered by these spans, 0 for none; null where the duration of any is unknown. */
export function coveredMs(nodes: readonly SpanNode[]): number | null {
  const intervals: TimeSpan[] = [];
  for (const { startMs, endMs } of nodes) {
    if (endMs === null) return null;
    intervals.push({ from: startMs, to: endMs });
  }
  return unionLength(intervals);
}

/**
 * Duration without the time that children cover inside the span, milliseconds; null while open, and under a child that
 * ends before it starts: what it covers is unknown. An open child covers everything from its start on.
 */
export function selfMs(tree: SpanTree, node: SpanNode): number | null {
  const { durationMs, endMs } = node;
  if (durationMs === null || endMs === null || node.children.length === 0) return durationMs;
  const intervals: TimeSpan[] = [];
  for (const index of node.children) {
    const child = tree.nodes[index];
    if (child === undefined) continue;
    if (child.endMs === null && child.span.endTimeNs !== null) return null;
    intervals.push({ from: Math.max(child.startMs, node.startMs), to: Math.min(child.endMs ?? endMs, endMs) });
  }
  return Math.max(0, durationMs - unionLength(intervals));
}

/** Year 9999, the last that every engine's TIMESTAMP reaches, in microseconds. */
const maxMicros = 253_402_300_799_999_999n;

/** Start of a span in microseconds; that of the trace where its own is no time that databases hold. */
export function startMicros({ startTimeNs }: Span, traceStartMs: number): number | bigint {
  const micros = startTimeNs / 1000n;
  if (micros <= 0n || micros > maxMicros) return microseconds(traceStartMs);
  const number = Number(micros);
  return Number.isSafeInteger(number) ? number : micros;
}
