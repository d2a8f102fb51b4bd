import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { priceCall, type BilledTokens, type CallCost } from '../../src/prices/price-call.js';
import { createPriceList } from '../../src/prices/price-list.js';
import type { TokenPrices } from '../../src/prices/token-prices.js';

const none: BilledTokens = {
  inputTokens: null,
  cachedInputTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  totalTokens: null,
  embeddingTokens: null,
};
const tokens = (own: Partial<BilledTokens>): BilledTokens => ({ ...none, ...own });
const plain: TokenPrices = { input: 2, output: 8 };

function cost(own: Partial<BilledTokens>, prices: TokenPrices = plain, isOneCall = true): CallCost {
  const found = priceCall(tokens(own), prices, isOneCall);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('the cost of a call', () => {
  test('the cost of a call is its input and output, each at its price per million', () => {
    expect(cost({ inputTokens: 1_000_000, outputTokens: 500_000 })).toEqual({
      totalUsd: 6,
      inputUsd: 2,
      outputUsd: 4,
      cacheUsd: 0,
    });
  });

  test('the cost of a call takes cached input out of the input, and tells it apart', () => {
    const prices = { input: 3, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6, output: 15 };
    const found = cost(
      {
        inputTokens: 10_000,
        cachedInputTokens: 4000,
        cacheWrite5mTokens: 1000,
        cacheWrite1hTokens: 2000,
        outputTokens: 0,
      },
      prices,
    );
    // 3,000 x 3 + 4,000 x 0.3 + 1,000 x 3.75 + 2,000 x 6, per million
    expect(found.inputUsd).toBeCloseTo(0.009 + 0.0012 + 0.00375 + 0.012, 12);
    expect(found.cacheUsd).toBeCloseTo(0.0012 + 0.00375 + 0.012, 12);
  });

  test('a cache without a price of its own costs as input', () => {
    expect(cost({ inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 0 })).toMatchObject({
      totalUsd: 2,
      cacheUsd: 0.8,
    });
  });

  test('one token above a tier the whole request has the price of the tier, output and cache too', () => {
    const tiered = (base: number, price: number) => ({ base, above: [{ tokens: 200_000, price }] });
    const prices = { input: tiered(1, 2), cacheRead: tiered(0.1, 0.2), output: tiered(10, 15) };
    expect(cost({ inputTokens: 200_000, outputTokens: 1000 }, prices).totalUsd).toBeCloseTo(0.2 + 0.01, 12);
    expect(cost({ inputTokens: 200_001, outputTokens: 1000 }, prices).totalUsd).toBeCloseTo(0.400002 + 0.015, 12);
  });

  test('reasoning has its own price where it is priced apart', () => {
    const prices = { input: 0, output: 8, reasoning: 3 };
    expect(cost({ inputTokens: 1, outputTokens: 1_000_000, reasoningTokens: 250_000 }, prices).outputUsd).toBe(6.75);
    expect(cost({ inputTokens: 1, outputTokens: 1_000_000, reasoningTokens: 250_000 }).outputUsd).toBe(8);
  });

  test('an embedding costs what it read', () => {
    expect(cost({ embeddingTokens: 1_000_000 }, { input: 0.02, output: null }).totalUsd).toBe(0.02);
  });

  test('a price of each request is paid once', () => {
    expect(cost({ inputTokens: 0, outputTokens: 0 }, { ...plain, perRequestUsd: 0.005 }).totalUsd).toBe(0.005);
  });
});

describe('counts that give no cost have a reason', () => {
  const reason = (own: Partial<BilledTokens>, prices: TokenPrices = plain, isOneCall = true) =>
    priceCall(tokens(own), prices, isOneCall);

  test.each([
    ['a negative count', { inputTokens: -1, outputTokens: 1 }],
    ['a fraction', { inputTokens: 1.5, outputTokens: 1 }],
    ['no number', { inputTokens: Number.NaN, outputTokens: 1 }],
    ['a count without end', { inputTokens: Number.POSITIVE_INFINITY, outputTokens: 1 }],
    ['more than a billion tokens', { inputTokens: 1_000_000_001, outputTokens: 1 }],
    ['a cache larger than the input', { inputTokens: 10, cachedInputTokens: 11, outputTokens: 1 }],
    [
      'caches that are together larger',
      { inputTokens: 10, cachedInputTokens: 6, cacheWrite5mTokens: 5, outputTokens: 1 },
    ],
  ])('%s: counts_invalid', (_what, own) => {
    expect(reason(own)).toBe('counts_invalid');
  });

  test('more reasoning than output is invalid where reasoning has a price', () => {
    const own = { inputTokens: 1, outputTokens: 1, reasoningTokens: 2 };
    expect(reason(own, { ...plain, reasoning: 1 })).toBe('counts_invalid');
    expect(typeof reason(own)).toBe('object');
  });

  test('a total alone, or half a report, is not split', () => {
    expect(reason({ totalTokens: 100 })).toBe('tokens_not_split');
    expect(reason({ inputTokens: 100, totalTokens: 100 })).toBe('tokens_not_split');
    expect(reason({ outputTokens: 100, totalTokens: 100 })).toBe('tokens_not_split');
  });

  test('an hour of cache without its price is unknown where other writes have one', () => {
    const own = { inputTokens: 10, cacheWrite1hTokens: 5, outputTokens: 0 };
    expect(reason(own, { ...plain, cacheWrite5m: 3 })).toBe('no_cache_price');
    expect(typeof reason(own)).toBe('object');
  });

  test('the sum of several calls above a tier is unknown: none of them may have crossed it', () => {
    const prices = { input: { base: 1, above: [{ tokens: 200_000, price: 2 }] }, output: 1 };
    const own = { inputTokens: 300_000, outputTokens: 1 };
    expect(reason(own, prices, false)).toBe('tier_unknown');
    expect(typeof reason({ ...own, inputTokens: 200_000 }, prices, false)).toBe('object');
  });

  test('no counts whatever make it throw, and no cost is negative', () => {
    const any = fc.oneof(fc.constant(null), fc.integer({ min: -5, max: 2_000_000_000 }), fc.double());
    const counts = fc.record(Object.fromEntries(Object.keys(none).map((name) => [name, any])));
    fc.assert(
      fc.property(counts, fc.boolean(), (own, isOneCall) => {
        const found = reason(own, plain, isOneCall);
        if (typeof found === 'object') expect(found.totalUsd).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('against the library', () => {
  const list = createPriceList();
  const models = [
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-5.4'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['google', 'gemini-2.5-pro'],
    ['azure', 'gpt-4.1-mini'],
    ['aws', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ] as const;

  test('whatever the library can price costs the same here', () => {
    const startMs = Date.parse('2026-02-01T00:00:00Z');
    const counts = fc.record({
      uncached: fc.nat(400_000),
      read: fc.nat(50_000),
      write: fc.nat(50_000),
      output: fc.nat(50_000),
    });
    fc.assert(
      fc.property(fc.constantFrom(...models), counts, ([provider, model], { uncached, read, write, output }) => {
        const input = uncached + read + write;
        const usage = {
          input_tokens: input,
          cache_read_tokens: read,
          cache_write_tokens: write,
          output_tokens: output,
        };
        const theirs = calcPrice(usage, model, { providerId: provider, timestamp: new Date(startMs) });
        const found = list.find({ model, provider, startMs, serviceTier: null });
        if (typeof found === 'string') throw new Error(found);
        const own = { inputTokens: input, cachedInputTokens: read, cacheWrite5mTokens: write, outputTokens: output };
        expect(cost(own, found.prices).totalUsd).toBeCloseTo(theirs?.total_price ?? Number.NaN, 9);
      }),
    );
  });
});
