/** Cost that MLflow reported for the model calls of a trace, over the same spans as the tokens. Pure. */
import type { TraceUsage } from '../tokens/reported-usage.js';
import type { SpanReport } from '../tokens/token-owners.js';
import { amountOf, type TokenUsage } from '../tokens/token-usage.js';
import { costOf, type Cost } from './cost.js';
import { decodeJsonText } from '../wire/decode-values.js';
import { metadataKeys } from '../wire/mlflow-keys.js';
import type { TraceInfo } from '../trace.js';

const nothing: Cost = { totalUsd: 0, inputUsd: 0, outputUsd: 0 };

/**
 * The sum over the spans that count (token-owners.ts). A sum that misses the cost of one of them is no cost. What MLflow
 * stored for the trace is used only where no span that counts has a cost, and where it covers the same tokens.
 */
export function reportedCost(info: TraceInfo, reports: readonly SpanReport[], tokens: TraceUsage): Cost | null {
  const counted = reports.filter((_, index) => tokens.isOwner[index]);
  const stored = mayStand(tokens, counted) ? storedCost(info) : null;
  return stored ?? (tokens.source === 'metadata' ? null : sumOfCosts(counted));
}

/** The totals that MLflow stored belong together; they say nothing about other tokens than those that are counted. */
function mayStand({ source, stored, usage }: TraceUsage, counted: readonly SpanReport[]): boolean {
  if (source === 'metadata') return true;
  const isSame = stored === null || amountOf(stored) === amountOf(usage);
  return isSame && counted.every(({ cost }) => cost === null);
}

function sumOfCosts(counted: readonly SpanReport[]): Cost | null {
  if (counted.length === 0) return null;
  let sum = nothing;
  for (const { cost, usage } of counted) {
    const own = cost ?? (isFree(usage) ? nothing : null);
    if (own === null) return null;
    sum = {
      totalUsd: sum.totalUsd + own.totalUsd,
      inputUsd: sum.inputUsd === null || own.inputUsd === null ? null : sum.inputUsd + own.inputUsd,
      outputUsd: sum.outputUsd === null || own.outputUsd === null ? null : sum.outputUsd + own.outputUsd,
    };
  }
  return sum;
}

/** A call that used no token costs nothing, whatever its price is. */
function isFree(usage: TokenUsage | null): boolean {
  return usage !== null && amountOf(usage) === 0;
}

function storedCost(info: TraceInfo): Cost | null {
  const text = info.metadata[metadataKeys.cost];
  return text === undefined ? null : costOf(decodeJsonText(text));
}
