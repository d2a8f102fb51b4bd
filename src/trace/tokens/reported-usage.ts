/**
 * Tokens that model providers reported, summed over a trace so that nothing counts twice. Pure; must not import ports,
 * adapters or SDKs.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { decodeJsonText } from '../wire/decode-values.js';
import { attributeKeys, metadataKeys } from '../wire/mlflow-keys.js';
import type { SpanReading, TraceInfo } from '../trace.js';
import type { SpanTree } from '../spans/span-tree.js';

/** Token counts as reported; null where a count was not. */
export interface TokenUsage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Part of the input that was read from a prompt cache. */
  readonly cachedInputTokens: number | null;
  /** As reported, else the sum of input and output. */
  readonly totalTokens: number | null;
}

export const noUsage: TokenUsage = {
  inputTokens: null,
  outputTokens: null,
  cachedInputTokens: null,
  totalTokens: null,
};

/** Usage of a trace and where it came from. */
export interface TraceUsage {
  readonly usage: TokenUsage;
  readonly source: 'spans' | 'metadata' | null;
  /** Usage of each span, parallel to the nodes of the tree. */
  readonly perSpan: readonly (TokenUsage | null)[];
  /** True for the spans that count into the sum, parallel to the nodes of the tree. */
  readonly isOwner: readonly boolean[];
}

/**
 * Sum over the spans that own tokens (see {@link tokenOwners}). What MLflow stored for the trace is used where no
 * span reports usage, and where spans are known to be missing and it is larger: some versions store a multiple of the
 * truth (https://github.com/mlflow/mlflow/issues/22746), so that spans come first.
 */
export function traceUsage(info: TraceInfo, reading: SpanReading, tree: SpanTree): TraceUsage {
  const perSpan = tree.nodes.map((node) => spanUsage(node.span.attributes));
  const isOwner = tokenOwners(tree, perSpan);
  const summed = sumOf(perSpan.filter((usage, index) => usage !== null && isOwner[index] === true));
  const stored = storedUsage(info);
  const isStoredBetter = reading.spanState !== 'complete' && stored !== null && amount(stored) > amount(summed);
  if (summed !== null && !isStoredBetter) return { usage: summed, source: 'spans', perSpan, isOwner };
  if (stored !== null) return { usage: stored, source: 'metadata', perSpan, isOwner };
  return { usage: noUsage, source: null, perSpan, isOwner };
}

/**
 * Which spans count. A span above others often repeats what they report: a wrapper repeats one call, an agent sums
 * its calls, a chain repeats the last. So on every path one account counts: that of the descendants together, unless
 * the span itself reports more than all of them (some of its calls went unreported), then its own.
 */
export function tokenOwners(tree: SpanTree, perSpan: readonly (TokenUsage | null)[]): boolean[] {
  /** What the descendants of each span account for, null while none of them reports. */
  const below = new Array<number | null>(perSpan.length).fill(null);
  const isOwner = new Array<boolean>(perSpan.length).fill(false);
  for (let index = tree.nodes.length - 1; index >= 0; index--) {
    const usage = perSpan[index] ?? null;
    const fromBelow = below[index] ?? null;
    const isOwn = usage !== null && (fromBelow === null || amount(usage) > fromBelow);
    isOwner[index] = isOwn;
    const account = isOwn ? amount(usage) : fromBelow;
    const parent = tree.nodes[index]?.parent ?? -1;
    if (parent >= 0 && account !== null) below[parent] = (below[parent] ?? 0) + account;
  }
  return withoutCovered(tree, isOwner);
}

/** Parents come before children: an owner above takes ownership from everything below. */
function withoutCovered(tree: SpanTree, isOwner: boolean[]): boolean[] {
  const isCovered: boolean[] = [];
  tree.nodes.forEach(({ parent }, index) => {
    const covered = parent >= 0 && (isCovered[parent] === true || isOwner[parent] === true);
    isCovered.push(covered);
    if (covered) isOwner[index] = false;
  });
  return isOwner;
}

/**
 * Usage that a span reports, in MLflow's own attribute or in OpenTelemetry's, which artifacts may hold untranslated
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/). Null where it reports none.
 */
export function spanUsage(attributes: JsonObject): TokenUsage | null {
  const reported = attributes[attributeKeys.tokenUsage];
  if (isJsonObject(reported)) return usageOf(reported);
  return usageFrom(
    attributes['gen_ai.usage.input_tokens'],
    attributes['gen_ai.usage.output_tokens'],
    undefined,
    attributes['gen_ai.usage.cache_read.input_tokens'],
  );
}

function storedUsage(info: TraceInfo): TokenUsage | null {
  const text = info.metadata[metadataKeys.tokenUsage];
  const value = text === undefined ? null : decodeJsonText(text);
  return isJsonObject(value) ? usageOf(value) : null;
}

function usageOf(value: JsonObject): TokenUsage | null {
  return usageFrom(
    value['input_tokens'],
    value['output_tokens'],
    value['total_tokens'],
    value['cache_read_input_tokens'],
  );
}

function usageFrom(
  input: JsonValue | undefined,
  output: JsonValue | undefined,
  total: JsonValue | undefined,
  cached: JsonValue | undefined,
): TokenUsage | null {
  const inputTokens = countOrNull(input);
  const outputTokens = countOrNull(output);
  const isSumKnown = inputTokens !== null || outputTokens !== null;
  const totalTokens = countOrNull(total) ?? (isSumKnown ? (inputTokens ?? 0) + (outputTokens ?? 0) : null);
  if (totalTokens === null) return null;
  return { inputTokens, outputTokens, cachedInputTokens: countOrNull(cached), totalTokens };
}

/** A count: a whole number from 0; `12.0`, which protobuf makes of integers, is one. */
function countOrNull(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function amount(usage: TokenUsage | null): number {
  return usage?.totalTokens ?? 0;
}

function sumOf(usages: readonly (TokenUsage | null)[]): TokenUsage | null {
  if (usages.length === 0) return null;
  return {
    inputTokens: sumOfCounts(usages.map((usage) => usage?.inputTokens)),
    outputTokens: sumOfCounts(usages.map((usage) => usage?.outputTokens)),
    cachedInputTokens: sumOfCounts(usages.map((usage) => usage?.cachedInputTokens)),
    totalTokens: sumOfCounts(usages.map((usage) => usage?.totalTokens)),
  };
}

function sumOfCounts(counts: readonly (number | null | undefined)[]): number | null {
  let sum: number | null = null;
  for (const count of counts) if (count !== null && count !== undefined) sum = (sum ?? 0) + count;
  return sum;
}
