/** Words for the range of a command, and for what starts beyond its end. */
import type { TracesBeyondEnd } from '../../copy/list/beyond-end-rules.js';
import { count, instant, type Paint } from './text.js';

/** @param askedToMs the end that was asked for, where it was too late; else null */
export function rangeText(fromMs: number, toMs: number, askedToMs: number | null): string {
  const range = `${instant(fromMs)} to ${instant(toMs)}`;
  return askedToMs === null ? range : `${range} (not to ${instant(askedToMs)}: a range can only end in the past)`;
}

/** One row that counts and names them, or none where there are none. */
export function beyondEndRows(beyond: TracesBeyondEnd, paint: Paint): [string, string][] {
  if (beyond.traces === 0) return [];
  const { traces, isExact, traceIds, lastStartMs, fromMs } = beyond;
  const start = traces === 1 ? 'trace starts' : 'traces start';
  const last = lastStartMs === null ? '' : `, the last one at ${instant(lastStartMs)}`;
  const more = traces > traceIds.length ? `, and ${count(traces - traceIds.length)} more` : '';
  const what = `${isExact ? '' : 'at least '}${count(traces)} ${start} at or after ${instant(fromMs)}${last}`;
  return [
    [
      'beyond the end',
      paint.yellow(`${what}, and ${traces === 1 ? 'is' : 'are'} not copied: ${traceIds.join(', ')}${more}`),
    ],
  ];
}
