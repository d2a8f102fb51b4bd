/** Where the spans of a batch come from: the source, or the raw table where that has all of them. */
import type { CallOptions, TraceSource, UnreadableTrace } from '../../sources/trace-source.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { fromRawRow } from '../../trace/raw-form.js';
import type { SpanReading } from '../../trace/trace.js';
import { announcedSpans } from '../../trace/wire/decode-span.js';
import type { BatchDocument } from '../list/batch-document.js';

/** Spans of a batch by trace id, and the traces whose spans could not be read. */
export interface ReadSpans {
  readonly readings: Map<string, SpanReading>;
  readonly unreadable: ReadonlyMap<string, UnreadableTrace>;
}

/**
 * Traces whose info alone changed take their spans from raw: they were complete, and a second download would cost what
 * the source can give least. Everything else is fetched, also where the new info announces more spans than raw has.
 */
export async function readSpans(
  source: TraceSource,
  warehouse: Warehouse,
  scope: TraceScope,
  { traces }: BatchDocument,
  options: Required<CallOptions>,
): Promise<ReadSpans> {
  const readings = await readLanded(warehouse, scope, traces);
  const wanted = traces.flatMap(({ trace: { info } }) => (info === null || readings.has(info.traceId) ? [] : [info]));
  const fetched = wanted.length === 0 ? { readings: [], unreadable: [] } : await source.readSpans(wanted, options);
  for (const reading of fetched.readings) readings.set(reading.traceId, reading);
  return { readings, unreadable: new Map(fetched.unreadable.map((trace) => [trace.traceId, trace])) };
}

async function readLanded(
  warehouse: Warehouse,
  scope: TraceScope,
  traces: BatchDocument['traces'],
): Promise<Map<string, SpanReading>> {
  const announcedBy = new Map<string, number>();
  for (const { trace, difference } of traces) {
    if (difference === 'info' && trace.info !== null) announcedBy.set(trace.traceId, announcedSpans(trace.info) ?? 0);
  }
  const readings = new Map<string, SpanReading>();
  if (announcedBy.size === 0) return readings;
  for (const row of await warehouse.readRaw(scope, [...announcedBy.keys()])) {
    const { reading } = fromRawRow(row);
    const announced = announcedBy.get(row.trace_id) ?? 0;
    if (reading.spanState === 'complete' && reading.spans.length >= announced) readings.set(row.trace_id, reading);
  }
  return readings;
}
