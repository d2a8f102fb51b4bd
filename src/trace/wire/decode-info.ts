/**
 * A trace info of the wire, from MLflow's V2 or V3 search. Lenient: only an info without a usable id or start time is
 * refused. Pure.
 * Shapes: `TraceInfo` and `TraceInfoV3` in https://github.com/mlflow/mlflow/blob/master/mlflow/protos/service.proto
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { decodeAssessment } from './decode-assessment.js';
import { decodeJsonText, durationMsOrNull, integerOrNull, itemsOf, member } from './decode-values.js';
import { stringMap, textOrNull, timeMsOrNull } from './decode-values.js';
import { metadataKeys } from './mlflow-keys.js';
import type { Assessment, TraceInfo, TraceState } from '../trace.js';

export type InfoDecoding =
  | { readonly ok: true; readonly info: TraceInfo }
  | {
      readonly ok: false;
      /** Null where not even the id can be read. */
      readonly traceId: string | null;
      readonly startTimeMs: number | null;
      /** Without trace text. */
      readonly reason: string;
    };

const states: ReadonlySet<string> = new Set<TraceState>(['OK', 'ERROR', 'IN_PROGRESS', 'STATE_UNSPECIFIED']);

/** MLflow quotes these as JSON when the spans came through OTLP, and not when its own client set them. */
const quotableKeys = [metadataKeys.session, metadataKeys.user] as const;

/** Largest time that a Date can hold, milliseconds. */
const maxTimeMs = 8_640_000_000_000_000;

/** @param experimentId the one that was searched: taken where the info does not name its own */
export function decodeInfo(wire: JsonValue, experimentId: string): InfoDecoding {
  if (!isJsonObject(wire)) return refused(null, null, 'it is not an object');
  const traceId = textOrNull(wire['trace_id']) ?? textOrNull(wire['request_id']);
  const startTimeMs = timeMsOrNull(wire['request_time'] ?? wire['timestamp_ms']);
  if (traceId === null) return refused(null, startTimeMs, 'it has no trace id');
  if (startTimeMs === null || Math.abs(startTimeMs) > maxTimeMs) {
    return refused(traceId, null, 'it has no usable start time');
  }
  const metadata = unquoted(stringMap(wire['trace_metadata'] ?? wire['request_metadata']));
  const state = stateOf(wire);
  const info: TraceInfo = {
    traceId,
    experimentId: experimentIdOf(wire) ?? experimentId,
    clientRequestId: textOrNull(wire['client_request_id']),
    startTimeMs,
    executionTimeMs: executionTimeMsOf(wire, state),
    state,
    requestPreview: previewOf(wire['request_preview'], metadata[metadataKeys.inputs]),
    responsePreview: previewOf(wire['response_preview'], metadata[metadataKeys.outputs]),
    tags: stringMap(wire['tags']),
    metadata,
    assessments: assessmentsOf(wire['assessments']),
  };
  return { ok: true, info };
}

function refused(traceId: string | null, startTimeMs: number | null, reason: string): InfoDecoding {
  return { ok: false, traceId, startTimeMs, reason };
}

function stateOf(wire: JsonObject): TraceState {
  const state = wire['state'] ?? wire['status'];
  return typeof state === 'string' && states.has(state) ? (state as TraceState) : 'STATE_UNSPECIFIED';
}

function experimentIdOf(wire: JsonObject): string | null {
  const location = member(member(wire['trace_location'], 'mlflow_experiment'), 'experiment_id');
  return textOrNull(location) ?? textOrNull(wire['experiment_id']);
}

/** V2 says 0 where nothing is known yet. */
function executionTimeMsOf(wire: JsonObject, state: TraceState): number | null {
  const ms =
    durationMsOrNull(wire['execution_duration']) ??
    integerOrNull(wire['execution_duration_ms']) ??
    integerOrNull(wire['execution_time_ms']);
  return state === 'IN_PROGRESS' && ms === 0 ? null : ms;
}

/** MLflow 2 keeps its previews, at most 250 characters, in the metadata. An empty preview is a preview. */
function previewOf(field: JsonValue | undefined, fromMetadata: string | undefined): string | null {
  return typeof field === 'string' ? field : (fromMetadata ?? null);
}

function assessmentsOf(wire: JsonValue | undefined): Assessment[] {
  const assessments: Assessment[] = [];
  for (const item of itemsOf(wire)) {
    const assessment = decodeAssessment(item);
    if (assessment !== null) assessments.push(assessment);
  }
  return assessments;
}

function unquoted(metadata: Record<string, string>): Record<string, string> {
  for (const key of quotableKeys) {
    const text = metadata[key];
    if (text?.startsWith('"') !== true) continue;
    const value = decodeJsonText(text);
    if (typeof value === 'string') metadata[key] = value;
  }
  return metadata;
}
