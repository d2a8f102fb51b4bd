/** Reads spans again and compares them with the raw table. */
import { fromRawRow } from '../../trace/raw-form.js';
import type { TraceInfo } from '../../trace/trace.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { Interval } from '../prepare/coverage.js';
import { fewStretches } from './rules.js';
import type { TraceSource } from '../../sources/trace-source.js';
import type { Warehouse } from '../../targets/warehouse.js';
import type { SpanComparison } from './report.js';
import type { CallOptions } from '../../call-options.js';

/** Traces whose spans are in memory at a time. */
const chunkSize = 100;
const maxNamedIds = 10;

/** Compares the ids of the spans, trace by trace. Writes nothing. */
export async function compareSpans(
  parts: { readonly source: TraceSource; readonly warehouse: Warehouse; readonly scope: TraceScope },
  infos: readonly TraceInfo[],
  options: CallOptions,
): Promise<SpanComparison> {
  const differing: string[] = [];
  let missingSpans = 0;
  let extraSpans = 0;
  let unreadable = 0;
  const late: Interval[] = [];
  for (let start = 0; start < infos.length; start += chunkSize) {
    const chunk = infos.slice(start, start + chunkSize);
    const answer = await parts.source.readSpans(chunk, options);
    unreadable += answer.unreadable.length;
    const stored = await storedSpanIds(parts, chunk);
    for (const reading of answer.readings) {
      const inTables = stored.get(reading.traceId) ?? new Set();
      const atSource = new Set(reading.spans.map((span) => span.spanId));
      const missing = [...atSource].filter((id) => !inTables.has(id)).length;
      const extra = [...inTables].filter((id) => !atSource.has(id)).length;
      missingSpans += missing;
      extraSpans += extra;
      if (missing + extra > 0) differing.push(reading.traceId);
      const startMs = chunk.find(({ traceId }) => traceId === reading.traceId)?.startTimeMs;
      if (missing > 0 && startMs !== undefined) late.push({ fromMs: startMs, toMs: startMs + 1 });
    }
    options.onProgress?.();
  }
  return {
    traces: infos.length,
    missingSpans,
    extraSpans,
    differing: differing.length,
    differingIds: differing.slice(0, maxNamedIds),
    unreadable,
    late: fewStretches(late),
  };
}

async function storedSpanIds(
  { warehouse, scope }: { readonly warehouse: Warehouse; readonly scope: TraceScope },
  infos: readonly TraceInfo[],
): Promise<Map<string, ReadonlySet<string>>> {
  const rows = await warehouse.readRaw(
    scope,
    infos.map(({ traceId }) => traceId),
  );
  return new Map(rows.map((row) => [row.trace_id, new Set(fromRawRow(row).reading.spans.map((span) => span.spanId))]));
}
