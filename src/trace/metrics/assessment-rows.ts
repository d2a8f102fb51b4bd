/**
 * The assessments of a trace as rows, and as values of metric columns. The order in which the source lists them never
 * matters. Pure; must not import ports, adapters or SDKs.
 */
import type { DynamicValues, StagedAssessmentRow } from '../../tables/rows.js';
import { assessmentMetadataKeys } from '../wire/mlflow-keys.js';
import type { Assessment } from '../trace.js';
import type { TraceKey } from '../../tables/trace-key.js';
import { microseconds, wellFormed } from '../raw-form.js';
import { writeJson } from '../../json/write-json.js';
import { canonicalAssessment } from '../source-hash.js';
import { typeAssessmentValue, type TypedValue } from './assessment-value.js';
import { metricColumnName, metricSuffixes } from './metric-name.js';

/** What an assessment speaks of. */
export type AssessmentLevel = 'trace' | 'span' | 'session';

/** Everything that the tables need to know about a trace's assessments. */
export interface AssessedTrace {
  readonly rows: readonly StagedAssessmentRow[];
  readonly dynamic: DynamicValues;
  /** Valid ones, expectations and issues included. */
  readonly numAssessments: number;
  /** Valid ones that carry an error instead of a value. */
  readonly numErrors: number;
}

/** An assessment whose value goes to a metric column. */
interface Candidate {
  readonly assessment: Assessment;
  readonly value: TypedValue;
  /** Orders equal times, and makes sums independent of the order of arrival. */
  readonly canonical: string;
}

/** @param observedAtMs the source's clock when the trace was listed, epoch milliseconds */
export function assessTrace(key: TraceKey, assessments: readonly Assessment[], observedAtMs: number): AssessedTrace {
  const candidatesOf = new Map<string, Candidate[]>();
  const rows: StagedAssessmentRow[] = [];
  let numAssessments = 0;
  let numErrors = 0;
  for (const { assessment, canonical } of inOwnOrder(assessments)) {
    const value = typeAssessmentValue(assessment.value);
    const column = metricColumn(assessment, value);
    rows.push(assessmentRow(key, assessment, value, column, observedAtMs));
    if (!assessment.valid) continue;
    numAssessments++;
    if (isError(assessment)) numErrors++;
    if (column === null) continue;
    const target = assessment.sourceType === 'HUMAN' ? column + metricSuffixes.human : column;
    const candidate = { assessment, value, canonical };
    const candidates = candidatesOf.get(target);
    if (candidates === undefined) candidatesOf.set(target, [candidate]);
    else candidates.push(candidate);
  }
  return { rows, dynamic: valuesOf(candidatesOf), numAssessments, numErrors };
}

/** By id and time of the version, then by content. */
function inOwnOrder(assessments: readonly Assessment[]): Pick<Candidate, 'assessment' | 'canonical'>[] {
  return assessments
    .map((assessment) => ({ assessment, canonical: canonicalAssessment(assessment) }))
    .sort((left, right) => {
      const [one, other] = [left.assessment, right.assessment];
      if (one.assessmentId !== other.assessmentId) return one.assessmentId < other.assessmentId ? -1 : 1;
      return timeOf(one) - timeOf(other) || (left.canonical < right.canonical ? -1 : 1);
    });
}

function isError(assessment: Assessment): boolean {
  return assessment.errorCode !== null || assessment.errorMessage !== null;
}

/** `session` where the assessment speaks of a whole conversation: it hangs on one trace but is not about it. */
export function assessmentLevel(assessment: Assessment): AssessmentLevel {
  const { metadata } = assessment;
  const isOfSession =
    Object.hasOwn(metadata, assessmentMetadataKeys.session) ||
    Object.hasOwn(metadata, assessmentMetadataKeys.onlineScoringSessionId);
  if (isOfSession) return 'session';
  return assessment.spanId === null ? 'trace' : 'span';
}

/** Null for what has no column: expectations, issues, session level, lists, objects, prose, no value. */
function metricColumn(assessment: Assessment, value: TypedValue): string | null {
  if (assessment.kind !== 'feedback' || assessmentLevel(assessment) === 'session') return null;
  return value.number === null && value.label === null ? null : metricColumnName(assessment.name);
}

function valuesOf(candidatesOf: ReadonlyMap<string, readonly Candidate[]>): DynamicValues {
  const numbers: Record<string, number> = {};
  const texts: Record<string, string> = {};
  for (const [column, candidates] of candidatesOf) {
    const { number, label } = verdict(candidates);
    if (number !== null) numbers[column] = number;
    if (label !== null) texts[column + metricSuffixes.label] = label;
  }
  return { numbers, texts };
}

/** The newest value of the trace itself; else, over the spans that were judged, the mean of the newest of each. */
function verdict(candidates: readonly Candidate[]): { number: number | null; label: string | null } {
  const newestOf = new Map<string | null, Candidate>();
  for (const candidate of candidates) {
    const { spanId } = candidate.assessment;
    const known = newestOf.get(spanId);
    if (known === undefined || isNewer(candidate, known)) newestOf.set(spanId, candidate);
  }
  const ofTrace = newestOf.get(null);
  if (ofTrace !== undefined) return ofTrace.value;
  const perSpan = [...newestOf.values()].sort((left, right) => (isNewer(left, right) ? -1 : 1));
  const numbers = perSpan.flatMap(({ value }) => (value.number === null ? [] : [value.number]));
  return {
    number: numbers.length === 0 ? null : mean(numbers),
    label: perSpan.find(({ value }) => value.label !== null)?.value.label ?? null,
  };
}

/** Adds first, so that six times 1 has the mean 1; where that overflows it divides first. */
function mean(numbers: readonly number[]): number {
  const sum = numbers.reduce((total, number) => total + number, 0);
  if (Number.isFinite(sum)) return sum / numbers.length;
  return numbers.reduce((total, number) => total + number / numbers.length, 0);
}

function isNewer(left: Candidate, right: Candidate): boolean {
  const difference = timeOf(left.assessment) - timeOf(right.assessment);
  return difference === 0 ? left.canonical > right.canonical : difference > 0;
}

/** Time of a version, epoch milliseconds; 0 where the source gives none. */
function timeOf(assessment: Assessment): number {
  return assessment.lastUpdateTimeMs ?? assessment.createTimeMs ?? 0;
}

function assessmentRow(
  key: TraceKey,
  assessment: Assessment,
  value: TypedValue,
  column: string | null,
  observedAtMs: number,
): StagedAssessmentRow {
  const { createTimeMs } = assessment;
  return {
    source_id: key.sourceId,
    experiment_id: key.experimentId,
    trace_id: key.traceId,
    assessment_id: assessment.assessmentId,
    last_update_time_ms: timeOf(assessment),
    name: assessment.name.toWellFormed(),
    column_name: column,
    kind: assessment.kind,
    level: assessmentLevel(assessment),
    span_id: assessment.spanId,
    source_type: wellFormed(assessment.sourceType),
    source_name: wellFormed(assessment.sourceId),
    run_id: wellFormed(assessment.metadata[assessmentMetadataKeys.sourceRunId] ?? null),
    create_time: createTimeMs === null ? null : microseconds(createTimeMs),
    value_number: value.number,
    value_boolean: value.boolean,
    value_text: wellFormed(value.text),
    value_json: assessment.value === null ? null : writeJson(assessment.value),
    rationale: wellFormed(assessment.rationale),
    error_code: wellFormed(assessment.errorCode),
    error_message: wellFormed(assessment.errorMessage),
    metadata: writeJson(assessment.metadata),
    valid: assessment.valid,
    overrides: assessment.overrides,
    observed_at: microseconds(observedAtMs),
  };
}
