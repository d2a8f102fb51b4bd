/** Invoices computed by hand: the arithmetic is in the test, the prices are those of the providers on that day. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import { createPriceList, type PriceList } from '../../src/prices/price-list.js';
import type { Span } from '../../src/trace/trace.js';
import { spanReading } from '../trace/arbitrary-trace.js';
import { aSpan, anInfo, build, complete, options } from '../trace/sample-trace.js';

const builtIn = createPriceList();

interface Call {
  readonly model: string;
  readonly provider?: string;
  readonly usage: JsonObject;
  readonly at?: string;
  readonly outputs?: JsonObject;
  readonly kind?: string;
  readonly parent?: string;
  readonly reported?: JsonObject;
}

function span(id: string, call: Call): Span {
  const { model, provider, usage, at = '2026-02-01T12:00:00Z', outputs, kind = 'CHAT_MODEL', parent = null } = call;
  const attributes: JsonObject = {
    'mlflow.spanType': kind,
    'mlflow.llm.model': model,
    ...(provider === undefined ? {} : { 'mlflow.llm.provider': provider }),
    ...(outputs === undefined ? {} : { 'mlflow.spanOutputs': outputs }),
    ...(call.reported === undefined ? {} : { 'mlflow.llm.cost': call.reported }),
    'mlflow.chat.tokenUsage': usage,
  };
  const startTimeNs = BigInt(Date.parse(at)) * 1_000_000n;
  return { ...aSpan(id, parent, [0, 1], attributes), startTimeNs, endTimeNs: startTimeNs + 1_000_000n };
}

function invoice(spans: readonly Span[], prices: PriceList = builtIn) {
  return build(anInfo, complete(spans), { ...options, prices });
}

const one = (call: Call, prices?: PriceList) => invoice([span('a', call)], prices).gold;

test('an Anthropic conversation with 5-minute and 1-hour cache writes', () => {
  // claude-sonnet-4-5: 3 input, 3.75 write for 5 minutes, 6 for an hour, 0.30 read, 15 output, per million.
  const first = span('a', {
    model: 'claude-sonnet-4-5-20250929',
    usage: {
      ...{ input_tokens: 30_000, output_tokens: 1000 },
      ...{ cache_creation_input_tokens: 25_000, cache_creation_input_tokens_above_1hr: 5000 },
    },
  });
  const second = span('b', {
    model: 'claude-sonnet-4-5-20250929',
    usage: { input_tokens: 32_000, output_tokens: 500, cache_read_input_tokens: 25_000 },
  });
  // first: 5,000 x 3 + 20,000 x 3.75 + 5,000 x 6 + 1,000 x 15 = 135,000; second: 7,000 x 3 + 25,000 x 0.30 + 500 x 15 = 36,000
  const { gold } = invoice([first, second]);
  expect(gold.cost_usd).toBeCloseTo(0.135 + 0.036, 12);
  expect(gold.cache_cost_usd).toBeCloseTo(0.075 + 0.03 + 0.0075, 12);
  expect(gold).toMatchObject({ cost_source: 'library', price_match: 'alias', cost_missing_reason: null });
});

test('300,000 input tokens of a tiered Gemini cost 0.75 dollars, not the 0.375 of the base price', () => {
  const gold = one({
    model: 'gemini-2.5-pro',
    provider: 'gemini',
    usage: { input_tokens: 300_000, output_tokens: 1000 },
  });
  // 300,000 x 2.50 and 1,000 x 15: the whole request pays the price above 200,000.
  expect(gold.input_cost_usd).toBeCloseTo(0.75, 12);
  expect(gold.output_cost_usd).toBeCloseTo(0.015, 12);
});

test('o3 on 2025-06-09 and on 2025-06-10', () => {
  const usage = { input_tokens: 100_000, output_tokens: 10_000, cache_read_input_tokens: 40_000 };
  const on = (at: string) => one({ model: 'o3', provider: 'openai', usage, at }).cost_usd;
  // 60,000 x 10 + 40,000 x 2.50 + 10,000 x 40
  expect(on('2025-06-09T23:59:59Z')).toBeCloseTo(0.6 + 0.1 + 0.4, 12);
  // 60,000 x 2 + 40,000 x 0.50 + 10,000 x 8
  expect(on('2025-06-10T00:00:00Z')).toBeCloseTo(0.12 + 0.02 + 0.08, 12);
});

test('a batch costs half of what the same call costs by itself', () => {
  const usage = { input_tokens: 1_000_000, output_tokens: 100_000 };
  const outputs = { usage: { service_tier: 'batch' } };
  // claude-haiku-4-5: 1 input, 5 output; half of 1 + 0.5
  const gold = one({ model: 'claude-haiku-4-5', usage: { ...usage, input_tokens: 100_000 }, outputs });
  expect(gold.cost_usd).toBeCloseTo((0.1 + 0.5) / 2, 12);
  expect(gold.price_id).toBe('library:anthropic/claude-haiku-4-5#batch');
});

test('Bedrock with a regional surcharge of a tenth', () => {
  const usage = { input_tokens: 10_000, output_tokens: 1000 };
  const of = (model: string) => one({ model, provider: 'bedrock', usage }).cost_usd;
  expect(of('global.anthropic.claude-sonnet-4-5-20250929-v1:0')).toBeCloseTo(0.03 + 0.015, 12);
  expect(of('us.anthropic.claude-sonnet-4-5-20250929-v1:0')).toBeCloseTo(0.033 + 0.0165, 12);
});

test('Azure, and its European data zone', () => {
  const usage = { input_tokens: 10_000, output_tokens: 500, cache_read_input_tokens: 4000 };
  // gpt-4.1-mini: 6,000 x 0.40 + 4,000 x 0.10 + 500 x 1.60 = 3,600
  expect(one({ model: 'gpt-4.1-mini', provider: 'azure', usage }).cost_usd).toBeCloseTo(0.0036, 12);
  expect(one({ model: 'azure/eu/gpt-4.1-mini', usage }).cost_usd).toBeCloseTo(0.00396, 12);
});

test('a Databricks endpoint in DBU, in two regions', () => {
  const call = { model: 'databricks-claude-sonnet-4', usage: { input_tokens: 10_000, output_tokens: 500 } };
  // 10,000 x 42.857 DBU + 500 x 214.286 DBU per million = 0.535713 DBU
  expect(one(call).cost_usd).toBeCloseTo(0.535713 * 0.07, 12);
  const dear = createPriceList({ entries: [], usdPerDbu: 0.082 });
  expect(one(call, dear).cost_usd).toBeCloseTo(0.535713 * 0.082, 12);
});

test('a fine-tuned model has its own price', () => {
  const usage = { input_tokens: 100_000, output_tokens: 10_000 };
  // 100,000 x 3.75 + 10,000 x 15
  const gold = one({ model: 'ft:gpt-4o-2024-08-06:acme::AbCd', provider: 'openai', usage });
  expect(gold.cost_usd).toBeCloseTo(0.375 + 0.15, 12);
});

test('an embedding', () => {
  const gold = one({ model: 'text-embedding-3-small', kind: 'EMBEDDING', usage: { input_tokens: 50_000 } });
  expect(gold.cost_usd).toBeCloseTo(0.001, 12);
});

test('an agent tree with repeated usage is paid once, at the price of the model that its calls name', () => {
  const call = (id: string, input: number): Span =>
    span(id, { model: 'gpt-4o', parent: 'agent', usage: { input_tokens: input, output_tokens: 100 } });
  const agent = aSpan('agent', null, [0, 10], {
    'mlflow.spanType': 'AGENT',
    'mlflow.chat.tokenUsage': { input_tokens: 3000, output_tokens: 200, total_tokens: 3200 },
    'mlflow.llm.cost': { total_cost: 99 },
  });
  // 1,000 and 2,000 in at 2.50, twice 100 out at 10; not the 99 that the agent says, and not twice
  const { gold, spans } = invoice([agent, call('a', 1000), call('b', 2000)]);
  expect(gold).toMatchObject({ total_tokens: 3200, cost_reported_usd: 99 });
  expect(gold.cost_usd).toBeCloseTo(0.0075 + 0.002, 12);
  expect(spans.filter((row) => row.is_token_owner).map(({ name, model }) => [name, model])).toEqual([
    ['agent', 'gpt-4o'],
  ]);
});

describe('what a row says of its cost', () => {
  const usage = { input_tokens: 1000, output_tokens: 100 };

  test("MLflow's own figure stays beside it", () => {
    const reported = { input_cost: 1, output_cost: 2, total_cost: 3 };
    expect(one({ model: 'gpt-4o', usage, reported })).toMatchObject({
      cost_source: 'library',
      cost_reported_usd: 3,
      input_cost_reported_usd: 1,
      output_cost_reported_usd: 2,
    });
    expect(one({ model: 'my-model', usage, reported })).toMatchObject({ cost_usd: 3, cost_source: 'reported' });
  });

  test('a model without a price leaves the trace without a cost, and a family match is marked', () => {
    const spans = [span('a', { model: 'gpt-4o', usage }), span('b', { model: 'my-model', usage })];
    expect(invoice(spans).gold).toMatchObject({ cost_usd: null, cost_missing_reason: 'no_price', cost_source: null });
    expect(one({ model: 'claude-sonnet-4-5-xyz', usage })).toMatchObject({ price_match: 'family' });
  });

  test('where no tokens were reported the counted ones are an estimate, and no cost', () => {
    const silent = aSpan('a', null, [0, 1], { 'mlflow.spanType': 'CHAT_MODEL', 'mlflow.llm.model': 'gpt-4o' });
    const prices = { ...options, prices: builtIn };
    const counted = build(anInfo, complete([silent]), prices).gold;
    expect(counted).toMatchObject({ cost_usd: null, cost_missing_reason: 'no_usage', cost_estimated_usd: null });
  });
});

test('whatever the tree, the cost of a trace is the sum over the spans that count, and has a reason where it is NULL', () => {
  fc.assert(
    fc.property(spanReading(), (reading) => {
      const { gold, spans } = build(anInfo, reading, { ...options, prices: builtIn });
      expect((gold.cost_usd === null) !== (gold.cost_missing_reason === null)).toBe(true);
      const owners = spans.filter((row) => row.is_token_owner);
      if (gold.cost_usd === null || gold.tokens_source !== 'spans') return;
      const sum = owners.reduce((total, row) => total + (row.cost_usd ?? 0), 0);
      expect(gold.cost_usd).toBeCloseTo(sum, 9);
    }),
  );
});
