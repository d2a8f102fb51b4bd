/** What tokens of a model cost. Pure types. */

/** US dollars per million tokens: one price, or several by the size of the whole input. */
export type TokenPrice = number | TieredPrice;

interface TieredPrice {
  readonly base: number;
  /** Ascending. A request whose input has more than `tokens` tokens pays `price` for all of its tokens. */
  readonly above: readonly PriceTier[];
}

interface PriceTier {
  readonly tokens: number;
  readonly price: number;
}

/** Prices of one model in one period. What is left out costs as much as what it is part of. */
export interface TokenPrices {
  readonly input: TokenPrice;
  /** Null for models that answer no tokens, such as embeddings. */
  readonly output: TokenPrice | null;
  /** Input that was read from a cache; left out: as input. */
  readonly cacheRead?: TokenPrice | undefined;
  /** Input that was written to a cache for 5 minutes; left out: as input. */
  readonly cacheWrite5m?: TokenPrice | undefined;
  /** The same for an hour; left out: unknown where the other write has a price, else as input. */
  readonly cacheWrite1h?: TokenPrice | undefined;
  /** Output that the model thought; left out: as output. */
  readonly reasoning?: TokenPrice | undefined;
  /** US dollars of each request, whatever its tokens. */
  readonly perRequestUsd?: number | undefined;
}

/** Every price of a model times a factor: a discount, a surcharge, a batch. */
export function scaled(prices: TokenPrices, factor: number): TokenPrices {
  if (factor === 1) return prices;
  const of = (price: TokenPrice | undefined): TokenPrice | undefined =>
    price === undefined ? undefined : scaledPrice(price, factor);
  return {
    input: scaledPrice(prices.input, factor),
    output: prices.output === null ? null : scaledPrice(prices.output, factor),
    cacheRead: of(prices.cacheRead),
    cacheWrite5m: of(prices.cacheWrite5m),
    cacheWrite1h: of(prices.cacheWrite1h),
    reasoning: of(prices.reasoning),
    perRequestUsd: prices.perRequestUsd === undefined ? undefined : prices.perRequestUsd * factor,
  };
}

function scaledPrice(price: TokenPrice, factor: number): TokenPrice {
  if (typeof price === 'number') return price * factor;
  return {
    base: price.base * factor,
    above: price.above.map((tier) => ({ tokens: tier.tokens, price: tier.price * factor })),
  };
}

/** The price that holds for a request with so many input tokens. */
export function priceAt(price: TokenPrice, inputTokens: number): number {
  if (typeof price === 'number') return price;
  let found = price.base;
  for (const tier of price.above) if (inputTokens > tier.tokens) found = tier.price;
  return found;
}

/** Input tokens above which any of the prices changes; null where none does. */
export function firstTier(prices: TokenPrices): number | null {
  let first: number | null = null;
  for (const price of [prices.input, prices.output, prices.cacheRead, prices.cacheWrite5m, prices.cacheWrite1h]) {
    if (price === null || price === undefined || typeof price === 'number') continue;
    for (const { tokens } of price.above) first = first === null ? tokens : Math.min(first, tokens);
  }
  return first;
}
