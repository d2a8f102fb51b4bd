/**
 * Cost that MLflow reported for the language-model calls of a trace, over the same spans as the tokens. Pure; must
 * not import ports, adapters or SDKs.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import type { TraceUsage } from '../tokens/reported-usage.js';
import { decodeJsonText } from '../wire/decode-values.js';
import { attributeKeys, metadataKeys } from '../wire/mlflow-keys.js';
import type { SpanReading, TraceInfo } from '../trace.js';
import type { SpanTree } from '../spans/span-tree.js';

/** Why a cost is not known. */
export type CostMissingReason = 'no_usage' | 'no_price' | 'spans_not_read';

/** Exactly one of `costUsd` and `missingReason` is null. */
export interface TraceCost {
  /** US dollars. */
  readonly costUsd: number | null;
  readonly source: 'reported' | null;
  readonly missingReason: CostMissingReason | null;
  /** US dollars of each span as MLflow stored it, parallel to the nodes of the tree. */
  readonly perSpan: readonly (number | null)[];
}

/** What is known of the cost of a span together with everything below it. */
interface Subtree {
  readonly costUsd: number | null;
  /** Some owner of tokens below has no cost: any sum would be too small. */
  readonly isIncomplete: boolean;
}

/**
 * The sum over the token owners; an owner without a cost of its own takes that of its descendants. A sum that misses
 * the cost of some call is no cost: it is null with reason `no_price`. What MLflow stored for the trace is used only
 * where no span has a cost, and where the tokens come from the same place.
 */
export function traceCost(info: TraceInfo, reading: SpanReading, tree: SpanTree, tokens: TraceUsage): TraceCost {
  const perSpan = tree.nodes.map((node) => spanCost(node.span.attributes));
  const total = costOfTree(tree, tokens, perSpan);
  const stored = storedCost(info);
  const isStoredBetter = tokens.source === 'metadata' || total.costUsd === null;
  if (stored !== null && isStoredBetter) return { costUsd: stored, source: 'reported', missingReason: null, perSpan };
  if (total.costUsd !== null && !total.isIncomplete && tokens.source !== 'metadata') {
    return { costUsd: total.costUsd, source: 'reported', missingReason: null, perSpan };
  }
  return { costUsd: null, source: null, missingReason: missingReason(reading, tokens), perSpan };
}

function missingReason(reading: SpanReading, tokens: TraceUsage): CostMissingReason {
  if (tokens.source !== null) return 'no_price';
  return reading.spanState === 'unknown' || reading.spanState === 'missing' ? 'spans_not_read' : 'no_usage';
}

/** Children before parents, so that every subtree is known when its parent is reached. */
function costOfTree(tree: SpanTree, tokens: TraceUsage, perSpan: readonly (number | null)[]): Subtree {
  const below = new Array<Subtree>(tree.nodes.length).fill({ costUsd: null, isIncomplete: false });
  let total: Subtree = { costUsd: null, isIncomplete: false };
  for (let index = tree.nodes.length - 1; index >= 0; index--) {
    const subtree = costOfSpan(perSpan[index] ?? null, below[index], tokens, index);
    const parent = tree.nodes[index]?.parent ?? -1;
    if (parent < 0) total = together(total, subtree);
    else below[parent] = together(below[parent], subtree);
  }
  return total;
}

function costOfSpan(own: number | null, below: Subtree | undefined, tokens: TraceUsage, index: number): Subtree {
  const costBelow = below?.costUsd ?? null;
  if (tokens.isOwner[index] === true) {
    const costUsd = own ?? costBelow;
    // A call that used no token costs nothing, whatever its price is.
    const isFree = tokens.perSpan[index]?.totalTokens === 0;
    return { costUsd: costUsd ?? (isFree ? 0 : null), isIncomplete: costUsd === null && !isFree };
  }
  if (costBelow === null && own !== null) return { costUsd: own, isIncomplete: false };
  return { costUsd: costBelow, isIncomplete: below?.isIncomplete === true };
}

function together(left: Subtree | undefined, right: Subtree): Subtree {
  const costs = [left?.costUsd, right.costUsd].filter((cost) => typeof cost === 'number');
  return {
    costUsd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
    isIncomplete: left?.isIncomplete === true || right.isIncomplete,
  };
}

/** `mlflow.llm.cost` of a span, US dollars; null where it has none. */
export function spanCost(attributes: JsonObject): number | null {
  return totalOf(attributes[attributeKeys.cost]);
}

function storedCost(info: TraceInfo): number | null {
  const text = info.metadata[metadataKeys.cost];
  return text === undefined ? null : totalOf(decodeJsonText(text));
}

function totalOf(value: JsonValue | undefined): number | null {
  if (!isJsonObject(value)) return null;
  const total = dollarsOrNull(value['total_cost']);
  const input = dollarsOrNull(value['input_cost']);
  const output = dollarsOrNull(value['output_cost']);
  return total ?? (input === null && output === null ? null : (input ?? 0) + (output ?? 0));
}

function dollarsOrNull(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
