/** Cost that MLflow reported for the model calls of a trace, over the same spans as the tokens. Pure. */
import type { TraceUsage } from '../tokens/reported-usage.js';
import type { SpanReport } from '../tokens/token-owners.js';
import { amountOf, type TokenUsage } from '../tokens/token-usage.js';
import { costOf, type Cost } from './cost.js';
import { decodeJsonText } from '../wire/decode-values.js';
import { metadataKeys } from '../wire/mlflow-keys.js';
import type { SpanReading, TraceInfo } from '../trace.js';

/** Why a cost is not known. */
type CostMissingReason = 'no_usage' | 'no_price' | 'spans_not_read';

/** Exactly one of `costUsd` and `missingReason` is null. */
export interface TraceCost {
  /** US dollars. */
  readonly costUsd: number | null;
  /** The parts of `costUsd`; null where some call has only a total. */
  readonly inputCostUsd: number | null;
  readonly outputCostUsd: number | null;
  readonly source: 'reported' | null;
  readonly missingReason: CostMissingReason | null;
}

const nothing: Cost = { totalUsd: 0, inputUsd: 0, outputUsd: 0 };

/**
 * The sum over the spans that count (token-owners.ts). A sum that misses the cost of one of them is no cost: it is null
 * with reason `no_price`. What MLflow stored for the trace is used only where no span that counts has a cost, and where
 * it covers the same tokens.
 */
export function traceCost(
  info: TraceInfo,
  reading: SpanReading,
  reports: readonly SpanReport[],
  tokens: TraceUsage,
): TraceCost {
  const counted = reports.filter((_, index) => tokens.isOwner[index]);
  const stored = mayStand(tokens, counted) ? storedCost(info) : null;
  const cost = stored ?? (tokens.source === 'metadata' ? null : sumOfCosts(counted));
  return {
    costUsd: cost?.totalUsd ?? null,
    inputCostUsd: cost?.inputUsd ?? null,
    outputCostUsd: cost?.outputUsd ?? null,
    source: cost === null ? null : 'reported',
    missingReason: cost === null ? missingReason(reading, tokens) : null,
  };
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

function missingReason(reading: SpanReading, tokens: TraceUsage): CostMissingReason {
  if (tokens.source !== null) return 'no_price';
  return reading.spanState === 'unknown' || reading.spanState === 'missing' ? 'spans_not_read' : 'no_usage';
}

function storedCost(info: TraceInfo): Cost | null {
  const text = info.metadata[metadataKeys.cost];
  return text === undefined ? null : costOf(decodeJsonText(text));
}
