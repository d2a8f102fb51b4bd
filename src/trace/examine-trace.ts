/**
 * Everything that one trace's spans tell, found out once: the texts that tokens are counted of, and the facts that
 * rows are written from. Pure.
 */
import { noPrices, type PriceList } from '../prices/price-list.js';
import { reportedCost } from './cost/reported-cost.js';
import { spanCost, type SpanCost } from './cost/span-cost.js';
import { traceCost } from './cost/trace-cost.js';
import { textsOfTree } from './full-text.js';
import { proseOf } from './prose.js';
import type { TraceTexts } from './raw-form.js';
import { retrievedDocuments } from './spans/documents.js';
import { spanFacts, type SpanFacts } from './spans/span-facts.js';
import { inheritedModels } from './spans/inherited-models.js';
import type { ExaminedSpans } from './spans/span-rows.js';
import { startMicros } from './spans/span-times.js';
import { buildSpanTree, type SpanNode } from './spans/span-tree.js';
import { traceUsage } from './tokens/reported-usage.js';
import type { SpanReading, TraceInfo } from './trace.js';

/** A trace and what its spans tell. */
export interface ExaminedTrace extends ExaminedSpans {
  readonly info: TraceInfo;
  readonly reading: SpanReading;
  /** Full request and response. */
  readonly texts: TraceTexts;
  /** What of the texts counts as tokens: without inline data (prose.ts). */
  readonly prose: TraceTexts;
}

/**
 * Never throws for a strange trace: what cannot be told is null.
 * @param prices without any, costs are what was reported
 */
export function examineTrace(info: TraceInfo, reading: SpanReading, prices: PriceList = noPrices): ExaminedTrace {
  const tree = buildSpanTree(info, reading.spans);
  const own = tree.nodes.map(({ span }) => spanFacts(span));
  const documents = own.map((one) => (one.kind === 'RETRIEVER' ? retrievedDocuments(one) : null));
  const tokens = traceUsage(info, reading, tree, own);
  const facts = inheritedModels(tree, own, tokens.isOwner);
  const reported = reportedCost(info, own, tokens);
  const costs = tree.nodes.map((node, index) => costOfNode(node, facts[index], info.startTimeMs, prices));
  const owners = costs.filter((_, index) => tokens.isOwner[index] === true);
  const known = { tokensSource: tokens.source, spanState: reading.spanState, reported };
  const texts = textsOfTree(tree, own);
  const prose = { request: proseOrNull(texts.request), response: proseOrNull(texts.response) };
  return {
    info,
    reading,
    tree,
    facts,
    documents,
    tokens,
    costs,
    reported,
    cost: traceCost(known, owners),
    texts,
    prose,
  };
}

function costOfNode(node: SpanNode, facts: SpanFacts | undefined, traceStartMs: number, prices: PriceList): SpanCost {
  const {
    kind = '',
    model = null,
    provider = null,
    serviceTier = null,
    usage = null,
    cost: reported = null,
  } = facts ?? {};
  const startMs = Number(startMicros(node.span, traceStartMs)) / 1000;
  return spanCost({ kind, model, provider, serviceTier, startMs, usage, reported }, prices);
}

function proseOrNull(text: string | null): string | null {
  return text === null ? null : proseOf(text);
}
