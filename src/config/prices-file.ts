/** Reads the user's file of prices. Must not read the environment. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { TraceliftError } from '../errors/index.js';
import type { PriceRule, UserEntry, UserPrices } from '../prices/price-entry.js';
import type { TokenPrice, TokenPrices } from '../prices/token-prices.js';
import { clashes } from '../prices/user-entries.js';
import { pricesSchema, type PricesFile } from './prices-schema.js';

/**
 * Entries of a file, checked.
 * @throws PricesFileUnreadable when it is missing or is not YAML or JSON
 * @throws PricesInvalid naming every wrong entry
 */
export function readPricesFile(path: string): UserPrices {
  const parsed = pricesSchema.safeParse(contentOf(path));
  if (!parsed.success) throw invalid(path, parsed.error.issues.map(problemText));
  const entries = parsed.data.prices.map(userEntry);
  const problems = clashes(entries).map(
    ([left, right]) => `prices.${right} is about the same model and days as prices.${left}: keep one of them`,
  );
  if (problems.length > 0) throw invalid(path, problems);
  return { entries, usdPerDbu: parsed.data.usdPerDbu ?? null };
}

function contentOf(path: string): unknown {
  try {
    const text = readFileSync(path, 'utf8');
    return extname(path) === '.json' ? JSON.parse(text) : (parse(text) ?? {});
  } catch (error) {
    throw new TraceliftError('PricesFileUnreadable', { path, reason: reasonOf(error) }, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be read';
  if ('code' in error && error.code === 'ENOENT') return 'there is no such file';
  if ('linePos' in error) {
    const [start] = error.linePos as readonly { readonly line: number; readonly col: number }[];
    return start === undefined ? 'it is no YAML' : `it is no YAML at line ${start.line}, column ${start.col}`;
  }
  return error instanceof SyntaxError ? 'it is no JSON' : 'code' in error ? String(error.code) : 'it is no YAML';
}

const invalid = (path: string, problems: readonly string[]): TraceliftError =>
  new TraceliftError('PricesInvalid', { path, problems: problems.join('; ') });

function problemText(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') return `${place}: there is no ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_union') return `${place}: use a number, or base and above`;
  if (issue.code === 'invalid_type')
    return `${place}: use ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
  return `${place}: ${issue.message.replace(/^Invalid input: /, '').replace(/^Too /, 'too ')}`;
}

function userEntry(entry: PricesFile['prices'][number]): UserEntry {
  return {
    model: entry.model,
    provider: entry.provider ?? null,
    from: entry.from ?? null,
    to: entry.to ?? null,
    rule: ruleOf(entry),
    discountPercent: entry.discountPercent ?? 0,
  };
}

function ruleOf(entry: PricesFile['prices'][number]): PriceRule | null {
  if (entry.perMillionTokens !== undefined) return { kind: 'prices', prices: pricesOf(entry.perMillionTokens) };
  if (entry.dbuPerMillionTokens !== undefined) return { kind: 'dbu', prices: pricesOf(entry.dbuPerMillionTokens) };
  if (entry.sameAs !== undefined) return { kind: 'same-as', model: entry.sameAs, provider: null };
  return entry.billing === undefined ? null : { kind: 'provisioned' };
}

type FilePrices = NonNullable<PricesFile['prices'][number]['perMillionTokens']>;

function pricesOf(prices: FilePrices): TokenPrices {
  return {
    input: priceOf(prices.input),
    output: prices.output === undefined ? null : priceOf(prices.output),
    cacheRead: optionalPrice(prices.cacheRead),
    cacheWrite5m: optionalPrice(prices.cacheWrite),
    cacheWrite1h: optionalPrice(prices.cacheWrite1h),
    reasoning: optionalPrice(prices.reasoning),
  };
}

const optionalPrice = (price: FilePrices['output']): TokenPrice | undefined =>
  price === undefined ? undefined : priceOf(price);

function priceOf(price: FilePrices['input']): TokenPrice {
  if (typeof price === 'number') return price;
  const above = Object.entries(price.above).map(([tokens, tier]) => ({ tokens: Number(tokens), price: tier }));
  return { base: price.base, above: above.sort((left, right) => left.tokens - right.tokens) };
}
