/** What the call of one span cost: by the price of its day, else as it was reported. Pure. */
import { priceCall, type BilledTokens, type UnbillableReason } from '../../prices/price-call.js';
import type { NoPriceReason, PriceList, PriceMatch, PriceSource } from '../../prices/price-list.js';
import { isModelCall } from '../spans/span-kinds.js';
import { amountOf } from '../tokens/token-usage.js';
import type { Cost } from './cost.js';

export type CostSource = PriceSource | 'reported';
export type CallCostReason = NoPriceReason | UnbillableReason;

/** A call as its price needs it; a row of the spans table says the same. */
export interface PricedSpan {
  /** MLflow's span type. */
  readonly kind: string;
  readonly model: string | null;
  readonly provider: string | null;
  /** As the provider words it. */
  readonly serviceTier: string | null;
  /** Start of the span, epoch milliseconds. */
  readonly startMs: number;
  /** Null for a span that reports no tokens. */
  readonly usage: BilledTokens | null;
  /** What was stored with the span. */
  readonly reported: Cost | null;
}

/** Of a span that reports tokens exactly one of `costUsd` and `missingReason` is null; of others both may be. */
export interface SpanCost {
  /** US dollars. */
  readonly costUsd: number | null;
  readonly inputCostUsd: number | null;
  readonly outputCostUsd: number | null;
  /** Part of the input's. */
  readonly cacheCostUsd: number | null;
  readonly source: CostSource | null;
  readonly priceId: string | null;
  readonly priceMatch: PriceMatch | null;
  readonly missingReason: CallCostReason | null;
}

/** Of a span that has neither tokens nor a cost. */
export const noSpanCost: SpanCost = {
  costUsd: null,
  inputCostUsd: null,
  outputCostUsd: null,
  cacheCostUsd: null,
  source: null,
  priceId: null,
  priceMatch: null,
  missingReason: null,
};

/** A call that used no token costs nothing, whatever its price is. */
const free: SpanCost = { ...noSpanCost, costUsd: 0, inputCostUsd: 0, outputCostUsd: 0, cacheCostUsd: 0 };

/** Prices come before what was reported: that was computed once, without tiers, and never corrected. */
export function spanCost(span: PricedSpan, prices: PriceList): SpanCost {
  const { usage, reported } = span;
  if (usage === null) return reported === null ? noSpanCost : reportedCost(reported);
  const priced = costOfCall(span, usage, prices);
  if (typeof priced !== 'string') return priced;
  if (reported !== null) return reportedCost(reported);
  return hasTokens(usage) ? { ...noSpanCost, missingReason: priced } : free;
}

function costOfCall(span: PricedSpan, usage: BilledTokens, prices: PriceList): SpanCost | CallCostReason {
  const found = prices.find(span);
  if (typeof found === 'string') return found;
  const isOneCall = isModelCall(span.kind) || span.kind === 'EMBEDDING';
  const cost = priceCall(usage, found.prices, isOneCall);
  if (typeof cost === 'string') return cost;
  return {
    costUsd: cost.totalUsd,
    inputCostUsd: cost.inputUsd,
    outputCostUsd: cost.outputUsd,
    cacheCostUsd: cost.cacheUsd,
    source: found.source,
    priceId: found.priceId,
    priceMatch: found.match,
    missingReason: null,
  };
}

function reportedCost({ totalUsd, inputUsd, outputUsd }: Cost): SpanCost {
  return { ...noSpanCost, costUsd: totalUsd, inputCostUsd: inputUsd, outputCostUsd: outputUsd, source: 'reported' };
}

const hasTokens = (usage: BilledTokens): boolean => amountOf(usage) > 0;
