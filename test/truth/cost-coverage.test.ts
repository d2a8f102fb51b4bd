/** A cost covers the same calls as the tokens beside it, or there is none and a reason. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import type { Span, TraceInfo } from '../../src/trace/trace.js';
import { spanReading } from '../trace/arbitrary-trace.js';
import { aSpan, anInfo, build, complete } from '../trace/sample-trace.js';

function call(kind: string, tokens: number | null, costUsd?: number): JsonObject {
  return {
    'mlflow.spanType': kind,
    ...(tokens === null
      ? {}
      : { 'mlflow.chat.tokenUsage': { input_tokens: tokens - 10, output_tokens: 10, total_tokens: tokens } }),
    ...(costUsd === undefined ? {} : { 'mlflow.llm.cost': { total_cost: costUsd } }),
  };
}

const at = (id: string, parent: string | null, attributes: JsonObject): Span => aSpan(id, parent, [0, 1], attributes);
const goldOf = (spans: readonly Span[], info: TraceInfo = anInfo) => build(info, complete(spans)).gold;

test('an agent of 550 tokens over a priced call of 110 and an unpriced one of 220 has no cost, and says why', () => {
  const calls = [at('a', 'agent', call('CHAT_MODEL', 110, 0.00035)), at('b', 'agent', call('CHAT_MODEL', 220))];
  const missing = { cost_usd: null, cost_source: null, cost_missing_reason: 'no_price' };
  expect(goldOf([at('agent', null, call('AGENT', 550)), ...calls])).toMatchObject({ total_tokens: 330, ...missing });
  const silent = [...calls, at('c', 'agent', call('CHAT_MODEL', null))];
  expect(goldOf([at('agent', null, call('AGENT', 550)), ...silent])).toMatchObject({ total_tokens: 550, ...missing });
});

test('the cost of an agent that carries earlier turns is not taken for its calls', () => {
  const spans = [at('agent', null, call('AGENT', 4_000, 0.4)), at('a', 'agent', call('CHAT_MODEL', 2_000))];
  expect(goldOf(spans)).toMatchObject({ total_tokens: 2_000, cost_usd: null, cost_missing_reason: 'no_price' });
});

test('a wrapper that has the price of its one call stands for it', () => {
  const spans = [at('outer', null, call('LLM', 110, 0.5)), at('inner', 'outer', call('LLM', 110))];
  expect(goldOf(spans)).toMatchObject({ total_tokens: 110, cost_usd: 0.5, cost_missing_reason: null });
});

test('the totals that MLflow stored are no cost of other tokens', () => {
  const metadata = (tokens: number) => ({
    'mlflow.trace.tokenUsage': JSON.stringify({ input_tokens: tokens, output_tokens: 0, total_tokens: tokens }),
    'mlflow.trace.cost': '{"total_cost": 0.9}',
  });
  const spans = [at('agent', null, call('AGENT', 4_000)), at('a', 'agent', call('CHAT_MODEL', 2_000))];
  expect(goldOf(spans, { ...anInfo, metadata: metadata(4_000) })).toMatchObject({
    total_tokens: 2_000,
    cost_usd: null,
  });
  expect(goldOf(spans, { ...anInfo, metadata: metadata(2_000) })).toMatchObject({ total_tokens: 2_000, cost_usd: 0.9 });
});

test('a reported total of 0 beside 500 in and 20 out is 520 tokens, and not free', () => {
  const usage = { input_tokens: 500, output_tokens: 20, total_tokens: 0 };
  const spans = [at('a', null, { 'mlflow.spanType': 'LLM', 'mlflow.chat.tokenUsage': usage })];
  expect(goldOf(spans)).toMatchObject({ total_tokens: 520, cost_usd: null, cost_missing_reason: 'no_price' });
});

test('the parts of a cost are summed where every call tells them, and unknown where one tells its total alone', () => {
  const parts = (input: number, output: number): JsonObject => ({
    ...call('LLM', 110),
    'mlflow.llm.cost': { input_cost: input, output_cost: output, total_cost: input + output },
  });
  const both = [at('a', null, parts(1, 2)), at('b', null, parts(4, 8))];
  expect(goldOf(both)).toMatchObject({ cost_usd: 15, input_cost_usd: 5, output_cost_usd: 10 });
  const mixed = [...both, at('c', null, call('LLM', 110, 16))];
  expect(goldOf(mixed)).toMatchObject({ cost_usd: 31, input_cost_usd: null, output_cost_usd: null });
});

test('the cost of the input alone is not the cost of a call', () => {
  const half = { ...call('LLM', 110), 'mlflow.llm.cost': { input_cost: 0.1 } };
  expect(goldOf([at('a', null, half)])).toMatchObject({ cost_usd: null, cost_missing_reason: 'no_price' });
});

test('tokens and cost of a trace are the sums over its spans that count', () => {
  fc.assert(
    fc.property(spanReading(), (reading) => {
      const { gold, spans } = build(anInfo, reading);
      const owners = spans.filter((row) => row.is_token_owner);
      const sum = (column: 'total_tokens' | 'cost_usd'): number =>
        owners.reduce((total, row) => total + Number(row[column] ?? 0), 0);
      if (gold.tokens_source === 'spans') expect(gold.total_tokens).toBe(sum('total_tokens'));
      if (gold.cost_usd !== null) expect(gold.cost_usd).toBeCloseTo(sum('cost_usd'), 12);
    }),
  );
});
