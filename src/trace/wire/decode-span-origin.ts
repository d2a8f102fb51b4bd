/**
 * Where a span comes from and what else it belongs to: OpenTelemetry's kind, instrumentation scope and links. MLflow's
 * servers keep links (since 3.15) and drop the other two; tables of OpenTelemetry have all three. Lenient. Pure.
 * Model: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import type { SpanLink, SpanScope } from '../trace.js';
import { decodeKeyValues, hexIdOrNull, member, textOrNull } from './decode-values.js';

/** By its number in protobuf; 0 is unspecified. */
const kinds = [null, 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const prefix = 'SPAN_KIND_';

/** Upper case, without `SPAN_KIND_`; null where it is not told. */
export function otelKindOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'number') return kinds[value] ?? null;
  const text = textOrNull(value)?.trim().toUpperCase() ?? '';
  const kind = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return kind === '' || kind === 'UNSPECIFIED' ? null : kind.toWellFormed();
}

/** Beside the span, or in the attributes under which exporters without a place for it write it. */
export function scopeOf(wire: JsonObject, attributes: JsonObject): SpanScope | null {
  const told = wire['instrumentation_scope'] ?? wire['scope'];
  const name = textOrNull(member(told, 'name') ?? attributes['otel.scope.name'] ?? attributes['otel.library.name']);
  if (name === null) return null;
  const version = member(told, 'version') ?? attributes['otel.scope.version'] ?? attributes['otel.library.version'];
  return { name, version: textOrNull(version) };
}

/** Nothing without both ids. Ids in base64 become hex; MLflow's trace ids stay as they are. */
export function decodeLink(wire: JsonValue): SpanLink[] {
  if (!isJsonObject(wire)) return [];
  const traceId = idOf(wire['trace_id']);
  const spanId = idOf(wire['span_id']);
  if (traceId === null || spanId === null) return [];
  const { attributes } = wire;
  const known = Array.isArray(attributes) ? decodeKeyValues(attributes) : isJsonObject(attributes) ? attributes : {};
  return [{ traceId, spanId, attributes: known }];
}

function idOf(value: JsonValue | undefined): string | null {
  const text = textOrNull(value);
  return text?.startsWith('tr-') === true || text?.startsWith('trace:') === true ? text : (hexIdOrNull(text) ?? text);
}
