/**
 * Files that spans refer to: MLflow keeps them beside the trace and writes `mlflow-attachment://<id>?content_type=…
 * &trace_id=…&size=…` in their place
 * (https://github.com/mlflow/mlflow/blob/master/mlflow/tracing/attachments.py). Pure.
 */
import type { AttachmentRow } from '../../tables/rows.js';
import type { TraceKey } from '../../tables/trace-key.js';
import { writeJson } from '../../json/write-json.js';
import type { Span } from '../trace.js';

/** What every reference begins with. */
export const attachmentScheme = 'mlflow-attachment://';
/** In JSON text, too, where a quote behind it is escaped. */
export const attachmentReferences = /mlflow-attachment:\/\/[^\s"'\\<>)\]}]+/g;
/** Longer ones than any that MLflow writes are none. */
const maxReferenceLength = 1_000;

/** A reference to a file, taken apart. */
interface AttachmentReference {
  readonly id: string;
  readonly uri: string;
  readonly contentType: string | null;
  /** Trace that the file belongs to, mostly the one that refers to it. */
  readonly traceId: string | null;
  readonly sizeBytes: number | null;
}

/** The files that a text refers to, each once, in order. */
function attachmentsIn(text: string): readonly AttachmentReference[] {
  if (!text.includes(attachmentScheme)) return [];
  const found = new Map<string, AttachmentReference>();
  for (const [uri] of text.matchAll(attachmentReferences)) {
    const [, id, query = ''] = /^[^/]+\/\/([\w.-]{1,200})(?:\?(.*))?$/.exec(uri) ?? [];
    if (id === undefined || found.has(id) || uri.length > maxReferenceLength) continue;
    const parameters = new URLSearchParams(query);
    const parameter = (name: string): string | null => {
      const value = parameters.get(name) ?? '';
      return value === '' || value.length > 200 ? null : value.toWellFormed();
    };
    const size = Number(parameter('size') ?? Number.NaN);
    const sizeBytes = Number.isSafeInteger(size) && size > 0 ? size : null;
    found.set(id, { id, uri, sizeBytes, contentType: parameter('content_type'), traceId: parameter('trace_id') });
  }
  return [...found.values()];
}

/**
 * One row per span and file, not copied yet.
 * @param spansText all of the spans as JSON: most traces refer to no file
 */
export function attachmentRows(
  { sourceId, experimentId, traceId }: TraceKey,
  spans: readonly Span[],
  spansText: string | null,
  observedAt: number | bigint,
): AttachmentRow[] {
  if (spansText?.includes(attachmentScheme) !== true) return [];
  return spans.flatMap(({ spanId, attributes, events }) => {
    const texts = [attributes, ...events.map((event) => event.attributes)];
    return attachmentsIn(writeJson(texts)).map(({ id, uri, contentType, sizeBytes }): AttachmentRow => ({
      source_id: sourceId,
      experiment_id: experimentId,
      trace_id: traceId,
      span_id: spanId,
      attachment_id: id,
      content_type: contentType,
      size_bytes: sizeBytes,
      uri,
      copied_path: null,
      sha256: null,
      copy_missing_reason: 'not_tried',
      spans_observed_at: observedAt,
    }));
  });
}
