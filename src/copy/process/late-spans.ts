/**
 * Spans that come after the others: a child that is exported later, a root that is exported last. MLflow says of traces
 * that its own client wrote how many spans they have (`mlflow.trace.sizeStats`); of traces that came through OTLP
 * nobody says it. Pure.
 */
import type { SpanState } from '../../tables/trace-key.js';
import type { SpanReading, TraceInfo } from '../../trace/trace.js';
import { announcedSpans } from '../../trace/wire/decode-span.js';
import { metadataKeys } from '../../trace/wire/mlflow-keys.js';

/**
 * How much of the trace was read, given when: where nobody announced how many spans there are, a finished root proves
 * nothing until the trace is settled.
 *
 * @param observedAtMs the source's clock when the trace was listed, before its spans were read; epoch milliseconds
 * @param settleMs how long after the end of a trace further spans are expected, milliseconds
 */
export function stateOfReading(
  info: TraceInfo,
  reading: SpanReading,
  { observedAtMs, settleMs }: { readonly observedAtMs: number; readonly settleMs: number },
): SpanState {
  if (reading.spanState !== 'complete' || announcedSpans(info) !== null) return reading.spanState;
  const endMs = info.startTimeMs + (info.executionTimeMs ?? 0);
  return observedAtMs - endMs > settleMs ? 'complete' : 'partial';
}

/** Metadata that MLflow computes from the spans. */
const metadataOfSpans = [metadataKeys.tokenUsage, metadataKeys.cost, metadataKeys.sizeStats];

/** True where the info changed in something that MLflow makes of the spans: then there are other spans than before. */
export function showsOtherSpans(stored: TraceInfo, listed: TraceInfo): boolean {
  return (
    stored.startTimeMs !== listed.startTimeMs ||
    stored.executionTimeMs !== listed.executionTimeMs ||
    stored.state !== listed.state ||
    stored.requestPreview !== listed.requestPreview ||
    stored.responsePreview !== listed.responsePreview ||
    metadataOfSpans.some((key) => stored.metadata[key] !== listed.metadata[key])
  );
}
