import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bookEntries } from '../../src/prices/book/index.js';
import { allRates, zoneRate } from '../../src/prices/book/rates.js';
import { libraryVersion } from '../../src/prices/library.js';
import { overlap } from '../../src/prices/price-entry.js';
import { createPriceList, noPrices, type FoundPrice } from '../../src/prices/price-list.js';
import type { UserEntry } from '../../src/prices/price-entry.js';
import { root } from '../imports.js';
import { pricedNames, unpricedNames } from './model-names.js';

const list = createPriceList();
const at = (day: string): number => Date.parse(`${day}T12:00:00Z`);

function find(
  model: string | null,
  day = '2026-06-01',
  provider: string | null = null,
  serviceTier: string | null = null,
) {
  return list.find({ model, provider, startMs: day.includes('T') ? Date.parse(day) : at(day), serviceTier });
}

function price(...args: Parameters<typeof find>): FoundPrice {
  const found = find(...args);
  if (typeof found === 'string') throw new Error(`${String(args[0])}: ${found}`);
  return found;
}

describe('names of models', () => {
  test('more than 80 names of real traces are priced in this file', () => {
    expect(pricedNames.length).toBeGreaterThanOrEqual(80);
  });

  test.each(pricedNames)('%s (%s) is priced as %s, by the rule %s', (model, provider, priceId, match) => {
    expect(find(model, '2026-06-01', provider)).toMatchObject({ priceId, match });
  });

  test.each(unpricedNames)('%s (%s) has no price: %s', (model, provider, reason) => {
    expect(find(model, '2026-06-01', provider)).toBe(reason);
  });
});

describe('the price of the day', () => {
  test('o3 costs 10 dollars until the last millisecond of 2025-06-09 and 2 from 2025-06-10', () => {
    expect(price('o3', '2025-06-09T23:59:59.999Z').prices).toMatchObject({ input: 10, cacheRead: 2.5, output: 40 });
    expect(price('o3', '2025-06-10T00:00:00Z').prices).toMatchObject({ input: 2, cacheRead: 0.5, output: 8 });
  });

  test('gpt-4o costs what its first snapshot costs until the name moved to the second', () => {
    expect(price('gpt-4o', '2024-06-01').prices).toMatchObject({ input: 5, output: 15 });
    expect(price('gpt-4o', '2024-06-01').source).toBe('book');
    expect(price('gpt-4o', '2024-10-02').prices).toMatchObject({ input: 2.5, output: 10 });
  });

  test('a price that depends on the time of day is that of the instant', () => {
    expect(price('deepseek-chat', '2025-07-01T12:00:00Z').prices.input).not.toBe(
      price('deepseek-chat', '2025-07-01T20:00:00Z').prices.input,
    );
  });

  test('a start that is no time has no price instead of a failure', () => {
    expect(list.find({ model: 'gpt-4o', provider: null, startMs: Number.NaN, serviceTier: null })).toBe('no_price');
    expect(list.find({ model: 'gpt-4o', provider: null, startMs: 9e15, serviceTier: null })).toBe('no_price');
  });
});

describe('rates of a whole call', () => {
  test('a batch costs half, and so does flex', () => {
    expect(price('gpt-4o', '2026-06-01', null, 'batch')).toMatchObject({
      priceId: 'library:openai/gpt-4o#batch',
      prices: { input: 1.25, output: 5 },
    });
    expect(price('gemini-2.5-pro', '2026-06-01', 'gemini', 'flex').prices.input).toEqual({
      base: 0.625,
      above: [{ tokens: 200_000, price: 1.25 }],
    });
  });

  test('priority costs more where its price is known, and is unknown elsewhere', () => {
    expect(price('gpt-4o', '2026-06-01', null, 'priority').prices.input).toBeCloseTo(4.25, 12);
    expect(find('claude-sonnet-4-5', '2026-06-01', null, 'priority')).toBe('no_tier_price');
    expect(find('gpt-4o', '2026-06-01', null, 'reserved-2027')).toBe('no_tier_price');
  });

  test.each(['default', 'standard', 'auto', 'on_demand', 'STANDARD'])('%s is no tier of its own', (tier) => {
    expect(price('gpt-4o', '2026-06-01', null, tier).priceId).toBe('library:openai/gpt-4o');
  });

  test('a data zone of Azure costs a tenth more', () => {
    expect(price('azure/eu/gpt-4o').prices.input).toBeCloseTo(2.75, 12);
  });
});

describe('entries of the user', () => {
  const entry = (own: Partial<UserEntry> & Pick<UserEntry, 'model'>): UserEntry => ({
    ...{ provider: null, from: null, to: null, rule: null, discountPercent: 0 },
    ...own,
  });
  const of = (entries: UserEntry[], model: string, day = '2026-06-01', provider: string | null = null) =>
    createPriceList({ entries, usdPerDbu: null }).find({ model, provider, startMs: at(day), serviceTier: null });

  test('entries of the user win over every other price', () => {
    const own = entry({ model: 'gpt-4o', rule: { kind: 'prices', prices: { input: 2, output: 9 } } });
    expect(of([own], 'gpt-4o')).toMatchObject({ source: 'user', match: 'user', prices: { input: 2, output: 9 } });
  });

  test('entries of the user hold from their first day until the day before "to"', () => {
    const own = entry({
      ...{ model: 'gpt-4o', from: '2026-02-01', to: '2026-03-01' },
      rule: { kind: 'prices', prices: { input: 1, output: 1 } },
    });
    const sources = ['2026-01-31', '2026-02-01', '2026-02-28', '2026-03-01'].map((day) => {
      const found = of([own], 'gpt-4o', day);
      return typeof found === 'string' ? found : found.source;
    });
    expect(sources).toEqual(['library', 'user', 'user', 'library']);
  });

  test('a discount alone is taken from the price of the day', () => {
    const found = of([entry({ model: 'claude-*', provider: 'anthropic', discountPercent: 20 })], 'claude-sonnet-4-5');
    expect(found).toMatchObject({ source: 'user', prices: { cacheRead: { base: 0.24 } } });
  });

  test('a deployment has the price of the model behind it', () => {
    const own = entry({ model: 'chat-prod', rule: { kind: 'same-as', model: 'azure/gpt-4o', provider: null } });
    expect(of([own], 'chat-prod', '2026-06-01', 'azure')).toMatchObject({
      priceId: 'user:azure/gpt-4o',
      prices: { input: 2.5 },
    });
  });

  test('an endpoint that is paid by the hour has no price', () => {
    expect(of([entry({ model: 'endpoints:/rag', rule: { kind: 'provisioned' } })], 'endpoints:/rag')).toBe(
      'provisioned',
    );
  });

  test('of two entries the one that says more about the name holds, whatever their order', () => {
    const entries = [
      entry({ model: '*', discountPercent: 1 }),
      entry({ model: 'gpt-4o', discountPercent: 4 }),
      entry({ model: 'gpt-*', discountPercent: 2 }),
      entry({ model: 'gpt-*', provider: 'openai', discountPercent: 3 }),
    ];
    for (const order of [entries, [...entries].reverse()]) {
      expect(of(order, 'gpt-4o')).toMatchObject({ priceId: 'user:openai/gpt-4o-4%' });
      expect(of(order, 'gpt-4.1')).toMatchObject({ priceId: 'user:openai/gpt-4.1-3%' });
      expect(of(order, 'o3-mini')).toMatchObject({ priceId: 'user:openai/o3-mini-1%' });
    }
  });

  test('what a DBU costs scales the prices of Databricks', () => {
    const dear = createPriceList({ entries: [], usdPerDbu: 0.14 });
    const ask = { model: 'databricks-claude-sonnet-4', provider: null, startMs: at('2026-06-01'), serviceTier: null };
    expect(dear.find(ask)).toMatchObject({ prices: { input: 42.857 * 0.14, output: 214.286 * 0.14 } });
    expect(list.find(ask)).toMatchObject({ prices: { input: 42.857 * 0.07 } });
  });

  test('entries of the user change the version of the list, which otherwise stays', () => {
    expect(createPriceList().version).toBe(list.version);
    expect(createPriceList({ entries: [entry({ model: 'x', discountPercent: 1 })], usdPerDbu: null }).version).not.toBe(
      list.version,
    );
    expect(createPriceList({ entries: [], usdPerDbu: 0.08 }).version).not.toBe(list.version);
  });
});

describe('the book', () => {
  const names = bookEntries.flatMap((entry) => entry.models.map((model) => ({ ...entry, model })));

  test('no two entries of the book are about one model on one day', () => {
    const clashing = names.flatMap((left, index) =>
      names
        .slice(index + 1)
        .filter((right) => left.model === right.model && left.provider === right.provider && overlap(left, right))
        .map((right) => `${left.provider}/${right.model}`),
    );
    expect(clashing).toEqual([]);
  });

  test('every entry and every rate has a source and was checked on a day that has passed', () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const { source, checked } of [...bookEntries, ...allRates, zoneRate]) {
      expect(source).toMatch(/^https:\/\//);
      expect(checked).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(checked <= today).toBe(true);
    }
  });

  test('periods of the book end after they begin', () => {
    for (const { from, to } of bookEntries) expect(from === null || to === null || from < to).toBe(true);
  });

  test('the version of the library is that of the package', () => {
    const text = readFileSync(join(root, 'package.json'), 'utf8');
    expect(text).toContain(`"@pydantic/genai-prices": "${libraryVersion}"`);
  });

  test('a list without prices knows none', () => {
    expect(noPrices.find({ model: 'gpt-4o', provider: null, startMs: 0, serviceTier: null })).toBe('no_price');
  });
});
