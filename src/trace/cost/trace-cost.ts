/** What a trace cost: the sum over the spans whose tokens are counted (token-owners.ts). Pure. */
import type { PriceMatch } from '../../prices/price-list.js';
import type { SpanState } from '../../tables/trace-key.js';
import type { Cost } from './cost.js';
import type { CallCostReason, CostSource, SpanCost } from './span-cost.js';

/** Why the cost of a trace is not known; of calls, the reason of the first that has none. */
type CostMissingReason = CallCostReason | 'no_usage' | 'spans_not_read';

/** Exactly one of `costUsd` and `missingReason` is null. */
export interface TraceCost {
  /** US dollars. */
  readonly costUsd: number | null;
  /** The parts of `costUsd`; null where some call has only a total. */
  readonly inputCostUsd: number | null;
  readonly outputCostUsd: number | null;
  /** Part of the input's, likewise. */
  readonly cacheCostUsd: number | null;
  /** `mixed`: of several sources. */
  readonly source: CostSource | 'mixed' | null;
  /** Null where the calls have several prices. */
  readonly priceId: string | null;
  /** The weakest rule by which the price of any call was found. */
  readonly priceMatch: PriceMatch | null;
  readonly missingReason: CostMissingReason | null;
}

/** What is known about the trace beside its calls; its gold row says the same. */
export interface CostedTrace {
  readonly tokensSource: 'spans' | 'metadata' | null;
  readonly spanState: SpanState;
  /** What MLflow reported for the tokens that are counted. */
  readonly reported: Cost | null;
}

const none: TraceCost = {
  costUsd: null,
  inputCostUsd: null,
  outputCostUsd: null,
  cacheCostUsd: null,
  source: null,
  priceId: null,
  priceMatch: null,
  missingReason: null,
};

/**
 * A sum that misses the cost of one call is no cost: it is null, with the reason. What MLflow reported for the whole
 * trace stands where its tokens are MLflow's, or where no call has a cost.
 * @param owners costs of the spans that count, in the order of the tree
 */
export function traceCost({ tokensSource, spanState, reported }: CostedTrace, owners: readonly SpanCost[]): TraceCost {
  const isOfCalls = tokensSource !== 'metadata' && owners.length > 0;
  const unknown = isOfCalls ? owners.find(({ costUsd }) => costUsd === null) : undefined;
  if (isOfCalls && unknown === undefined) return sumOf(owners);
  const mayStand = !isOfCalls || owners.every(({ costUsd }) => costUsd === null);
  if (reported !== null && mayStand) return asReported(reported);
  return { ...none, missingReason: unknown?.missingReason ?? missingReason(tokensSource, spanState) };
}

function missingReason(tokensSource: CostedTrace['tokensSource'], spanState: SpanState): CostMissingReason {
  if (tokensSource !== null) return 'no_price';
  return spanState === 'unknown' || spanState === 'missing' ? 'spans_not_read' : 'no_usage';
}

function asReported({ totalUsd, inputUsd, outputUsd }: Cost): TraceCost {
  return { ...none, costUsd: totalUsd, inputCostUsd: inputUsd, outputCostUsd: outputUsd, source: 'reported' };
}

function sumOf(owners: readonly SpanCost[]): TraceCost {
  const sum = (part: 'costUsd' | 'inputCostUsd' | 'outputCostUsd' | 'cacheCostUsd'): number | null => {
    let total: number | null = 0;
    for (const owner of owners) {
      const value = owner[part];
      total = total === null || value === null ? null : total + value;
    }
    return total;
  };
  const sources = distinct(owners.map(({ source }) => source));
  const priceIds = distinct(owners.map(({ priceId }) => priceId));
  return {
    costUsd: sum('costUsd'),
    inputCostUsd: sum('inputCostUsd'),
    outputCostUsd: sum('outputCostUsd'),
    cacheCostUsd: sum('cacheCostUsd'),
    source: sources.length > 1 ? 'mixed' : (sources[0] ?? null),
    priceId: priceIds.length === 1 ? (priceIds[0] ?? null) : null,
    priceMatch: weakest(owners),
    missingReason: null,
  };
}

function distinct<T extends string>(values: readonly (T | null)[]): readonly T[] {
  return [...new Set(values.filter((value) => value !== null))];
}

const weakness: Readonly<Record<PriceMatch, number>> = { user: 0, exact: 1, alias: 2, family: 3 };

function weakest(owners: readonly SpanCost[]): PriceMatch | null {
  let found: PriceMatch | null = null;
  for (const { priceMatch } of owners) {
    if (priceMatch !== null && (found === null || weakness[priceMatch] > weakness[found])) found = priceMatch;
  }
  return found;
}
