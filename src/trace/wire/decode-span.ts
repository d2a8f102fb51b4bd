/**
 * Spans of the wire, from the four encodings that MLflow servers and artifacts hold:
 * (a) OTLP as JSON from `traces/get` and `traces/batchGet`: base64 ids, attributes as a list of AnyValues;
 * (b) `get-trace-artifact` and `traces.json`, schema 3: base64 ids, attributes as an object of JSON texts;
 * (c) MLflow 3.5.0: as (b) with hex ids, `tr-` trace ids and plain status words;
 * (d) schema 2 (MLflow 2.14 to 2.22): ids inside `context`, times in `start_time` and `end_time`.
 * Lenient: a span without id is left out and counted, other strange fields become null. Pure.
 * Model: `Span.from_dict` in https://github.com/mlflow/mlflow/blob/master/mlflow/entities/span.py
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { setMember } from '../../json/decode-json.js';
import { bigintOrNull, decodeJsonText, decodeKeyValues, hexIdOrNull, itemsOf, member } from './decode-values.js';
import { textOrNull } from './decode-values.js';
import { decodeLink, otelKindOf, scopeOf } from './decode-span-origin.js';
import { attributeKeys, metadataKeys, tagKeys } from './mlflow-keys.js';
import type { Span, SpanEvent, SpanStatus, TraceInfo } from '../trace.js';
import type { SpanState } from '../../tables/trace-key.js';

export interface SpansDecoding {
  readonly spans: readonly Span[];
  /** Entries that are no spans: they have no id. */
  readonly numRefused: number;
}

/** All spans of one trace, in the order of the wire. */
export function decodeSpans(wire: JsonValue | undefined): SpansDecoding {
  const spans: Span[] = [];
  let numRefused = 0;
  for (const item of itemsOf(wire)) {
    const span = decodeSpan(item);
    if (span === null) numRefused++;
    else spans.push(span);
  }
  return { spans, numRefused };
}

/** @returns null without an id */
export function decodeSpan(wire: JsonValue): Span | null {
  if (!isJsonObject(wire)) return null;
  const spanId = hexIdOrNull(wire['span_id'] ?? member(wire['context'], 'span_id'));
  const attributes = attributesOf(wire['attributes']);
  if (spanId === null) return null;
  return {
    spanId,
    parentSpanId: hexIdOrNull(wire['parent_span_id'] ?? wire['parent_id']),
    name: typeof wire['name'] === 'string' ? wire['name'] : '',
    startTimeNs: startTimeOf(wire, attributes),
    endTimeNs: endTimeOf(wire),
    status: statusOf(member(wire['status'], 'code') ?? wire['status_code']),
    otelKind: otelKindOf(wire['kind']),
    scope: scopeOf(wire, attributes),
    links: itemsOf(wire['links']).flatMap(decodeLink),
    statusMessage: textOrNull(member(wire['status'], 'message') ?? wire['status_message']),
    attributes,
    events: itemsOf(wire['events']).flatMap(decodeEvent),
  };
}

/**
 * How much of a trace was read. A finished root and as many spans as announced make it complete; where nothing is
 * announced (servers before 3.6), a finished root does.
 */
export function spanStateOf(info: TraceInfo, { spans, numRefused }: SpansDecoding): SpanState {
  if (spans.length === 0) return 'missing';
  const hasFinishedRoot = spans.some((span) => span.parentSpanId === null && span.endTimeNs !== null);
  const numAnnounced = announcedSpans(info) ?? 0;
  return hasFinishedRoot && numRefused === 0 && spans.length >= numAnnounced ? 'complete' : 'partial';
}

/** Spans that the info announces (metadata `mlflow.trace.sizeStats`), or null. */
export function announcedSpans(info: TraceInfo): number | null {
  const numSpans = member(sizeStats(info), 'num_spans');
  return typeof numSpans === 'number' && Number.isSafeInteger(numSpans) ? numSpans : null;
}

/** `ARTIFACT_REPO`, `ARCHIVE_REPO` and no tag at all lie in artifacts, which a server serves one by one and never counts. */
export function areSpansInDatabase(info: TraceInfo): boolean {
  return info.tags[tagKeys.spansLocation] === 'TRACKING_STORE';
}

/** Size of the stored spans that the info announces (`mlflow.trace.sizeStats`, older `sizeBytes`), or null. */
export function announcedBytes(info: TraceInfo): number | null {
  const total = member(sizeStats(info), 'total_size_bytes') ?? Number(info.metadata[metadataKeys.sizeBytes]);
  return typeof total === 'number' && Number.isSafeInteger(total) && total > 0 ? total : null;
}

function sizeStats(info: TraceInfo): JsonValue {
  const text = info.metadata[metadataKeys.sizeStats];
  return text === undefined ? null : decodeJsonText(text);
}

/** Protobuf leaves out a time that is 0, which a span may have all the same. */
function startTimeOf(wire: JsonObject, attributes: JsonObject): bigint {
  const startTimeNs = bigintOrNull(wire['start_time_unix_nano'] ?? wire['start_time']);
  return startTimeNs ?? bigintOrNull(attributes[attributeKeys.startTimeNs]) ?? 0n;
}

/** Protobuf has no null for times: an open span has 0. */
function endTimeOf(wire: JsonObject): bigint | null {
  const endTimeNs = bigintOrNull(wire['end_time_unix_nano'] ?? wire['end_time']);
  return endTimeNs === 0n ? null : endTimeNs;
}

function attributesOf(wire: JsonValue | undefined): JsonObject {
  if (Array.isArray(wire)) return decodeKeyValues(wire);
  const attributes: JsonObject = {};
  if (!isJsonObject(wire)) return attributes;
  for (const [key, value] of Object.entries(wire)) {
    setMember(attributes, key, typeof value === 'string' ? decodeJsonText(value) : value);
  }
  return attributes;
}

function statusOf(code: JsonValue | undefined): SpanStatus {
  if (code === 'STATUS_CODE_OK' || code === 'OK' || code === 1) return 'OK';
  return code === 'STATUS_CODE_ERROR' || code === 'ERROR' || code === 2 ? 'ERROR' : 'UNSET';
}

/** Attributes of events are not encoded twice, unlike those of spans. */
function decodeEvent(wire: JsonValue): SpanEvent[] {
  if (!isJsonObject(wire)) return [];
  const { attributes } = wire;
  return [
    {
      name: typeof wire['name'] === 'string' ? wire['name'] : '',
      timeNs: bigintOrNull(wire['time_unix_nano'] ?? wire['timestamp']),
      attributes: Array.isArray(attributes) ? decodeKeyValues(attributes) : isJsonObject(attributes) ? attributes : {},
    },
  ];
}
