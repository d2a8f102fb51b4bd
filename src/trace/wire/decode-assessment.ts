/**
 * One assessment of the wire. Lenient: only an assessment without id or name is left out. Pure.
 * Shape: https://github.com/mlflow/mlflow/blob/master/mlflow/entities/assessment.py
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { decodeJsonText, hexIdOrNull, member, stringMap, textOrNull, timeMsOrNull } from './decode-values.js';
import type { Assessment, AssessmentKind } from '../trace.js';

/** @returns null for something without id or name */
export function decodeAssessment(wire: JsonValue): Assessment | null {
  if (!isJsonObject(wire)) return null;
  const assessmentId = textOrNull(wire['assessment_id']);
  const name = textOrNull(wire['assessment_name']) ?? textOrNull(wire['name']) ?? textOrNull(wire['metric_name']);
  if (assessmentId === null || name === null) return null;
  const kind = kindOf(wire);
  const error = member(wire['feedback'], 'error') ?? wire['error'];
  return {
    assessmentId,
    name,
    kind,
    spanId: spanIdOf(wire['span_id']),
    sourceType: sourceTypeOf(wire['source']),
    sourceId: textOrNull(member(wire['source'], 'source_id')),
    createTimeMs: timeMsOrNull(wire['create_time']),
    lastUpdateTimeMs: timeMsOrNull(wire['last_update_time']),
    value: valueOf(wire, kind),
    rationale: textOrNull(wire['rationale']),
    errorCode: textOrNull(member(error, 'error_code')),
    errorMessage: textOrNull(member(error, 'error_message')),
    errorStack: textOrNull(member(error, 'stack_trace')),
    metadata: stringMap(wire['metadata']),
    // Absent on servers from before overriding existed: nothing could be invalid there.
    valid: wire['valid'] !== false,
    overrides: textOrNull(wire['overrides']),
  };
}

function kindOf(wire: JsonObject): AssessmentKind {
  if (isJsonObject(wire['expectation'])) return 'expectation';
  return isJsonObject(wire['issue']) ? 'issue' : 'feedback';
}

/** Kept as it is where it is no hex id: it may still join to something. */
function spanIdOf(value: JsonValue | undefined): string | null {
  return hexIdOrNull(value) ?? textOrNull(value);
}

function sourceTypeOf(source: JsonValue | undefined): string | null {
  const type = textOrNull(member(source, 'source_type'))?.toUpperCase() ?? null;
  return type === 'AI_JUDGE' ? 'LLM_JUDGE' : type;
}

function valueOf(wire: JsonObject, kind: AssessmentKind): JsonValue {
  if (kind === 'issue') return textOrNull(member(wire['issue'], 'issue_name'));
  const holder = wire[kind];
  const serialized = member(member(holder, 'serialized_value'), 'value');
  if (typeof serialized === 'string') return decodeJsonText(serialized);
  return member(holder, 'value') ?? null;
}
