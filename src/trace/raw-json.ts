/**
 * The JSON of the raw table's columns: spans and assessments in one form for every MLflow version, readable by SQL
 * users and read back without loss. Pure.
 *
 * Times of spans are digit strings (nanoseconds do not fit a JSON number); integers beyond 2^53 are plain digits;
 * doubles that would look like such integers get an exponent. What databases cannot hold is replaced, once and
 * stably: lone surrogates by U+FFFD, NaN and infinities by the strings "NaN", "Infinity", "-Infinity".
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import { maxJsonDepth, readJson } from '../json/decode-json.js';
import { writeJson } from '../json/write-json.js';
import { bigintOrNull, integerOrNull, itemsOf, stringMap, textOrNull } from './wire/decode-values.js';
import type { Assessment, AssessmentKind, Span, SpanEvent, SpanLink, SpanScope, SpanStatus } from './trace.js';

/** Values of the wire may be as deep as `maxJsonDepth`; the raw form and staged documents wrap them a few levels deeper. */
export const maxRawDepth = maxJsonDepth + 10;

/** The value of a raw column's text; null where the text is no JSON. */
export function readRawJson(text: string): JsonValue {
  const reading = readJson(text, maxRawDepth);
  return reading.ok ? reading.value : null;
}

/** @returns JSON array of objects with snake_case names, as described in docs/tables.md */
export function spansToRaw(spans: readonly Span[]): string {
  return writeJson(spans.map(spanToRaw));
}

function spanToRaw(span: Span): JsonValue {
  const raw: JsonObject = {
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    name: span.name,
    start_time_ns: span.startTimeNs.toString(),
    end_time_ns: span.endTimeNs?.toString() ?? null,
    status: span.status,
    status_message: span.statusMessage,
    attributes: span.attributes,
    events: span.events.map((event) => ({
      name: event.name,
      time_ns: event.timeNs?.toString() ?? null,
      attributes: event.attributes,
    })),
  };
  // Hardly any span has these.
  if (span.otelKind !== null) raw['otel_kind'] = span.otelKind;
  if (span.scope !== null) raw['scope'] = { name: span.scope.name, version: span.scope.version };
  if (span.links.length > 0) raw['links'] = linksToRaw(span.links);
  return raw;
}

/** As a column of spans holds them, too. */
export function linksToRaw(links: readonly SpanLink[]): JsonValue[] {
  return links.map(({ traceId, spanId, attributes }) => ({ trace_id: traceId, span_id: spanId, attributes }));
}

/** Entries that are no spans are left out. */
export function spansFromRaw(text: string): Span[] {
  return itemsOf(readRawJson(text)).flatMap((item) => {
    if (!isJsonObject(item)) return [];
    const spanId = item['span_id'];
    const startTimeNs = bigintOrNull(item['start_time_ns']);
    if (typeof spanId !== 'string' || startTimeNs === null) return [];
    const span: Span = {
      spanId,
      parentSpanId: stringOrNull(item['parent_span_id']),
      name: stringOrNull(item['name']) ?? '',
      startTimeNs,
      endTimeNs: bigintOrNull(item['end_time_ns']),
      status: statusOf(item['status']),
      statusMessage: stringOrNull(item['status_message']),
      otelKind: stringOrNull(item['otel_kind']),
      scope: scopeFromRaw(item['scope']),
      links: itemsOf(item['links']).flatMap(linkFromRaw),
      attributes: objectOf(item['attributes']),
      events: itemsOf(item['events']).flatMap(eventFromRaw),
    };
    return [span];
  });
}

function eventFromRaw(item: JsonValue): SpanEvent[] {
  if (!isJsonObject(item)) return [];
  return [
    {
      name: stringOrNull(item['name']) ?? '',
      timeNs: bigintOrNull(item['time_ns']),
      attributes: objectOf(item['attributes']),
    },
  ];
}

function scopeFromRaw(item: JsonValue | undefined): SpanScope | null {
  const name = isJsonObject(item) ? stringOrNull(item['name']) : null;
  return name === null || !isJsonObject(item) ? null : { name, version: stringOrNull(item['version']) };
}

function linkFromRaw(item: JsonValue): SpanLink[] {
  if (!isJsonObject(item)) return [];
  const { trace_id: traceId, span_id: spanId } = item;
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return [];
  return [{ traceId, spanId, attributes: objectOf(item['attributes']) }];
}

function statusOf(value: JsonValue | undefined): SpanStatus {
  return value === 'OK' || value === 'ERROR' ? value : 'UNSET';
}

/** @returns JSON array of objects with snake_case names close to MLflow's own */
export function assessmentsToRaw(assessments: readonly Assessment[]): string {
  return writeJson(assessments.map(assessmentToRaw));
}

function assessmentToRaw(assessment: Assessment): JsonValue {
  return {
    assessment_id: assessment.assessmentId,
    name: assessment.name,
    kind: assessment.kind,
    span_id: assessment.spanId,
    source_type: assessment.sourceType,
    source_id: assessment.sourceId,
    create_time_ms: assessment.createTimeMs,
    last_update_time_ms: assessment.lastUpdateTimeMs,
    value: assessment.value,
    rationale: assessment.rationale,
    error_code: assessment.errorCode,
    error_message: assessment.errorMessage,
    error_stack: assessment.errorStack,
    metadata: { ...assessment.metadata },
    valid: assessment.valid,
    overrides: assessment.overrides,
  };
}

/** Entries without id or name are left out. */
export function assessmentsFromRaw(text: string): Assessment[] {
  return itemsOf(readRawJson(text)).flatMap((item) => {
    if (!isJsonObject(item)) return [];
    const assessmentId = textOrNull(item['assessment_id']);
    const name = textOrNull(item['name']);
    if (assessmentId === null || name === null) return [];
    const assessment: Assessment = {
      assessmentId,
      name,
      kind: kindOf(item['kind']),
      spanId: stringOrNull(item['span_id']),
      sourceType: stringOrNull(item['source_type']),
      sourceId: stringOrNull(item['source_id']),
      createTimeMs: integerOrNull(item['create_time_ms']),
      lastUpdateTimeMs: integerOrNull(item['last_update_time_ms']),
      value: item['value'] ?? null,
      rationale: stringOrNull(item['rationale']),
      errorCode: stringOrNull(item['error_code']),
      errorMessage: stringOrNull(item['error_message']),
      errorStack: stringOrNull(item['error_stack']),
      metadata: stringMap(item['metadata']),
      valid: item['valid'] !== false,
      overrides: stringOrNull(item['overrides']),
    };
    return [assessment];
  });
}

function kindOf(value: JsonValue | undefined): AssessmentKind {
  return value === 'expectation' || value === 'issue' ? value : 'feedback';
}

/** Unlike `textOrNull` it keeps empty texts: the raw table says exactly what was read. */
function stringOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
