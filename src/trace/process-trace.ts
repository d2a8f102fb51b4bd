/** From a normalised trace to the rows of every table. Pure: the same trace and options always give the same rows. */
import { assessTrace, type AssessedTrace } from './metrics/assessment-rows.js';
import { configuredMetrics } from './metrics/configured-metrics.js';
import { metricsOf } from './metrics/metric-values.js';
import type { DynamicValues, LandedTraceRows, StagedGoldRow } from '../tables/rows.js';
import type { ExaminedTrace } from './examine-trace.js';
import * as facts from './gold-facts.js';
import { metadataKeys } from './wire/mlflow-keys.js';
import type { TraceInfo } from './trace.js';
import type { TraceKey, TraceScope } from '../tables/trace-key.js';
import { processVersion, type ProcessingOptions } from './processing-options.js';
import { microseconds, rawRow, wellFormed } from './raw-form.js';
import { isModelCall } from './spans/span-kinds.js';
import { documentRows, spanRows } from './spans/span-rows.js';
import { coveredMs } from './spans/span-times.js';

export { examineTrace, type ExaminedTrace } from './examine-trace.js';
export { processVersion, type Dimension, type ProcessingOptions } from './processing-options.js';

/** Tokens of the full texts in the configured encoding; null where the text is null. */
export interface TextTokenCounts {
  readonly request: number | null;
  readonly response: number | null;
}

export interface CountedTrace {
  readonly scope: TraceScope;
  readonly examined: ExaminedTrace;
  /** Of this version of the info, as `sourceHash` of source-hash.ts tells it. */
  readonly sourceHash: string;
  /** The source's clock when this version of the info was listed, epoch milliseconds. */
  readonly observedAtMs: number;
  readonly tokenCounts: TextTokenCounts;
  readonly options: ProcessingOptions;
}

/** Rows of one trace. Never throws for a strange trace: what cannot be told is NULL. */
export function buildTraceRows(trace: CountedTrace): LandedTraceRows {
  const { scope, examined, sourceHash, observedAtMs, options } = trace;
  const { info, reading, texts } = examined;
  const key: TraceKey = { ...scope, traceId: info.traceId };
  const rootSpanId = examined.tree.root?.span.spanId ?? null;
  const assessed = assessTrace(key, info.assessments, rootSpanId, observedAtMs);
  const metrics = metricsOf([...assessed.given, ...configuredMetrics(examined, options)]);
  const observedAt = microseconds(observedAtMs);
  return {
    kind: 'landed',
    raw: rawRow(scope, info, reading, texts, observedAtMs, sourceHash),
    gold: goldRow(trace, assessed),
    dynamic: withDimensions(metrics.dynamic, info, options),
    spans: spanRows(key, examined, info.startTimeMs, observedAt),
    documents: documentRows(key, examined, observedAt),
    assessments: assessed.rows,
    metrics: metrics.names,
  };
}

/** By `Object.assign`: a literal that spreads into so many members takes 45 microseconds, half of all work on a trace. */
function goldRow(trace: CountedTrace, assessed: AssessedTrace): StagedGoldRow {
  const { examined, options } = trace;
  const { info, reading, texts } = examined;
  const parts = Object.assign(identity(trace), times(info), origins(examined));
  return Object.assign(parts, spanSummary(examined), counts(trace, assessed), {
    status: info.state,
    request_hash: facts.textHash(texts.request),
    source_hash: trace.sourceHash,
    span_state: reading.spanState,
    observed_at: microseconds(trace.observedAtMs),
    process_version: processVersion(options),
  });
}

function origins({ info, tree, kinds }: ExaminedTrace) {
  return {
    error_type: facts.errorType(tree),
    model_id: facts.metadataText(info, metadataKeys.modelId),
    models: facts.modelNames(tree, kinds),
    run_id: facts.metadataText(info, metadataKeys.sourceRun),
    git_commit: facts.metadataText(info, metadataKeys.gitCommit),
    prompt_versions: facts.promptVersions(info, tree),
    step_path: facts.stepPath(tree),
  };
}

function counts({ tokenCounts, examined }: CountedTrace, assessed: AssessedTrace) {
  const { tokens, cost } = examined;
  return {
    token_count_request: tokenCounts.request,
    token_count_response: tokenCounts.response,
    embedding_tokens: tokens.usage.embeddingTokens,
    input_tokens: tokens.usage.inputTokens,
    output_tokens: tokens.usage.outputTokens,
    cached_input_tokens: tokens.usage.cachedInputTokens,
    total_tokens: tokens.usage.totalTokens,
    tokens_disagree: tokens.disagree,
    tokens_source: tokens.source,
    cost_usd: cost.costUsd,
    input_cost_usd: cost.inputCostUsd,
    output_cost_usd: cost.outputCostUsd,
    cost_source: cost.source,
    cost_missing_reason: cost.missingReason,
    num_assessments: assessed.numAssessments,
    num_human_assessments: assessed.numHuman,
    num_assessment_errors: assessed.numErrors,
  };
}

function identity({ scope, examined, options }: CountedTrace) {
  const { info, tree } = examined;
  return {
    source_id: scope.sourceId,
    experiment_id: scope.experimentId,
    trace_id: info.traceId,
    request_id: info.traceId,
    client_request_id: wellFormed(info.clientRequestId),
    trace_name: facts.traceName(info, tree),
    trace_origin: facts.traceOrigin(info),
    session_id: facts.sessionId(info, tree),
    user_id: facts.userId(info, tree, options),
  };
}

/** A negative duration is none. */
function times({ startTimeMs, executionTimeMs }: TraceInfo) {
  const durationMs = executionTimeMs !== null && executionTimeMs >= 0 ? executionTimeMs : null;
  const endMs = durationMs === null ? null : startTimeMs + durationMs;
  return {
    start_time: microseconds(startTimeMs),
    // 8.64e15 ms is the last time that JavaScript and the 64-bit microseconds of the tables both hold.
    end_time: endMs === null || endMs > 8.64e15 ? null : microseconds(endMs),
    start_time_ms: startTimeMs,
    execution_time_ms: durationMs,
  };
}

const noSpanFacts = {
  num_llm_spans: null,
  num_tool_spans: null,
  num_retriever_spans: null,
  num_error_spans: null,
  num_retrieved_documents: null,
  llm_time_ms: null,
  tool_time_ms: null,
  retriever_time_ms: null,
};

/** Without any span only their number is known, if they were asked for. */
function spanSummary({ reading, tree, kinds, documents }: ExaminedTrace) {
  if (tree.nodes.length === 0) return { num_spans: reading.spanState === 'unknown' ? null : 0, ...noSpanFacts };
  const ofKind = (matches: (kind: string) => boolean) => tree.nodes.filter((_, index) => matches(kinds[index] ?? ''));
  const llm = ofKind(isModelCall);
  const tools = ofKind((kind) => kind === 'TOOL');
  const retrievers = ofKind((kind) => kind === 'RETRIEVER');
  return {
    num_spans: tree.nodes.length,
    num_llm_spans: llm.length,
    num_tool_spans: tools.length,
    num_retriever_spans: retrievers.length,
    num_error_spans: tree.nodes.filter(({ span }) => span.status === 'ERROR').length,
    num_retrieved_documents: numDocuments(kinds, documents),
    llm_time_ms: coveredMs(llm),
    tool_time_ms: coveredMs(tools),
    retriever_time_ms: coveredMs(retrievers),
  };
}

/** Null where the outputs of any retriever hold no list: how many documents it returned is unknown. */
function numDocuments(kinds: readonly string[], documents: ExaminedTrace['documents']): number | null {
  let sum = 0;
  for (const [index, list] of documents.entries()) {
    if (list !== null) sum += list.length;
    else if (kinds[index] === 'RETRIEVER') return null;
  }
  return sum;
}

function withDimensions(metrics: DynamicValues, info: TraceInfo, options: ProcessingOptions): DynamicValues {
  if (options.dimensions.length === 0) return metrics;
  const texts: Record<string, string> = { ...metrics.texts };
  for (const { name, from, key } of options.dimensions) {
    const map = from === 'tag' ? info.tags : info.metadata;
    const value = Object.hasOwn(map, key) ? map[key] : undefined;
    if (value !== undefined && value !== '') texts[`dim_${name}`] = value.toWellFormed();
  }
  return { numbers: metrics.numbers, texts };
}
