/** From a normalised trace to the rows of every table. Pure: the same trace and options always give the same rows. */
import { estimatedCost } from './cost/estimated-cost.js';
import { assessTrace, type AssessedTrace } from './metrics/assessment-rows.js';
import { configuredMetrics, type ConfiguredValues } from './metrics/configured-metrics.js';
import { metricsOf } from './metrics/metric-values.js';
import type { AttachmentRow, DynamicValues, LandedTraceRows, StagedGoldRow } from '../tables/rows.js';
import type { ExaminedTrace } from './examine-trace.js';
import { writeJson } from '../json/write-json.js';
import * as facts from './gold-facts.js';
import { metadataKeys } from './wire/mlflow-keys.js';
import type { ExperimentScope, TraceInfo } from './trace.js';
import type { TraceKey } from '../tables/trace-key.js';
import { processVersion, type ProcessingOptions } from './processing-options.js';
import { normalizedText } from './normalized-text.js';
import { microseconds, rawRow, wellFormed } from './raw-form.js';
import { attachmentRows } from './spans/attachments.js';
import { isModelCall } from './spans/span-kinds.js';
import { documentRows, spanRows } from './spans/span-rows.js';
import { coveredMs } from './spans/span-times.js';

/** Tokens of the full texts in the configured encoding; null where the text is null. */
interface TextTokenCounts {
  readonly request: number | null;
  readonly response: number | null;
}

export interface CountedTrace {
  readonly scope: ExperimentScope;
  readonly examined: ExaminedTrace;
  /** Of this version of the info, as `sourceHash` of source-hash.ts tells it. */
  readonly sourceHash: string;
  /** The source's clock when this version of the info was listed, epoch milliseconds. */
  readonly observedAtMs: number;
  /** The same of the version that the spans were read for, which is older where only the info changed since. */
  readonly spansObservedAtMs: number;
  readonly tokenCounts: TextTokenCounts;
  readonly options: ProcessingOptions;
}

/** Rows of one trace. Never throws for a strange trace: what cannot be told is NULL. */
export function buildTraceRows(trace: CountedTrace): LandedTraceRows {
  const { scope, examined, sourceHash, observedAtMs, spansObservedAtMs, options } = trace;
  const { info, reading, texts } = examined;
  const key: TraceKey = { sourceId: scope.sourceId, experimentId: scope.experimentId, traceId: info.traceId };
  const rootSpanId = examined.tree.root?.span.spanId ?? null;
  const assessed = assessTrace(key, info.assessments, rootSpanId, observedAtMs);
  const configured = configuredMetrics(examined, options);
  const metrics = metricsOf([...assessed.given, ...configured.given], (person) => facts.personId(person, options));
  const spansObservedAt = microseconds(spansObservedAtMs);
  const version = { observedAtMs, spansObservedAtMs, sourceHash };
  const raw = rawRow(scope, info, reading, texts, version);
  const attachments = attachmentRows(key, reading.spans, raw.spans, spansObservedAt);
  return {
    kind: 'landed',
    raw,
    gold: goldRow(trace, assessed, {
      feedback_values: metrics.values,
      num_attachments: raw.spans === null ? null : numFiles(attachments),
      ...leftOutOf(configured),
    }),
    dynamic: withDimensions(metrics.dynamic, info, options),
    spans: spanRows(key, examined, info.startTimeMs, spansObservedAt, options.prices.version),
    documents: documentRows(key, examined, spansObservedAt),
    attachments,
    assessments: assessed.rows,
    metrics: metrics.names,
  };
}

/** Columns that come with the rows of other tables. */
type FoundColumn = 'feedback_values' | 'num_attachments' | 'num_values_left_out' | 'values_left_out';

function leftOutOf({ numLeftOut, leftOut }: ConfiguredValues) {
  return {
    num_values_left_out: numLeftOut === 0 ? null : numLeftOut,
    values_left_out: numLeftOut === 0 ? null : writeJson([...leftOut]),
  };
}

/** By `Object.assign`: a literal that spreads into so many members takes 45 microseconds, half of all work on a trace. */
function goldRow(trace: CountedTrace, assessed: AssessedTrace, found: Pick<StagedGoldRow, FoundColumn>): StagedGoldRow {
  const { examined, options } = trace;
  const { info, reading, texts } = examined;
  const parts = Object.assign(identity(trace), times(info), origins(examined));
  return Object.assign(parts, spanSummary(examined), Object.assign(counts(trace, assessed), costs(trace), found), {
    status: info.state,
    request_hash: facts.textHash(texts.request),
    request_hash_normalized: facts.textHash(normalizedText(texts.request)),
    finish_reason: facts.ofLastCall(examined.tree, examined.facts, 'finishReason'),
    time_to_first_token_ms: facts.ofLastCall(examined.tree, examined.facts, 'timeToFirstTokenMs'),
    source_hash: trace.sourceHash,
    span_state: reading.spanState,
    observed_at: microseconds(trace.observedAtMs),
    process_version: processVersion(options),
    spans_observed_at: microseconds(trace.spansObservedAtMs),
  });
}

function numFiles(attachments: readonly AttachmentRow[]): number {
  return new Set(attachments.map((row) => row.attachment_id)).size;
}

function origins({ info, tree, facts: spans }: ExaminedTrace) {
  return {
    error_type: facts.errorType(tree),
    model_id: facts.metadataText(info, metadataKeys.modelId),
    models: facts.modelNames(spans),
    run_id: facts.metadataText(info, metadataKeys.sourceRun),
    git_commit: facts.metadataText(info, metadataKeys.gitCommit),
    git_branch: facts.metadataText(info, metadataKeys.gitBranch),
    git_repo_url: facts.metadataText(info, metadataKeys.gitRepoUrl),
    prompt_versions: facts.promptVersions(info, tree),
    step_path: facts.stepPath(tree),
  };
}

function costs({ examined, tokenCounts, options }: CountedTrace) {
  const { cost, reported, tokens, info } = examined;
  const model = facts.onlyModel(examined.facts);
  const isUnreported = tokens.source === null && cost.costUsd === null;
  return {
    cost_usd: cost.costUsd,
    input_cost_usd: cost.inputCostUsd,
    output_cost_usd: cost.outputCostUsd,
    cache_cost_usd: cost.cacheCostUsd,
    cost_source: cost.source,
    cost_missing_reason: cost.missingReason,
    price_id: cost.priceId,
    price_match: cost.priceMatch,
    price_book_version: options.prices.version,
    cost_reported_usd: reported?.totalUsd ?? null,
    input_cost_reported_usd: reported?.inputUsd ?? null,
    output_cost_reported_usd: reported?.outputUsd ?? null,
    cost_estimated_usd: isUnreported
      ? estimatedCost({ model, startMs: info.startTimeMs, ...tokenCounts }, options.prices)
      : null,
  };
}

function counts({ tokenCounts, examined }: CountedTrace, assessed: AssessedTrace) {
  const { tokens } = examined;
  return {
    token_count_request: tokenCounts.request,
    token_count_response: tokenCounts.response,
    embedding_tokens: tokens.usage.embeddingTokens,
    cache_write_5m_tokens: tokens.usage.cacheWrite5mTokens,
    cache_write_1h_tokens: tokens.usage.cacheWrite1hTokens,
    reasoning_tokens: tokens.usage.reasoningTokens,
    audio_input_tokens: tokens.usage.audioInputTokens,
    audio_output_tokens: tokens.usage.audioOutputTokens,
    cache_added_to_input: tokens.source === null ? null : tokens.usage.isCacheAdded,
    input_tokens: tokens.usage.inputTokens,
    output_tokens: tokens.usage.outputTokens,
    cached_input_tokens: tokens.usage.cachedInputTokens,
    total_tokens: tokens.usage.totalTokens,
    tokens_disagree: tokens.disagree,
    tokens_source: tokens.source,
    num_assessments: assessed.numAssessments,
    num_human_assessments: assessed.numHuman,
    num_assessment_errors: assessed.numErrors,
  };
}

function identity({ scope, examined, options }: CountedTrace) {
  const { info, tree, facts: spans } = examined;
  return {
    source_id: scope.sourceId,
    experiment_id: scope.experimentId,
    trace_id: info.traceId,
    experiment_name: wellFormed(scope.experimentName),
    request_id: info.traceId,
    client_request_id: wellFormed(info.clientRequestId),
    trace_name: facts.traceName(info, tree),
    trace_origin: facts.traceOrigin(info),
    session_id: facts.sessionId(info, tree, spans),
    user_id: facts.userId(info, tree, spans, options),
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
  num_model_calls: null,
  num_tool_spans: null,
  num_retriever_spans: null,
  num_error_spans: null,
  num_retrieved_documents: null,
  llm_time_ms: null,
  tool_time_ms: null,
  retriever_time_ms: null,
};

/** Without any span only their number is known, if they were asked for. */
function spanSummary({ reading, tree, facts: spans, documents }: ExaminedTrace) {
  if (tree.nodes.length === 0) return { num_spans: reading.spanState === 'unknown' ? null : 0, ...noSpanFacts };
  const ofKind = (matches: (kind: string) => boolean) =>
    tree.nodes.filter((_, index) => matches(spans[index]?.kind ?? ''));
  const llm = ofKind(isModelCall);
  const tools = ofKind((kind) => kind === 'TOOL');
  const retrievers = ofKind((kind) => kind === 'RETRIEVER');
  return {
    num_spans: tree.nodes.length,
    num_llm_spans: llm.length,
    num_model_calls: numModelCalls(tree, spans),
    num_tool_spans: tools.length,
    num_retriever_spans: retrievers.length,
    num_error_spans: tree.nodes.filter(({ span }) => span.status === 'ERROR').length,
    num_retrieved_documents: numDocuments(spans, documents),
    llm_time_ms: coveredMs(llm),
    tool_time_ms: coveredMs(tools),
    retriever_time_ms: coveredMs(retrievers),
  };
}

/** A model call with another one inside is a wrapper around it, and no call of its own. */
function numModelCalls({ nodes }: ExaminedTrace['tree'], spans: ExaminedTrace['facts']): number {
  const hasCall = new Array<boolean>(nodes.length).fill(false);
  let calls = 0;
  for (let index = nodes.length - 1; index >= 0; index--) {
    const isCall = isModelCall(spans[index]?.kind ?? '');
    if (isCall && hasCall[index] !== true) calls++;
    const parent = nodes[index]?.parent ?? -1;
    if (parent >= 0 && (isCall || hasCall[index] === true)) hasCall[parent] = true;
  }
  return calls;
}

/** Null where the outputs of any retriever hold no list: how many documents it returned is unknown. */
function numDocuments(spans: ExaminedTrace['facts'], documents: ExaminedTrace['documents']): number | null {
  let sum = 0;
  for (const [index, list] of documents.entries()) {
    if (list !== null) sum += list.length;
    else if (spans[index]?.kind === 'RETRIEVER') return null;
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
