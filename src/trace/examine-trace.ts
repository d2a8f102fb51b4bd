/**
 * Everything that one trace's spans tell, found out once: the texts that tokens are counted of, and the facts that
 * rows are written from. Pure.
 */
import { traceCost } from './cost/reported-cost.js';
import { textsOfTree } from './full-text.js';
import { proseOf } from './prose.js';
import type { TraceTexts } from './raw-form.js';
import { retrievedDocuments } from './spans/documents.js';
import { spanFacts } from './spans/span-facts.js';
import { inheritedModels } from './spans/inherited-models.js';
import type { ExaminedSpans } from './spans/span-rows.js';
import { buildSpanTree } from './spans/span-tree.js';
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

/** Never throws for a strange trace: what cannot be told is null. */
export function examineTrace(info: TraceInfo, reading: SpanReading): ExaminedTrace {
  const tree = buildSpanTree(info, reading.spans);
  const own = tree.nodes.map(({ span }) => spanFacts(span));
  const documents = own.map((one) => (one.kind === 'RETRIEVER' ? retrievedDocuments(one) : null));
  const tokens = traceUsage(info, reading, tree, own);
  const cost = traceCost(info, reading, own, tokens);
  const texts = textsOfTree(tree, own);
  const prose = { request: proseOrNull(texts.request), response: proseOrNull(texts.response) };
  return {
    info,
    reading,
    tree,
    facts: inheritedModels(tree, own, tokens.isOwner),
    documents,
    tokens,
    cost,
    texts,
    prose,
  };
}

function proseOrNull(text: string | null): string | null {
  return text === null ? null : proseOf(text);
}
