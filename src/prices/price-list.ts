/**
 * The price of a model call: of the user's file, else of our book, else of the library. A call is looked up under the
 * name that the trace has; the answer says which price held and how the name was found.
 */
import { createHash } from 'node:crypto';
import { bookDigest, bookEntries } from './book/index.js';
import { defaultUsdPerDbu } from './book/databricks.js';
import { otherNames } from './book/names.js';
import { serviceTier, tierFactor, zoneRate, type ServiceTier } from './book/rates.js';
import { libraryPrice, libraryVersion, type NameMatch } from './library.js';
import { readModelName, withoutSnapshot, type ModelName } from './model-name.js';
import { holdsOn, noUserPrices, type BookEntry, type Day, type PriceRule, type UserPrices } from './price-entry.js';
import { scaled, type TokenPrices } from './token-prices.js';
import { userEntryFor } from './user-entries.js';

/** Which call is asked about. */
interface PricedCallRef {
  /** Name of the model as the trace has it; null where it has none. */
  readonly model: string | null;
  /** Provider as the trace names it. */
  readonly provider: string | null;
  /** Start of the call, epoch milliseconds. */
  readonly startMs: number;
  /** As the provider words it; null where the span tells none. */
  readonly serviceTier: string | null;
}

export type PriceSource = 'user' | 'book' | 'library';
/** `user`: an entry of the user's file named it. */
export type PriceMatch = NameMatch | 'user';

export interface FoundPrice {
  readonly source: PriceSource;
  readonly match: PriceMatch;
  /** Names source, provider, model, first day and tier: `library:openai/o3@2025-06-10`, `book:databricks/…#batch`. */
  readonly priceId: string;
  readonly prices: TokenPrices;
}

/**
 * Why a call has no price:
 * - `no_model`: the span names no model.
 * - `no_price`: nothing is known about a model of this name.
 * - `endpoint`: the name is that of an endpoint, behind which any model may be.
 * - `provisioned`: the endpoint is paid by the hour.
 * - `no_tier_price`: the price of this service tier is not known.
 */
export type NoPriceReason = 'no_model' | 'no_price' | 'endpoint' | 'provisioned' | 'no_tier_price';

export interface PriceList {
  /** Of library, book and user's file together: equal versions give equal costs. */
  readonly version: string;
  find(call: PricedCallRef): FoundPrice | NoPriceReason;
}

/** Knows no price at all: costs stay as they were reported. */
export const noPrices: PriceList = { version: 'none', find: () => 'no_price' };

const dayMs = 86_400_000;
/** Answers kept; a trace file has a few dozen models, each with one answer a day. */
const maxKept = 50_000;

export function createPriceList(user: UserPrices = noUserPrices): PriceList {
  const kept = new Map<string, FoundPrice | NoPriceReason>();
  return {
    version: versionOf(user),
    find(call) {
      if (call.model === null || call.model.trim() === '') return 'no_model';
      const key = `${String(Math.floor(call.startMs / dayMs))}\n${call.serviceTier ?? ''}\n${call.provider ?? ''}\n${call.model}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const looked = lookUp(user, call, call.model);
      if (kept.size >= maxKept) kept.clear();
      if (!looked.isTimeOfDay) kept.set(key, looked.found);
      return looked.found;
    },
  };
}

function versionOf(user: UserPrices): string {
  const own =
    user.entries.length === 0 && user.usdPerDbu === null
      ? ''
      : `+user-${createHash('sha256').update(JSON.stringify(user)).digest('hex').slice(0, 8)}`;
  return `genai-prices-${libraryVersion}+book-${bookDigest}${own}`;
}

interface LookedUp {
  readonly found: FoundPrice | NoPriceReason;
  /** The answer holds for this instant alone. */
  readonly isTimeOfDay: boolean;
}

/** A price before tier, zone and discount. */
interface BasePrice {
  readonly source: PriceSource;
  readonly match: PriceMatch;
  readonly provider: string;
  readonly model: string;
  readonly from: Day | null;
  readonly prices: TokenPrices;
  readonly isTimeOfDay: boolean;
}

interface Question {
  readonly day: Day;
  readonly atMs: number;
  readonly tier: ServiceTier;
  readonly usdPerDbu: number;
}

const only = (found: FoundPrice | NoPriceReason): LookedUp => ({ found, isTimeOfDay: false });

function lookUp(user: UserPrices, call: PricedCallRef, model: string): LookedUp {
  if (call.serviceTier?.toLowerCase() === 'provisioned_throughput') return only('provisioned');
  const tier = serviceTier(call.serviceTier);
  if (tier === null || !Number.isFinite(call.startMs) || Math.abs(call.startMs) > 8.64e15) {
    return only(tier === null ? 'no_tier_price' : 'no_price');
  }
  const day = new Date(call.startMs).toISOString().slice(0, 10);
  const question = { day, atMs: call.startMs, tier, usdPerDbu: user.usdPerDbu ?? defaultUsdPerDbu };
  const name = readModelName(model, call.provider);
  const entry = userEntryFor(user.entries, name, day);
  if (entry === null) return priced(basePrice(name, question), name, question, 0);
  const { rule, discountPercent } = entry;
  const base = rule === null ? basePrice(name, question) : ownPrice(rule, entry.model, entry.from, name, question);
  const chosen = typeof base === 'string' ? base : { ...base, source: 'user' as const, match: 'user' as const };
  return priced(chosen, name, question, discountPercent);
}

/** What an entry of the user's file sets itself. */
function ownPrice(
  rule: PriceRule,
  model: string,
  from: Day | null,
  name: ModelName,
  question: Question,
): BasePrice | NoPriceReason {
  if (rule.kind === 'provisioned') return 'provisioned';
  if (rule.kind === 'same-as') return basePrice(readModelName(rule.model, rule.provider), question);
  const prices = rule.kind === 'dbu' ? scaled(rule.prices, question.usdPerDbu) : rule.prices;
  const provider = name.providers[0] ?? 'any';
  return { source: 'user', match: 'user', provider, model, from, prices, isTimeOfDay: false };
}

function priced(
  base: BasePrice | NoPriceReason,
  name: ModelName,
  { tier }: Question,
  discountPercent: number,
): LookedUp {
  if (typeof base === 'string') return only(base);
  const { provider, model, from, source, match, isTimeOfDay } = base;
  const rate = tierFactor(tier, provider, model);
  if (rate === null) return only('no_tier_price');
  const isZone = name.zone !== null && provider === zoneRate.provider && zoneRate.zones.includes(name.zone);
  const factor = rate * (isZone ? zoneRate.factor : 1) * (1 - discountPercent / 100);
  const marks = [
    ...(from === null ? [] : [`@${from}`]),
    ...(isZone ? [`/${name.zone}`] : []),
    ...(tier === 'standard' ? [] : [`#${tier}`]),
    ...(discountPercent === 0 ? [] : [`-${String(discountPercent)}%`]),
  ];
  const priceId = `${source}:${provider}/${model}${marks.join('')}`;
  return { found: { source, match, priceId, prices: scaled(base.prices, factor) }, isTimeOfDay };
}

/** The first provider that knows the name. */
function basePrice(name: ModelName, question: Question): BasePrice | NoPriceReason {
  if (name.isProvisioned) return 'provisioned';
  for (const provider of name.providers) {
    const found = inBook(provider, name, question) ?? inLibrary(provider, name, question);
    if (found !== null) return found;
  }
  return name.isEndpoint ? 'endpoint' : 'no_price';
}

const entriesByName = new Map<string, BookEntry[]>();
for (const entry of bookEntries) {
  for (const model of entry.models) {
    const key = `${entry.provider}/${model}`;
    entriesByName.set(key, [...(entriesByName.get(key) ?? []), entry]);
  }
}

/** Names under which a provider may know the model, the likeliest first. */
function spellings(provider: string, { model }: ModelName): readonly string[] {
  const own = provider === 'databricks' && !model.startsWith('databricks-') ? `databricks-${model}` : model;
  const bare = withoutSnapshot(own);
  const others = otherNames[provider] ?? {};
  const renamed = [own, bare].flatMap((one) => (Object.hasOwn(others, one) ? [others[one] ?? one] : []));
  return [...new Set([own, ...renamed, bare])];
}

const matchOf = (spelling: string, { raw }: ModelName): NameMatch => (spelling === raw ? 'exact' : 'alias');

function inBook(provider: string, name: ModelName, { day, usdPerDbu }: Question): BasePrice | null {
  for (const model of spellings(provider, name)) {
    const entry = entriesByName.get(`${provider}/${model}`)?.find((one) => holdsOn(one, day));
    if (entry === undefined || (entry.rule.kind !== 'prices' && entry.rule.kind !== 'dbu')) continue;
    const prices = entry.rule.kind === 'dbu' ? scaled(entry.rule.prices, usdPerDbu) : entry.rule.prices;
    const { from } = entry;
    return { source: 'book', match: matchOf(model, name), provider, model, from, prices, isTimeOfDay: false };
  }
  return null;
}

/** A match by the beginning of a name is taken only where no spelling matches better. */
function inLibrary(provider: string, name: ModelName, { atMs }: Question): BasePrice | null {
  let family: BasePrice | null = null;
  for (const spelling of spellings(provider, name)) {
    const found = libraryPrice(provider, spelling, atMs);
    if (found === null || isOtherKind(name.model, found.model)) continue;
    const isFamily = found.match === 'family';
    const match = isFamily ? 'family' : found.match === 'exact' ? matchOf(spelling, name) : 'alias';
    const { model, from, prices, isTimeOfDay } = found;
    const base: BasePrice = { source: 'library', match, provider: found.provider, model, from, prices, isTimeOfDay };
    if (!isFamily) return base;
    family ??= base;
  }
  return family;
}

/** A fine-tuned model never has the price of the model that it was made of. */
const isOtherKind = (name: string, model: string): boolean => name.startsWith('ft:') && !model.includes('ft');
