import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/json-value.js';
import { examineTrace } from '../../../src/trace/examine-trace.js';
import { amountOf, noUsage } from '../../../src/trace/tokens/token-usage.js';
import type { Span, SpanReading, TraceInfo } from '../../../src/trace/trace.js';
import { spanReading } from '../arbitrary-trace.js';
import { aSpan, anInfo, complete } from '../sample-trace.js';

const usage = (input: number, output: number, more: JsonObject = {}): JsonObject => ({
  'mlflow.chat.tokenUsage': { input_tokens: input, output_tokens: output, total_tokens: input + output, ...more },
});

function usageOf(spans: readonly Span[], info: TraceInfo = anInfo, spanState: SpanReading['spanState'] = 'complete') {
  return examineTrace(info, { ...complete(spans), spanState }).tokens;
}

const stored = (input: number, output: number): TraceInfo => ({
  ...anInfo,
  metadata: {
    'mlflow.trace.tokenUsage': JSON.stringify({
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
    }),
  },
});

const at = (id: string, parent: string | null, attributes: JsonObject): Span => aSpan(id, parent, [0, 1], attributes);

describe('reported tokens of a trace', () => {
  test('the reported tokens of sibling calls add up', () => {
    const { usage: sum, source } = usageOf([at('r', null, {}), at('a', 'r', usage(10, 1)), at('b', 'r', usage(20, 2))]);
    expect(sum).toEqual({ ...noUsage, inputTokens: 30, outputTokens: 3, totalTokens: 33 });
    expect(source).toBe('spans');
  });

  test('an agent that sums its calls is not counted with them', () => {
    const spans = [at('agent', null, usage(30, 3)), at('a', 'agent', usage(10, 1)), at('b', 'agent', usage(20, 2))];
    const { usage: sum, isOwner } = usageOf(spans);
    expect(sum.totalTokens).toBe(33);
    expect(isOwner).toEqual([false, true, true]);
  });

  test('a wrapper around one call is not counted with it, however deep', () => {
    const spans = [
      at('w', null, usage(10, 1)),
      at('x', 'w', {}),
      at('y', 'x', usage(10, 1)),
      at('z', 'y', usage(10, 1)),
    ];
    expect(usageOf(spans).usage.totalTokens).toBe(11);
  });

  test('a chain that repeats its last call only does not hide the others', () => {
    const spans = [at('chain', null, usage(20, 2)), at('a', 'chain', usage(10, 1)), at('b', 'chain', usage(20, 2))];
    expect(usageOf(spans).usage.totalTokens).toBe(33);
  });

  test('a span that reports more than everything below it counts itself: some of its calls went unreported', () => {
    const spans = [at('agent', null, usage(50, 5)), at('a', 'agent', usage(10, 1)), at('b', 'agent', {})];
    const { usage: sum, isOwner } = usageOf(spans);
    expect(sum.totalTokens).toBe(55);
    expect(isOwner).toEqual([true, false, false]);
  });

  test('cached tokens are summed, and unknown where nobody reports them', () => {
    const spans = [at('a', null, usage(10, 1, { cache_read_input_tokens: 8 })), at('b', null, usage(5, 1))];
    expect(usageOf(spans).usage.cachedInputTokens).toBe(8);
  });

  test('a missing total is the sum of input and output', () => {
    const spans = [at('a', null, { 'mlflow.chat.tokenUsage': { input_tokens: 5 } })];
    expect(usageOf(spans).usage).toEqual({ ...noUsage, inputTokens: 5, totalTokens: 5 });
  });

  test('OpenTelemetry attributes are read where MLflow did not translate them', () => {
    const spans = [at('a', null, { 'gen_ai.usage.input_tokens': 5, 'gen_ai.usage.output_tokens': 2 })];
    expect(usageOf(spans).usage.totalTokens).toBe(7);
  });

  test('the stored total is used only without usage on spans, or where spans are missing and it is larger', () => {
    expect(usageOf([at('a', null, {})], stored(9, 1))).toMatchObject({
      source: 'metadata',
      usage: { totalTokens: 10 },
    });
    const spans = [at('a', null, usage(3, 1))];
    expect(usageOf(spans, stored(9, 1))).toMatchObject({ source: 'spans', usage: { totalTokens: 4 } });
    expect(usageOf(spans, stored(9, 1), 'partial')).toMatchObject({ source: 'metadata', usage: { totalTokens: 10 } });
    expect(usageOf(spans, stored(1, 1), 'partial')).toMatchObject({ source: 'spans', usage: { totalTokens: 4 } });
  });

  test('nothing reported is unknown, not zero', () => {
    expect(usageOf([at('a', null, {})])).toMatchObject({ source: null, usage: { totalTokens: null } });
    expect(usageOf([at('a', null, usage(0, 0))])).toMatchObject({ source: 'spans', usage: { totalTokens: 0 } });
  });

  test.each([[-1], [1.5], ['7 tokens'], ['1.5'], [null], [Number.NaN], [2 ** 60]])(
    'a reported number of tokens of %s is unknown',
    (count) => {
      const spans = [at('a', null, { 'mlflow.chat.tokenUsage': { input_tokens: count, output_tokens: 2 } })];
      expect(usageOf(spans).usage.inputTokens).toBeNull();
    },
  );

  test('the sum is at least the largest call and at most all reports; a larger report above is named', () => {
    fc.assert(
      fc.property(spanReading(), (reading) => {
        const { tree, facts: reports, tokens } = examineTrace(anInfo, reading);
        const amounts = reports.map(({ usage: one }) => (one === null ? null : amountOf(one)));
        const known = amounts.filter((amount) => amount !== null);
        const sum = amountOf(tokens.usage);
        if (known.length === 0) return;
        expect(sum).toBeLessThanOrEqual(known.reduce((left, right) => left + right));
        expect(tokens.disagree === true || sum >= Math.max(...known)).toBe(true);
        const calls = amounts.filter((_, index) => (tree.nodes[index]?.children.length ?? 0) === 0);
        expect(sum).toBeGreaterThanOrEqual(Math.max(0, ...calls.filter((amount) => amount !== null)));
      }),
    );
  });
});
