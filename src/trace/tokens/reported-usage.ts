/** Tokens that model providers reported, summed over a trace so that nothing counts twice. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { decodeJsonText } from '../wire/decode-values.js';
import { attributeKeys, metadataKeys } from '../wire/mlflow-keys.js';
import type { SpanReading, TraceInfo } from '../trace.js';
import type { SpanTree } from '../spans/span-tree.js';
import { tokenOwners, type SpanReport } from './token-owners.js';
import { amountOf, noUsage, sumOfUsages, type TokenUsage } from './token-usage.js';

/** Usage of a trace and where it came from. */
export interface TraceUsage {
  readonly usage: TokenUsage;
  readonly source: 'spans' | 'metadata' | null;
  /** True for the spans that count into the sum, parallel to the nodes of the tree. */
  readonly isOwner: readonly boolean[];
  /** What MLflow stored for the trace; null where it stored nothing. */
  readonly stored: TokenUsage | null;
  /** Some span reports more than its calls together, although all of them report; null where no span reports. */
  readonly disagree: boolean | null;
}

/**
 * Sum over the spans that own tokens (token-owners.ts). What MLflow stored for the trace is used where no
 * span reports usage, and where spans are known to be missing and it is larger: some versions store a multiple of the
 * truth (https://github.com/mlflow/mlflow/issues/22746), so that spans come first.
 */
export function traceUsage(
  info: TraceInfo,
  reading: SpanReading,
  tree: SpanTree,
  reports: readonly SpanReport[],
): TraceUsage {
  const isComplete = reading.spanState === 'complete';
  const { isOwner, disagree } = tokenOwners(tree, reports, isComplete);
  const summed = sumOfUsages(reports.flatMap(({ usage }, index) => (usage !== null && isOwner[index] ? [usage] : [])));
  const stored = storedUsage(info);
  const found = { isOwner, stored, disagree: summed === null ? null : disagree };
  const isStoredBetter = !isComplete && stored !== null && amountOf(stored) > amountOf(summed);
  if (summed !== null && !isStoredBetter) return { usage: summed, source: 'spans', ...found };
  if (stored !== null) return { usage: stored, source: 'metadata', ...found };
  return { usage: noUsage, source: null, ...found };
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
  const reportedTotal = countOrNull(total);
  if (inputTokens === null && outputTokens === null && reportedTotal === null) return null;
  // A total below its parts is none: some clients leave it at 0.
  const totalTokens = Math.max(reportedTotal ?? 0, (inputTokens ?? 0) + (outputTokens ?? 0));
  return { ...noUsage, inputTokens, outputTokens, cachedInputTokens: countOrNull(cached), totalTokens };
}

/** A count: a whole number from 0; `12.0`, which protobuf makes of integers, is one. */
function countOrNull(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
