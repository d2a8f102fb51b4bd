/**
 * The assessments of a trace as rows, and the values that they give to metrics. The order in which the source lists
 * them never matters. Pure.
 */
import type { StagedAssessmentRow } from '../../tables/rows.js';
import { assessmentMetadataKeys } from '../wire/mlflow-keys.js';
import type { Assessment } from '../trace.js';
import type { TraceKey } from '../../tables/trace-key.js';
import { microseconds, wellFormed } from '../raw-form.js';
import { writeJson } from '../../json/write-json.js';
import { canonicalAssessment } from '../source-hash.js';
import { typeAssessmentValue } from './assessment-value.js';
import { metricColumnName } from './metric-name.js';
import { judgeFacts } from './judge-facts.js';
import { assessmentTimeMs, type GivenValue } from './metric-values.js';
import { unpackValue, type UnpackedValue } from './unpack-value.js';

/** What an assessment speaks of. */
type AssessmentLevel = 'trace' | 'span' | 'session';

/** Everything that the tables need to know about a trace's assessments. */
export interface AssessedTrace {
  readonly rows: readonly StagedAssessmentRow[];
  /** What valid feedback gives to metric columns. */
  readonly given: readonly GivenValue[];
  /** Valid ones, expectations and issues included. */
  readonly numAssessments: number;
  /** Valid ones that carry an error instead of a value. */
  readonly numErrors: number;
  /** Valid feedback that people gave. */
  readonly numHuman: number;
}

/**
 * @param rootSpanId a verdict on this span is a verdict on the trace: `mlflow.genai.evaluate` hangs its own there; null
 *   where no span is known
 * @param observedAtMs the source's clock when the trace was listed, epoch milliseconds
 */
export function assessTrace(
  key: TraceKey,
  assessments: readonly Assessment[],
  rootSpanId: string | null,
  observedAtMs: number,
): AssessedTrace {
  const rows: StagedAssessmentRow[] = [];
  const given: GivenValue[] = [];
  const counts = { numAssessments: 0, numErrors: 0, numHuman: 0 };
  for (const assessment of inOwnOrder(assessments)) {
    const values = feedsMetrics(assessment) ? unpackValue(assessment.value) : noValues;
    rows.push(assessmentRow(key, assessment, values, observedAtMs));
    if (!assessment.valid) continue;
    counts.numAssessments += 1;
    if (isError(assessment)) counts.numErrors += 1;
    if (assessment.kind === 'feedback' && assessment.sourceType === 'HUMAN') counts.numHuman += 1;
    given.push(...givenBy(assessment, values, rootSpanId));
  }
  return { rows, given, ...counts };
}

const noValues: UnpackedValue = { leaves: [], numLeftOut: 0, leftOut: [] };

/** A scorer that failed gives its metric a column without a value. */
function givenBy(assessment: Assessment, values: UnpackedValue, rootSpanId: string | null): GivenValue[] {
  if (!feedsMetrics(assessment)) return [];
  const { name } = assessment;
  const spanId = assessment.spanId === rootSpanId ? null : assessment.spanId;
  if (values.leaves.length === 0) {
    return isError(assessment) ? [{ rawName: name, value: null, spanId, assessment }] : [];
  }
  return values.leaves.map(({ path, value }) => ({ rawName: [name, ...path].join('.'), value, spanId, assessment }));
}

/** By id and time of the version, then by content. */
function inOwnOrder(assessments: readonly Assessment[]): Assessment[] {
  return [...assessments].sort((one, other) => {
    if (one.assessmentId !== other.assessmentId) return one.assessmentId < other.assessmentId ? -1 : 1;
    return (
      assessmentTimeMs(one) - assessmentTimeMs(other) ||
      (canonicalAssessment(one) < canonicalAssessment(other) ? -1 : 1)
    );
  });
}

function isError(assessment: Assessment): boolean {
  return assessment.errorCode !== null || assessment.errorMessage !== null;
}

/** `session` where the assessment speaks of a whole conversation: it hangs on one trace but is not about it. */
function assessmentLevel(assessment: Assessment): AssessmentLevel {
  const { metadata } = assessment;
  const isOfSession =
    Object.hasOwn(metadata, assessmentMetadataKeys.session) ||
    Object.hasOwn(metadata, assessmentMetadataKeys.onlineScoringSessionId);
  if (isOfSession) return 'session';
  return assessment.spanId === null ? 'trace' : 'span';
}

/** Expectations and issues are no scores, and a verdict on a conversation is none on one of its traces. */
function feedsMetrics(assessment: Assessment): boolean {
  return assessment.kind === 'feedback' && assessmentLevel(assessment) !== 'session';
}

function assessmentRow(
  key: TraceKey,
  assessment: Assessment,
  values: UnpackedValue,
  observedAtMs: number,
): StagedAssessmentRow {
  const { createTimeMs } = assessment;
  const value = typeAssessmentValue(assessment.value);
  return Object.assign(judgeFacts(assessment.metadata), {
    source_id: key.sourceId,
    experiment_id: key.experimentId,
    trace_id: key.traceId,
    assessment_id: assessment.assessmentId,
    last_update_time_ms: assessmentTimeMs(assessment),
    name: assessment.name.toWellFormed(),
    column_name: values.leaves.some(({ path }) => path.length === 0) ? metricColumnName(assessment.name) : null,
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
    num_values_left_out: values.numLeftOut === 0 ? null : values.numLeftOut,
    values_left_out: values.numLeftOut === 0 ? null : writeJson([...values.leftOut]),
    rationale: wellFormed(assessment.rationale),
    error_code: wellFormed(assessment.errorCode),
    error_message: wellFormed(assessment.errorMessage),
    error_stack: wellFormed(assessment.errorStack),
    metadata: writeJson(assessment.metadata),
    valid: assessment.valid,
    overrides: assessment.overrides,
    observed_at: microseconds(observedAtMs),
  });
}
