/** What a trace may have cost of which no tokens were reported: its counted tokens at the price of its model. Pure. */
import { priceCall } from '../../prices/price-call.js';
import type { PriceList } from '../../prices/price-list.js';

/** What the gold row says. */
export interface EstimatedTrace {
  /** The only model that spans name; null for none or several. */
  readonly model: string | null;
  readonly startMs: number;
  /** Counted tokens of the full texts. */
  readonly request: number | null;
  readonly response: number | null;
}

/** US dollars; null where the model has no price, or a text was not counted. No cost: it knows neither prompts nor tools. */
export function estimatedCost({ model, startMs, request, response }: EstimatedTrace, prices: PriceList): number | null {
  if (model === null || request === null || response === null) return null;
  const found = prices.find({ model, provider: null, startMs, serviceTier: null });
  if (typeof found === 'string') return null;
  const tokens = { ...noTokens, inputTokens: request, outputTokens: response };
  const cost = priceCall(tokens, found.prices, true);
  return typeof cost === 'string' ? null : cost.totalUsd;
}

const noTokens = {
  cachedInputTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  reasoningTokens: null,
  totalTokens: null,
  embeddingTokens: null,
};
