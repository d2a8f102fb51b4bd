/**
 * Everything that one trace's spans tell, found out once: the texts that tokens are counted of, and the facts that
 * rows are written from. Pure.
 */
import { costOf } from './cost/cost.js';
import { traceCost } from './cost/reported-cost.js';
import { textsOfTree } from './full-text.js';
import type { TraceTexts } from './raw-form.js';
import { retrievedDocuments } from './spans/documents.js';
import { spanKind } from './spans/span-facts.js';
import type { ExaminedSpans } from './spans/span-rows.js';
import { buildSpanTree } from './spans/span-tree.js';
import { spanUsage, traceUsage } from './tokens/reported-usage.js';
import { attributeKeys } from './wire/mlflow-keys.js';
import { asEmbedding, type TokenUsage } from './tokens/token-usage.js';
import type { SpanReading, TraceInfo } from './trace.js';

/** A trace and what its spans tell. */
export interface ExaminedTrace extends ExaminedSpans {
  readonly info: TraceInfo;
  readonly reading: SpanReading;
  /** Full request and response. */
  readonly texts: TraceTexts;
}

/** Never throws for a strange trace: what cannot be told is null. */
export function examineTrace(info: TraceInfo, reading: SpanReading): ExaminedTrace {
  const tree = buildSpanTree(info, reading.spans);
  const kinds = tree.nodes.map(({ span }) => spanKind(span));
  const documents = tree.nodes.map(({ span }, index) =>
    kinds[index] === 'RETRIEVER' ? retrievedDocuments(span) : null,
  );
  const reports = tree.nodes.map(({ span }, index) => ({
    kind: kinds[index] ?? 'UNKNOWN',
    usage: usageOfKind(kinds[index] ?? 'UNKNOWN', spanUsage(span.attributes)),
    cost: costOf(span.attributes[attributeKeys.cost]),
  }));
  const tokens = traceUsage(info, reading, tree, reports);
  const cost = traceCost(info, reading, reports, tokens);
  return { info, reading, tree, kinds, documents, reports, tokens, cost, texts: textsOfTree(tree) };
}

function usageOfKind(kind: string, usage: TokenUsage | null): TokenUsage | null {
  return kind === 'EMBEDDING' && usage !== null ? asEmbedding(usage) : usage;
}
