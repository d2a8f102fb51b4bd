/** Builds staged traces for tests: complete rows, with every field to be set on purpose open to override. */
import type {
  AttachmentRow,
  DocumentRow,
  DynamicValues,
  LandedTraceRows,
  RawTraceRow,
  SpanRow,
  StagedAssessmentRow,
  StagedGoldRow,
  StagedTrace,
} from '../../src/tables/rows.js';
import { attachmentRows, metricRow } from './staged-children.js';
import type { SpanState } from '../../src/tables/trace-key.js';
import { unpricedSpan, unpricedTrace } from './unpriced.js';

/** What a test says about a trace; everything else is filled in. */
export interface TraceSketch {
  readonly sourceId?: string;
  readonly experimentId?: string;
  readonly traceId?: string;
  readonly startTimeMs?: number;
  readonly executionTimeMs?: number | null;
  /** Epoch milliseconds. Default: 2026-01-02T00:00:00Z. */
  readonly observedAtMs?: number;
  /** When the spans were read. Default: `observedAtMs`. */
  readonly spansObservedAtMs?: number;
  readonly sourceHash?: string;
  readonly processVersion?: string;
  readonly spanState?: SpanState;
  /** Number of spans, or the spans. Default: 2 when the state is complete or partial, else none. */
  readonly spans?: number | readonly Partial<SpanRow>[];
  readonly documents?: readonly Partial<DocumentRow>[];
  readonly attachments?: readonly Partial<AttachmentRow>[];
  readonly assessments?: readonly Partial<StagedAssessmentRow>[];
  readonly numbers?: DynamicValues['numbers'];
  readonly texts?: DynamicValues['texts'];
  readonly raw?: Partial<RawTraceRow>;
  readonly gold?: Partial<StagedGoldRow>;
}

export const defaultStartMs = Date.UTC(2026, 0, 1);
export const defaultObservedAtMs = Date.UTC(2026, 0, 2);

/** Epoch microseconds of epoch milliseconds, exact. */
export function micros(ms: number): number | bigint {
  const exact = BigInt(ms) * 1000n;
  return exact <= BigInt(Number.MAX_SAFE_INTEGER) && exact >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(exact) : exact;
}

interface Settled extends TraceSketch {
  readonly key: { source_id: string; experiment_id: string; trace_id: string };
  readonly startMs: number;
  readonly observed_at: number | bigint;
  readonly spans_observed_at: number | bigint;
  readonly state: SpanState;
}

/** A landed trace. */
export function landedTrace(sketch: TraceSketch = {}): LandedTraceRows {
  const settled = settle(sketch);
  const hasSpans = settled.state === 'complete' || settled.state === 'partial';
  const wanted = sketch.spans ?? (hasSpans ? 2 : 0);
  const sketches = typeof wanted === 'number' ? Array.from({ length: wanted }, () => ({})) : wanted;
  const spans = sketches.map((span, index) => spanRow(settled, index, span));
  const assessments = (sketch.assessments ?? []).map((assessment, index) => assessmentRow(settled, index, assessment));
  return {
    kind: 'landed',
    raw: { ...rawRow(settled, hasSpans ? spans.length : null), ...sketch.raw },
    gold: { ...goldRow(settled, hasSpans ? spans.length : null), ...sketch.gold },
    dynamic: { numbers: sketch.numbers ?? {}, texts: sketch.texts ?? {} },
    spans,
    documents: (sketch.documents ?? []).map((document, index) => documentRow(settled, index, document)),
    attachments: attachmentRows(settled.key, settled.spans_observed_at, sketch.attachments),
    assessments,
    metrics: assessments.flatMap((row) => metricRow(row)),
  };
}

function settle(sketch: TraceSketch): Settled {
  const { sourceId = 'mlflow', experimentId = '1', traceId = 'tr-1', startTimeMs = defaultStartMs } = sketch;
  return {
    ...sketch,
    key: { source_id: sourceId, experiment_id: experimentId, trace_id: traceId },
    startMs: startTimeMs,
    observed_at: micros(sketch.observedAtMs ?? defaultObservedAtMs),
    spans_observed_at: micros(sketch.spansObservedAtMs ?? sketch.observedAtMs ?? defaultObservedAtMs),
    state: sketch.spanState ?? 'complete',
  };
}

/** A trace that could not be landed. */
export function deadLetter(sketch: TraceSketch & { stage?: string; errorCode?: string } = {}): StagedTrace {
  return {
    kind: 'dead-letter',
    deadLetter: {
      source_id: sketch.sourceId ?? 'mlflow',
      experiment_id: sketch.experimentId ?? '1',
      trace_id: sketch.traceId ?? 'tr-1',
      source_hash: sketch.sourceHash ?? 'hash-1',
      start_time_ms: sketch.startTimeMs ?? defaultStartMs,
      stage: sketch.stage ?? 'fetch',
      error_code: sketch.errorCode ?? 'SpansUnreadable',
      message: 'The spans cannot be read.',
      observed_at: micros(sketch.observedAtMs ?? defaultObservedAtMs),
    },
  };
}

const landing = ({ sourceHash, state, observed_at, spans_observed_at }: Settled) => ({
  source_hash: sourceHash ?? 'hash-1',
  span_state: state,
  observed_at,
  spans_observed_at,
});

function rawRow(settled: Settled, numSpans: number | null): RawTraceRow {
  const { key, startMs, executionTimeMs = 1500 } = settled;
  return {
    ...key,
    experiment_name: null,
    request_id: key.trace_id,
    client_request_id: null,
    start_time: micros(startMs),
    start_time_ms: startMs,
    execution_time_ms: executionTimeMs,
    status: 'OK',
    request: numSpans === null ? null : '{"question":"Where is my parcel?"}',
    response: numSpans === null ? null : '"It is on its way."',
    request_preview: '{"question":"Where is my pa',
    response_preview: '"It is on',
    tags: '{}',
    trace_metadata: '{}',
    assessments: '[]',
    spans: numSpans === null ? null : '[]',
    num_spans: numSpans,
    ...landing(settled),
  };
}

function goldRow(settled: Settled, numSpans: number | null): StagedGoldRow {
  const { key, startMs, executionTimeMs = 1500 } = settled;
  const read = <T>(value: T): T | null => (numSpans === null ? null : value);
  return {
    ...key,
    experiment_name: null,
    request_id: key.trace_id,
    client_request_id: null,
    trace_name: 'answer',
    trace_origin: 'app',
    session_id: null,
    user_id: null,
    status: 'OK',
    error_type: null,
    start_time: micros(startMs),
    end_time: executionTimeMs === null ? null : micros(startMs + executionTimeMs),
    start_time_ms: startMs,
    execution_time_ms: executionTimeMs,
    model_id: null,
    models: read('["gpt-4o"]'),
    run_id: null,
    git_commit: null,
    git_branch: null,
    git_repo_url: null,
    prompt_versions: null,
    step_path: read('retrieve > answer'),
    request_hash: read('0'.repeat(64)),
    request_hash_normalized: read('1'.repeat(64)),
    num_attachments: read(0),
    finish_reason: read('stop'),
    time_to_first_token_ms: null,
    num_spans: numSpans,
    num_llm_spans: read(1),
    num_model_calls: read(1),
    num_tool_spans: read(0),
    num_retriever_spans: read(1),
    num_error_spans: read(0),
    num_retrieved_documents: read(0),
    llm_time_ms: read(900.5),
    tool_time_ms: read(0),
    retriever_time_ms: read(200.25),
    token_count_request: read(9),
    token_count_response: read(7),
    input_tokens: read(120),
    output_tokens: read(30),
    cached_input_tokens: null,
    total_tokens: read(150),
    embedding_tokens: null,
    ...{ cache_write_5m_tokens: null, cache_write_1h_tokens: null },
    reasoning_tokens: null,
    ...{ audio_input_tokens: null, audio_output_tokens: null },
    cache_added_to_input: read(false),
    tokens_disagree: read(false),
    tokens_source: read('spans'),
    cost_usd: read(0.0015),
    input_cost_usd: read(0.0005),
    output_cost_usd: read(0.001),
    cost_source: read('reported'),
    cost_missing_reason: numSpans === null ? 'spans_not_read' : null,
    ...unpricedTrace,
    num_assessments: settled.assessments?.length ?? 0,
    num_human_assessments: 0,
    num_assessment_errors: 0,
    feedback_values: null,
    num_values_left_out: null,
    values_left_out: null,
    ...landing(settled),
    process_version: settled.processVersion ?? 'p1',
  };
}

function spanRow({ key, startMs, spans_observed_at }: Settled, index: number, override: Partial<SpanRow>): SpanRow {
  return {
    ...key,
    span_id: index.toString(16).padStart(16, '0'),
    parent_span_id: index === 0 ? null : '0'.repeat(16),
    name: `step ${index}`,
    kind: index === 0 ? 'CHAIN' : 'LLM',
    status: 'OK',
    error_type: null,
    start_time: micros(startMs + index),
    duration_ms: 10.5,
    self_ms: 1.25,
    depth: index === 0 ? 0 : 1,
    model: null,
    provider: null,
    input_tokens: null,
    output_tokens: null,
    cached_input_tokens: null,
    total_tokens: null,
    embedding_tokens: null,
    ...{ cache_write_5m_tokens: null, cache_write_1h_tokens: null },
    reasoning_tokens: null,
    ...{ audio_input_tokens: null, audio_output_tokens: null },
    cache_added_to_input: null,
    is_token_owner: index > 0,
    ...unpricedSpan,
    tool_name: null,
    agent_name: null,
    num_documents: null,
    has_reasoning: null,
    finish_reason: null,
    time_to_first_token_ms: null,
    temperature: null,
    max_tokens: null,
    ...{ otel_kind: null, scope_name: null, scope_version: null, links: null },
    spans_observed_at,
    ...override,
  };
}

function documentRow({ key, spans_observed_at }: Settled, index: number, override: Partial<DocumentRow>): DocumentRow {
  return {
    ...key,
    span_id: '0'.repeat(15) + '1',
    rank: index + 1,
    document_id: `doc-${index + 1}`,
    document_uri: null,
    score: 0.5,
    length_chars: 100,
    spans_observed_at,
    ...override,
  };
}

function assessmentRow(
  { key, observed_at }: Settled,
  index: number,
  override: Partial<StagedAssessmentRow>,
): StagedAssessmentRow {
  return {
    ...key,
    assessment_id: `a-${index + 1}`,
    last_update_time_ms: defaultStartMs + 1000,
    name: 'helpfulness',
    column_name: 'metric_helpfulness',
    kind: 'feedback',
    level: 'trace',
    span_id: null,
    source_type: 'LLM_JUDGE',
    source_name: 'judge',
    run_id: null,
    create_time: micros(defaultStartMs + 1000),
    value_number: 1,
    value_boolean: null,
    value_text: null,
    value_json: '1',
    num_values_left_out: null,
    values_left_out: null,
    rationale: 'Clear.',
    ...{ error_code: null, error_message: null, error_stack: null, scorer_name: null, scorer_version: null },
    ...{ judge_input_tokens: null, judge_output_tokens: null, judge_cost_usd: null },
    metadata: '{}',
    valid: true,
    overrides: null,
    observed_at,
    ...override,
  };
}
