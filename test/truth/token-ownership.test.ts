/** Who owns the tokens: a parent that reports too much, a child that reports too little, wrappers around one call. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import type { Span, SpanReading } from '../../src/trace/trace.js';
import { aSpan, anInfo, build, complete } from '../trace/sample-trace.js';

function of(kind: string, total?: number, more: JsonObject = {}): JsonObject {
  const usage = total === undefined ? {} : { input_tokens: total - 10, output_tokens: 10, total_tokens: total };
  return { 'mlflow.spanType': kind, ...(total === undefined ? {} : { 'mlflow.chat.tokenUsage': usage }), ...more };
}

const at = (id: string, parent: string | null, attributes: JsonObject): Span => aSpan(id, parent, [0, 1], attributes);

function tokensOf(spans: readonly Span[], spanState: SpanReading['spanState'] = 'complete') {
  const { gold } = build(anInfo, { ...complete(spans), spanState });
  return { total: gold.total_tokens, disagree: gold.tokens_disagree };
}

test.each([2_000, 4_000, 6_000])(
  'a turn of 2,000 tokens counts 2,000 when its agent carries %i, the sum of the session so far',
  (accumulated) => {
    const turn = [at('agent', null, of('AGENT', accumulated)), at('tool', 'agent', of('TOOL'))];
    const calls = [at('a', 'agent', of('CHAT_MODEL', 1_200)), at('b', 'agent', of('CHAT_MODEL', 800))];
    expect(tokensOf([...turn, ...calls])).toEqual({ total: 2_000, disagree: accumulated !== 2_000 });
  },
);

test('turns inside one trace, each with the sum of those before it, count once each', () => {
  const turns = [2_000, 4_000, 6_000].flatMap((accumulated, index) => [
    at(`agent${String(index)}`, 'root', of('AGENT', accumulated)),
    at(`call${String(index)}`, `agent${String(index)}`, of('LLM', 2_000)),
  ]);
  expect(tokensOf([at('root', null, of('CHAIN')), ...turns])).toEqual({ total: 6_000, disagree: true });
});

test('an agent with more than its calls counts where one of its calls reported nothing', () => {
  const spans = [
    at('agent', null, of('AGENT', 550)),
    at('a', 'agent', of('CHAT_MODEL', 110)),
    at('b', 'agent', of('CHAT_MODEL')),
  ];
  expect(tokensOf(spans)).toEqual({ total: 550, disagree: false });
});

test('a call that reports its input alone leaves the rest to its parent', () => {
  const half = { 'mlflow.spanType': 'CHAT_MODEL', 'mlflow.chat.tokenUsage': { input_tokens: 100 } };
  expect(tokensOf([at('agent', null, of('AGENT', 130)), at('a', 'agent', half)])).toEqual({
    total: 130,
    disagree: false,
  });
});

test('a sub-agent whose calls were not traced leaves the count to its parent', () => {
  const spans = [
    at('agent', null, of('AGENT', 900)),
    at('a', 'agent', of('CHAT_MODEL', 110)),
    at('sub', 'agent', of('AGENT')),
  ];
  expect(tokensOf(spans)).toEqual({ total: 900, disagree: false });
});

test('a call that failed used nothing: the others still count alone', () => {
  const failed: Span = { ...at('b', 'agent', of('CHAT_MODEL')), status: 'ERROR' };
  expect(tokensOf([at('agent', null, of('AGENT', 4_000)), at('a', 'agent', of('CHAT_MODEL', 2_000)), failed])).toEqual({
    total: 2_000,
    disagree: true,
  });
});

test('steps without a kind beside model calls are no calls', () => {
  const spans = [
    at('agent', null, of('AGENT', 4_000)),
    at('a', 'agent', of('CHAT_MODEL', 2_000)),
    at('b', 'agent', {}),
  ];
  expect(tokensOf(spans)).toEqual({ total: 2_000, disagree: true });
});

test('while spans are missing, the larger parent counts: its calls may be among them', () => {
  const spans = [at('agent', null, of('AGENT', 550)), at('a', 'agent', of('CHAT_MODEL', 110))];
  expect(tokensOf(spans, 'partial')).toEqual({ total: 550, disagree: false });
});

test('a wrapper of kind LLM around one call is that call, with or without a report of its own', () => {
  const inner = at('inner', 'outer', of('CHAT_MODEL', 110));
  expect(tokensOf([at('outer', null, of('LLM', 110)), inner])).toEqual({ total: 110, disagree: false });
  expect(tokensOf([at('outer', null, of('LLM')), inner])).toEqual({ total: 110, disagree: false });
  const silent = at('inner', 'outer', of('CHAT_MODEL'));
  expect(tokensOf([at('outer', null, of('LLM', 110)), silent])).toEqual({ total: 110, disagree: false });
});

test('whether reports agree is unknown where there are none', () => {
  expect(tokensOf([at('a', null, of('CHAT_MODEL'))])).toEqual({ total: null, disagree: null });
});
