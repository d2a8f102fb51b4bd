/** What one model call cost: its tokens times the prices that held. Pure; never throws. */
import { firstTier, priceAt, type TokenPrice, type TokenPrices } from './token-prices.js';

/** Tokens of a call; null where a count was not reported. The input includes the cache, the output the reasoning. */
export interface BilledTokens {
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly cacheWrite5mTokens: number | null;
  readonly cacheWrite1hTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly totalTokens: number | null;
  /** What an embedding model read; then there is no other count. */
  readonly embeddingTokens: number | null;
}

/** US dollars. `totalUsd` is input plus output; `cacheUsd` is a part of the input. */
export interface CallCost {
  readonly totalUsd: number;
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly cacheUsd: number;
}

/**
 * Why the tokens of a call give no cost although there are prices:
 * - `counts_invalid`: a count is negative or no whole number, the cache is larger than the input, or one call would have
 *   used more than a billion tokens.
 * - `tokens_not_split`: only a total, or only one of input and output is known.
 * - `no_cache_price`: tokens were written to a cache for an hour, and only the price of 5 minutes is known.
 * - `tier_unknown`: the counts are the sum of several calls, and the price depends on the size of each.
 */
export type UnbillableReason = 'counts_invalid' | 'tokens_not_split' | 'no_cache_price' | 'tier_unknown';

/** More than any call can use. */
const maxTokens = 1e9;
const million = 1e6;

/**
 * The cost of a call. A tier holds for the whole request.
 * @param isOneCall false for spans that add up several calls, such as agents
 */
export function priceCall(tokens: BilledTokens, prices: TokenPrices, isOneCall: boolean): CallCost | UnbillableReason {
  const counts = billedCounts(tokens, prices);
  if (typeof counts === 'string') return counts;
  const { input, write1h } = counts;
  const tier = firstTier(prices);
  if (!isOneCall && tier !== null && input > tier) return 'tier_unknown';
  if (write1h > 0 && prices.cacheWrite1h === undefined && prices.cacheWrite5m !== undefined) return 'no_cache_price';
  return billed(counts, prices);
}

function billed({ input, read, write5m, write1h, output, reasoning }: Counts, prices: TokenPrices): CallCost {
  const cost = (count: number, price: TokenPrice | null | undefined): number =>
    count === 0 ? 0 : (count * priceAt(price ?? prices.input, input)) / million;
  const cacheUsd =
    cost(read, prices.cacheRead) + cost(write5m, prices.cacheWrite5m) + cost(write1h, prices.cacheWrite1h);
  const inputUsd = cost(input - read - write5m - write1h, prices.input) + cacheUsd + (prices.perRequestUsd ?? 0);
  const ofOutput = prices.output ?? 0;
  const outputUsd = cost(output - reasoning, ofOutput) + cost(reasoning, prices.reasoning ?? ofOutput);
  return { totalUsd: inputUsd + outputUsd, inputUsd, outputUsd, cacheUsd };
}

interface Counts {
  readonly input: number;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly output: number;
  /** Part of the output that has a price of its own. */
  readonly reasoning: number;
}

function billedCounts(tokens: BilledTokens, prices: TokenPrices): Counts | UnbillableReason {
  if (!Object.values(tokens).every(isCount)) return 'counts_invalid';
  const isEmbedding = tokens.embeddingTokens !== null;
  const input = tokens.embeddingTokens ?? tokens.inputTokens;
  const output = isEmbedding || prices.output === null ? 0 : tokens.outputTokens;
  if (input === null || output === null) return 'tokens_not_split';
  const read = orNone(tokens.cachedInputTokens);
  const write5m = orNone(tokens.cacheWrite5mTokens);
  const write1h = orNone(tokens.cacheWrite1hTokens);
  const reasoning = prices.reasoning === undefined ? 0 : orNone(tokens.reasoningTokens);
  if (read + write5m + write1h > input || reasoning > output) return 'counts_invalid';
  return { input, read, write5m, write1h, output, reasoning };
}

/** A part that was not reported was not used. */
const orNone = (count: number | null): number => count ?? 0;

/** Counts may come from tables, which hold what older versions wrote. Other members are none. */
function isCount(value: unknown): boolean {
  if (typeof value !== 'number') return true;
  return Number.isSafeInteger(value) && value >= 0 && value <= maxTokens;
}
