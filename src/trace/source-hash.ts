/**
 * The fingerprint by which a changed trace is recognised: equal exactly while nothing of its info changed at the
 * source. Pure.
 */
import { hash } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../json/json-value.js';
import { tagKeys } from './wire/mlflow-keys.js';
import type { Assessment, TraceInfo } from './trace.js';
import { writeJson } from '../json/write-json.js';

/**
 * Tags in which MLflow's storage notes where it keeps the spans. They change when a server archives a trace, which
 * says nothing about the trace.
 */
export const storageTags: ReadonlySet<string> = new Set([
  tagKeys.artifactLocation,
  tagKeys.spansLocation,
  tagKeys.archiveLocation,
  tagKeys.archivalFailure,
]);

/**
 * SHA-256 (64 hex digits) of everything in the info that can change at the source: state, start, duration, previews,
 * client_request_id, tags without {@link storageTags}, metadata, and every assessment with value, validity and update
 * time. The order of keys and of assessments never matters. The key of the trace is not part of it.
 */
export function sourceHash(info: TraceInfo): string {
  const canonical: JsonValue[] = [
    info.state,
    info.startTimeMs,
    info.executionTimeMs,
    info.requestPreview,
    info.responsePreview,
    info.clientRequestId,
    sortedMap(info.tags, storageTags),
    sortedMap(info.metadata),
    info.assessments.map(canonicalAssessment).sort(),
  ];
  return hash('sha256', writeJson(canonical));
}

/** Text that is equal for equal assessments, whatever the order of keys inside them. */
export function canonicalAssessment(assessment: Assessment): string {
  return writeJson([
    assessment.assessmentId,
    assessment.name,
    assessment.kind,
    assessment.spanId,
    assessment.sourceType,
    assessment.sourceId,
    assessment.createTimeMs,
    assessment.lastUpdateTimeMs,
    canonicalValue(assessment.value),
    assessment.rationale,
    assessment.errorCode,
    assessment.errorMessage,
    sortedMap(assessment.metadata),
    assessment.valid,
    assessment.overrides,
    // Only where there is one: other assessments keep the hash that they had before stacks were read.
    ...(assessment.errorStack === null ? [] : [assessment.errorStack]),
  ]);
}

function sortedMap(map: Readonly<Record<string, string>>, without?: ReadonlySet<string>): JsonValue {
  const pairs: JsonValue[] = [];
  for (const key of Object.keys(map).sort()) {
    if (without?.has(key) !== true) pairs.push([key, map[key] ?? null]);
  }
  return pairs;
}

/** Objects become sorted lists of pairs; both kinds are marked, so that no list looks like an object. */
function canonicalValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return ['[]', ...value.map(canonicalValue)];
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value).sort();
  return ['{}', ...keys.map((key): JsonValue => [key, canonicalValue(value[key] ?? null)])];
}
