import { describe, expect, test } from 'vitest';
import { examineTrace } from '../../../src/trace/examine-trace.js';
import type { JsonObject } from '../../../src/json/json-value.js';
import type { Span, SpanReading, TraceInfo } from '../../../src/trace/trace.js';
import { aSpan, anInfo, complete } from '../sample-trace.js';

const call = (tokens: number | null, costUsd: number | null): JsonObject => ({
  ...(tokens === null ? {} : { 'mlflow.chat.tokenUsage': { input_tokens: tokens, output_tokens: 0 } }),
  ...(costUsd === null ? {} : { 'mlflow.llm.cost': { total_cost: costUsd } }),
});

const at = (id: string, parent: string | null, attributes: JsonObject): Span => aSpan(id, parent, [0, 1], attributes);

function costOf(spans: readonly Span[], info: TraceInfo = anInfo, spanState: SpanReading['spanState'] = 'complete') {
  return examineTrace(info, { ...complete(spans), spanState }).cost;
}

const stored: TraceInfo = { ...anInfo, metadata: { 'mlflow.trace.cost': '{"total_cost": 9}' } };

describe('reported cost of a trace', () => {
  test('reported cost of a trace is the sum over the calls that own the tokens, so that no wrapper costs twice', () => {
    const spans = [at('w', null, call(30, 3)), at('a', 'w', call(10, 1)), at('b', 'w', call(20, 2))];
    expect(costOf(spans)).toMatchObject({ costUsd: 3, source: 'reported', missingReason: null });
  });

  test('the cost of an owner without a price is that of the calls below it', () => {
    const spans = [at('agent', null, call(50, null)), at('a', 'agent', call(10, 1)), at('b', 'agent', call(20, 2))];
    expect(costOf(spans).costUsd).toBe(3);
  });

  test('reported cost of a trace is unknown where any call has none: a sum that misses one is too small', () => {
    const spans = [at('r', null, {}), at('a', 'r', call(10, 1)), at('b', 'r', call(20, null))];
    expect(costOf(spans)).toMatchObject({ costUsd: null, source: null, missingReason: 'no_price' });
    expect(costOf(spans, stored)).toMatchObject({ costUsd: null, missingReason: 'no_price' });
  });

  test('the cost of a call without tokens is nothing', () => {
    expect(costOf([at('a', null, call(10, 1)), at('b', null, call(0, null))]).costUsd).toBe(1);
  });

  test('the reported cost of a trace counts costs of spans that report no tokens', () => {
    expect(costOf([at('r', null, {}), at('a', 'r', call(null, 0.5))]).costUsd).toBe(0.5);
  });

  test('reported cost of a trace is what MLflow stored for the trace where spans say nothing', () => {
    expect(costOf([at('a', null, call(10, null))], stored).costUsd).toBe(9);
    expect(costOf([], stored, 'missing').costUsd).toBe(9);
  });

  test('a missing cost comes with its reason', () => {
    expect(costOf([at('a', null, {})]).missingReason).toBe('no_usage');
    expect(costOf([at('a', null, call(10, null))]).missingReason).toBe('no_price');
    expect(costOf([], anInfo, 'unknown').missingReason).toBe('spans_not_read');
    expect(costOf([], anInfo, 'missing').missingReason).toBe('spans_not_read');
  });

  test.each([[-1], ['1'], [Number.NaN], [null]])('a reported cost of %s is unknown', (total) => {
    const spans = [at('a', null, { ...call(10, null), 'mlflow.llm.cost': { total_cost: total } })];
    expect(costOf(spans).costUsd).toBeNull();
  });
});
