/**
 * Tokens that model providers reported, summed over a trace so that nothing counts twice. Pure.
 */
import { decodeJsonText } from '../wire/decode-values.js';
import { metadataKeys } from '../wire/mlflow-keys.js';
import type { SpanReading, TraceInfo } from '../trace.js';
import type { SpanTree } from '../spans/span-tree.js';
import { usageOf } from './span-usage.js';
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

function storedUsage(info: TraceInfo): TokenUsage | null {
  const text = info.metadata[metadataKeys.tokenUsage];
  const value = text === undefined ? null : decodeJsonText(text);
  return usageOf(value);
}
