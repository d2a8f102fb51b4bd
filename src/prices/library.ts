/**
 * Prices of `@pydantic/genai-prices`: which of its models a name means, and the prices of a day. Its data are bundled and
 * pinned; its updater, which asks the network, is never called.
 */
import { calcPrice, type MatchLogic, type ModelInfo, type ModelPrice } from '@pydantic/genai-prices';
import { isSnapshot } from './model-name.js';
import type { TokenPrice, TokenPrices } from './token-prices.js';

/** Version of the package, part of the version of every price list; a test compares it with package.json. */
export const libraryVersion = '0.1.8';

/** How a name was found: `exact` as it stands, `alias` under another spelling or as a dated snapshot, `family` by its beginning. */
export type NameMatch = 'exact' | 'alias' | 'family';

export interface LibraryPrice {
  readonly provider: string;
  readonly model: string;
  readonly match: NameMatch;
  readonly prices: TokenPrices;
  /** UTC day from which they hold, as `2025-06-10`; null from the beginning. */
  readonly from: string | null;
  /** They depend on the time of day. */
  readonly isTimeOfDay: boolean;
}

/** Prices of a model at an instant; null where the library does not know it under this name. */
export function libraryPrice(provider: string, model: string, atMs: number): LibraryPrice | null {
  const found = calcPrice({}, model, { providerId: provider, timestamp: new Date(atMs) });
  if (found === null) return null;
  const prices = tokenPrices(found.model.id, found.model_price);
  if (prices === null) return null;
  return {
    provider: found.provider.id,
    model: found.model.id,
    match: nameMatch(found.model, model),
    prices,
    ...periodOf(found.model, found.model_price),
  };
}

/** Null where input has no price per token: models that are paid by the minute or the picture. */
function tokenPrices(model: string, price: ModelPrice): TokenPrices | null {
  const of = (key: string): TokenPrice | undefined => tokenPrice(price[key]);
  const input = of('input_mtok');
  if (input === undefined) return null;
  const perThousandRequests = price['requests_kcount'];
  return {
    input,
    output: of('output_mtok') ?? null,
    cacheRead: of('cache_read_mtok'),
    cacheWrite5m: of('cache_write_mtok'),
    cacheWrite1h: of('cache_write_1h_mtok') ?? hourOfClaude(model, input),
    reasoning: of('output_reasoning_mtok'),
    perRequestUsd: typeof perThousandRequests === 'number' ? perThousandRequests / 1000 : undefined,
  };
}

function tokenPrice(price: ModelPrice[string]): TokenPrice | undefined {
  if (price === undefined || typeof price === 'number') return price;
  return { base: price.base, above: price.tiers.map(({ start, price: tier }) => ({ tokens: start, price: tier })) };
}

/**
 * A cache write for an hour costs twice the input, wherever Claude runs; the library says so only where Anthropic sells it.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing
 */
function hourOfClaude(model: string, input: TokenPrice): TokenPrice | undefined {
  if (!model.includes('claude')) return undefined;
  if (typeof input === 'number') return input * 2;
  return { base: input.base * 2, above: input.above.map(({ tokens, price }) => ({ tokens, price: price * 2 })) };
}

function periodOf({ prices }: ModelInfo, price: ModelPrice): { from: string | null; isTimeOfDay: boolean } {
  if (!Array.isArray(prices)) return { from: null, isTimeOfDay: false };
  const isTimeOfDay = prices.some(({ constraint }) => constraint?.type === 'time_of_date');
  const constraint = prices.find((period) => period.prices === price)?.constraint;
  return { from: constraint?.type === 'start_date' ? constraint.start_date : null, isTimeOfDay };
}

function nameMatch({ id, match }: ModelInfo, model: string): NameMatch {
  return id.toLowerCase() === model ? 'exact' : (matchOf(match, model) ?? 'family');
}

const strength: Readonly<Record<NameMatch, number>> = { exact: 2, alias: 1, family: 0 };

/** How well a condition fits a name; null where it does not. */
function matchOf(logic: MatchLogic, model: string): NameMatch | null {
  if ('or' in logic) return best(logic.or.map((part) => matchOf(part, model)));
  if ('and' in logic) {
    const parts = logic.and.map((part) => matchOf(part, model));
    return parts.includes(null) ? null : best(parts);
  }
  if ('equals' in logic) return logic.equals.toLowerCase() === model ? 'exact' : null;
  if ('starts_with' in logic) return behind(logic.starts_with.toLowerCase(), model);
  if ('contains' in logic) return inside(logic.contains.toLowerCase(), model);
  return 'family';
}

function behind(start: string, model: string): NameMatch | null {
  if (!model.startsWith(start)) return null;
  return isSnapshot(model.slice(start.length)) ? 'alias' : 'family';
}

/** Bedrock's names have a region and a maker before the model: `us.anthropic.claude-…`. */
function inside(part: string, model: string): NameMatch | null {
  const at = model.indexOf(part);
  if (at < 0) return null;
  const isWhole = /^(?:[a-z-]+\.)*$/.test(model.slice(0, at)) && isSnapshot(model.slice(at + part.length));
  return isWhole ? 'alias' : 'family';
}

function best(matches: readonly (NameMatch | null)[]): NameMatch | null {
  let found: NameMatch | null = null;
  for (const match of matches) {
    if (match !== null && (found === null || strength[match] > strength[found])) found = match;
  }
  return found;
}
