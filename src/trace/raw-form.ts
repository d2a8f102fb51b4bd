/**
 * A trace as a row of the raw table and back: what re-processing without the source starts from. Pure.
 *
 * `fromRawRow(rawRow(…))` gives the same info and reading, except for what no database holds (raw-json.ts).
 */
import type { RawTraceRow } from '../tables/rows.js';
import { stringMap } from './wire/decode-values.js';
import type { ExperimentScope, SpanReading, TraceInfo, TraceState } from './trace.js';
import type { SpanState } from '../tables/trace-key.js';
import { assessmentsFromRaw, assessmentsToRaw, readRawJson, spansFromRaw, spansToRaw } from './raw-json.js';
import { writeJson } from '../json/write-json.js';

/** Full request and response of a trace; null where it has none or its spans were not read. */
export interface TraceTexts {
  readonly request: string | null;
  readonly response: string | null;
}

/** When a trace was read. Both times are the source's clock, epoch milliseconds. */
interface ReadVersion {
  /** When this version of the info was listed. */
  readonly observedAtMs: number;
  /** When the version was listed that the spans were read for. */
  readonly spansObservedAtMs: number;
  /** `sourceHash(info)` */
  readonly sourceHash: string;
}

export function rawRow(
  scope: ExperimentScope,
  info: TraceInfo,
  reading: SpanReading,
  texts: TraceTexts,
  version: ReadVersion,
): RawTraceRow {
  const wereSpansRead = reading.spanState !== 'unknown';
  return {
    source_id: scope.sourceId,
    experiment_id: scope.experimentId,
    trace_id: info.traceId,
    experiment_name: wellFormed(scope.experimentName),
    request_id: info.traceId,
    client_request_id: wellFormed(info.clientRequestId),
    start_time: microseconds(info.startTimeMs),
    start_time_ms: info.startTimeMs,
    execution_time_ms: info.executionTimeMs,
    status: info.state,
    request: wellFormed(texts.request),
    response: wellFormed(texts.response),
    request_preview: wellFormed(info.requestPreview),
    response_preview: wellFormed(info.responsePreview),
    tags: writeJson(byKey(info.tags)),
    trace_metadata: writeJson(byKey(info.metadata)),
    assessments: assessmentsToRaw(info.assessments),
    spans: wereSpansRead ? spansToRaw(reading.spans) : null,
    num_spans: wereSpansRead ? reading.spans.length : null,
    source_hash: version.sourceHash,
    span_state: reading.spanState,
    observed_at: microseconds(version.observedAtMs),
    spans_observed_at: microseconds(version.spansObservedAtMs),
  };
}

/** A trace as the raw table has it. */
export interface LandedTrace {
  readonly info: TraceInfo;
  readonly reading: SpanReading;
  /** When the version was listed that the spans were read for, by the source's clock, epoch milliseconds. */
  readonly spansObservedAtMs: number;
}

/** The trace that a raw row was made of. Lenient towards rows that other hands changed. */
export function fromRawRow(row: RawTraceRow): LandedTrace {
  const info: TraceInfo = {
    traceId: row.trace_id,
    experimentId: row.experiment_id,
    clientRequestId: row.client_request_id,
    startTimeMs: Number(row.start_time_ms),
    executionTimeMs: row.execution_time_ms === null ? null : Number(row.execution_time_ms),
    state: stateOf(row.status),
    requestPreview: row.request_preview,
    responsePreview: row.response_preview,
    tags: stringMap(readRawJson(row.tags)),
    metadata: stringMap(readRawJson(row.trace_metadata)),
    assessments: assessmentsFromRaw(row.assessments),
  };
  const spans = row.spans === null ? [] : spansFromRaw(row.spans);
  return {
    info,
    reading: { traceId: row.trace_id, spanState: spanStateOf(row.span_state), spans },
    spansObservedAtMs: Math.floor(Number(row.spans_observed_at ?? row.observed_at) / 1000),
  };
}

/** In the order of its keys: a server that is started again lists tags and metadata in another one. */
function byKey(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Epoch milliseconds as a TIMESTAMP column holds them: microseconds, exact, as a bigint beyond 2^53. */
export function microseconds(epochMs: number): number | bigint {
  const value = epochMs * 1000;
  return Number.isSafeInteger(value) ? value : BigInt(epochMs) * 1000n;
}

/** Lone surrogates become U+FFFD: no database stores them. */
export function wellFormed(text: string | null): string | null {
  return text === null || text.isWellFormed() ? text : text.toWellFormed();
}

function stateOf(status: string): TraceState {
  return status === 'OK' || status === 'ERROR' || status === 'IN_PROGRESS' ? status : 'STATE_UNSPECIFIED';
}

function spanStateOf(state: string): SpanState {
  return state === 'complete' || state === 'partial' || state === 'missing' ? state : 'unknown';
}
