/** Rows of the spans and documents tables. Pure. */
import type { DocumentRow, SpanRow } from '../../tables/rows.js';
import type { Cost } from '../cost/cost.js';
import { noSpanCost, type SpanCost } from '../cost/span-cost.js';
import type { TraceCost } from '../cost/trace-cost.js';
import type { TraceUsage } from '../tokens/reported-usage.js';
import { noUsage } from '../tokens/token-usage.js';
import type { RetrievedDocument } from './documents.js';
import type { TraceKey } from '../../tables/trace-key.js';
import { wellFormed } from '../raw-form.js';
import { linksToRaw } from '../raw-json.js';
import { writeJson } from '../../json/write-json.js';
import { hasReasoning } from './reasoning.js';
import { spanErrorType, spanFacts, type SpanFacts } from './span-facts.js';
import { selfMs, startMicros } from './span-times.js';
import type { SpanNode, SpanTree } from './span-tree.js';

/** A trace with all that was found out about its spans; lists are parallel to `tree.nodes`. */
export interface ExaminedSpans {
  readonly tree: SpanTree;
  readonly facts: readonly SpanFacts[];
  /** Null for spans that are no retrievers, and where the outputs hold no documents list. */
  readonly documents: readonly (readonly RetrievedDocument[] | null)[];
  readonly tokens: TraceUsage;
  readonly costs: readonly SpanCost[];
  /** What MLflow reported for the tokens that are counted. */
  readonly reported: Cost | null;
  readonly cost: TraceCost;
}

/** @param traceStartMs stands in where a span's own start is no time that databases hold */
export function spanRows(
  key: TraceKey,
  examined: ExaminedSpans,
  traceStartMs: number,
  spansObservedAt: number | bigint,
  priceBookVersion: string,
): SpanRow[] {
  const { tree, facts, documents, tokens, costs } = examined;
  return tree.nodes.map((node, index): SpanRow => {
    const own = facts[index] ?? spanFacts(node.span);
    return Object.assign(
      spanPlace(key, tree, node, traceStartMs),
      tokensOf(own),
      costOf(own, costs[index] ?? noSpanCost, priceBookVersion),
      {
        kind: own.kind,
        model: wellFormed(own.model),
        provider: wellFormed(own.provider),
        is_token_owner: tokens.isOwner[index] === true,
        tool_name: wellFormed(own.toolName),
        agent_name: wellFormed(own.agentName),
        num_documents: documents[index]?.length ?? null,
        has_reasoning: hasReasoning(own),
        finish_reason: own.finishReason,
        time_to_first_token_ms: own.timeToFirstTokenMs,
        temperature: own.temperature,
        max_tokens: own.maxTokens,
        spans_observed_at: spansObservedAt,
      },
    );
  });
}

function spanPlace(key: TraceKey, tree: SpanTree, node: SpanNode, traceStartMs: number) {
  const { span } = node;
  return {
    source_id: key.sourceId,
    experiment_id: key.experimentId,
    trace_id: key.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    name: span.name.toWellFormed(),
    status: span.status,
    error_type: wellFormed(spanErrorType(span)),
    start_time: startMicros(span, traceStartMs),
    duration_ms: node.durationMs,
    self_ms: selfMs(tree, node),
    depth: node.depth,
    otel_kind: span.otelKind,
    scope_name: wellFormed(span.scope?.name ?? null),
    scope_version: wellFormed(span.scope?.version ?? null),
    links: span.links.length === 0 ? null : writeJson(linksToRaw(span.links)),
  };
}

function tokensOf(own: SpanFacts) {
  const usage = own.usage ?? noUsage;
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    total_tokens: usage.totalTokens,
    embedding_tokens: usage.embeddingTokens,
    cache_write_5m_tokens: usage.cacheWrite5mTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    reasoning_tokens: usage.reasoningTokens,
    audio_input_tokens: usage.audioInputTokens,
    audio_output_tokens: usage.audioOutputTokens,
    cache_added_to_input: own.usage?.isCacheAdded ?? null,
  };
}

const noReport: Cost | Record<keyof Cost, null> = { totalUsd: null, inputUsd: null, outputUsd: null };

/** The version of the price book stands where something could be priced. */
function costOf(own: SpanFacts, cost: SpanCost, priceBookVersion: string) {
  const reported = own.cost ?? noReport;
  return {
    service_tier: own.serviceTier,
    cost_usd: cost.costUsd,
    input_cost_usd: cost.inputCostUsd,
    output_cost_usd: cost.outputCostUsd,
    cache_cost_usd: cost.cacheCostUsd,
    cost_source: cost.source,
    cost_missing_reason: cost.missingReason,
    price_id: cost.priceId,
    price_match: cost.priceMatch,
    price_book_version: own.usage === null ? null : priceBookVersion,
    cost_reported_usd: reported.totalUsd,
    input_cost_reported_usd: reported.inputUsd,
    output_cost_reported_usd: reported.outputUsd,
  };
}

export function documentRows(key: TraceKey, examined: ExaminedSpans, spansObservedAt: number | bigint): DocumentRow[] {
  return examined.tree.nodes.flatMap(({ span }, index) =>
    (examined.documents[index] ?? []).map((document, position): DocumentRow => ({
      source_id: key.sourceId,
      experiment_id: key.experimentId,
      trace_id: key.traceId,
      span_id: span.spanId,
      rank: position + 1,
      document_id: document.id,
      document_uri: document.uri,
      score: document.score,
      length_chars: document.lengthChars,
      spans_observed_at: spansObservedAt,
    })),
  );
}
