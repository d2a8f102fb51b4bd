/** Where the spans of a batch come from: the source, or the raw table where that has all of them. */
import type { TraceSource, UnreadableTrace } from '../../sources/trace-source.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { fromRawRow } from '../../trace/raw-form.js';
import type { LandedTrace } from '../../trace/raw-form.js';
import type { SpanReading, TraceInfo } from '../../trace/trace.js';
import { announcedSpans } from '../../trace/wire/decode-span.js';
import type { BatchDocument } from '../list/batch-document.js';
import type { Difference } from '../list/diff.js';
import { showsOtherSpans, stateOfReading } from './late-spans.js';
import type { LiveCall } from '../../call-options.js';

/** Spans, and for which version of the trace they were read. */
export interface DatedReading extends SpanReading {
  /** The source's clock when that version was listed, epoch milliseconds; absent where they were read just now. */
  readonly observedAtMs?: number;
}

/** Spans of a batch by trace id, and the traces whose spans could not be read. */
export interface DatedReadings {
  readonly readings: Map<string, DatedReading>;
  readonly unreadable: ReadonlyMap<string, UnreadableTrace>;
}

/**
 * Traces whose info alone changed take their spans from raw: they were complete, and a second download would cost what
 * the source can give least. So do those that are only processed again. Everything else is fetched, also where the new
 * info announces or shows other spans than raw has.
 *
 * @param settleMs how long after the end of a trace further spans are expected, milliseconds
 */
export async function spansOf(
  source: TraceSource,
  warehouse: Warehouse,
  scope: TraceScope,
  { traces, observedAtMs }: BatchDocument,
  settleMs: number,
  options: LiveCall,
): Promise<DatedReadings> {
  const readings = await readLanded(warehouse, scope, traces);
  const wanted = traces.flatMap(({ trace: { info } }) => (info === null || readings.has(info.traceId) ? [] : [info]));
  const fetched = wanted.length === 0 ? { readings: [], unreadable: [] } : await source.readSpans(wanted, options);
  const infoById = new Map(wanted.map((info) => [info.traceId, info]));
  for (const reading of fetched.readings) {
    const info = infoById.get(reading.traceId);
    const spanState =
      info === undefined ? reading.spanState : stateOfReading(info, reading, { observedAtMs, settleMs });
    readings.set(reading.traceId, { ...reading, spanState });
  }
  return { readings, unreadable: new Map(fetched.unreadable.map((trace) => [trace.traceId, trace])) };
}

async function readLanded(
  warehouse: Warehouse,
  scope: TraceScope,
  traces: BatchDocument['traces'],
): Promise<Map<string, DatedReading>> {
  const fromRaw = new Map<string, { readonly info: TraceInfo; readonly difference: Difference }>();
  for (const { trace, difference } of traces) {
    if ((difference !== 'info' && difference !== 'rules') || trace.info === null) continue;
    fromRaw.set(trace.traceId, { info: trace.info, difference });
  }
  const readings = new Map<string, DatedReading>();
  if (fromRaw.size === 0) return readings;
  for (const row of await warehouse.readRaw(scope, [...fromRaw.keys()])) {
    const stored = fromRawRow(row);
    const listed = fromRaw.get(row.trace_id);
    if (listed === undefined || (listed.difference === 'info' && !isStillWhole(stored, listed.info))) continue;
    readings.set(row.trace_id, { ...stored.reading, observedAtMs: stored.spansObservedAtMs });
  }
  return readings;
}

/** True where the stored spans are all that the trace, as it is listed now, has. */
function isStillWhole(stored: LandedTrace, listed: TraceInfo): boolean {
  const { spanState, spans } = stored.reading;
  if (spanState !== 'complete' || spans.length < (announcedSpans(listed) ?? 0)) return false;
  return !showsOtherSpans(stored.info, listed);
}
