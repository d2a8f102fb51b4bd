/** What is not known is NULL, in sums too; what is known to be nothing is 0. */
import { expect, test } from 'vitest';
import type { Span } from '../../src/trace/trace.js';
import { aSpan, anInfo, build, complete } from '../trace/sample-trace.js';

const ofKind = (id: string, kind: string, times: [number, number], more: Span['attributes'] = {}): Span =>
  aSpan(id, 'root', times, { 'mlflow.spanType': kind, ...more });
const root = aSpan('root', null, [0, 1000], {});
const open = (span: Span): Span => ({ ...span, endTimeNs: null });
const goldOf = (...spans: Span[]) => build(anInfo, complete([root, ...spans])).gold;

test('time in models, tools and retrievers is unknown while one of them has no known duration', () => {
  const spans = [
    ofKind('a', 'LLM', [0, 100]),
    open(ofKind('b', 'CHAT_MODEL', [200, 0])),
    ofKind('c', 'TOOL', [50, 10]),
    ofKind('d', 'RETRIEVER', [0, 30], { 'mlflow.spanOutputs': [] }),
  ];
  expect(goldOf(...spans)).toMatchObject({ llm_time_ms: null, tool_time_ms: null, retriever_time_ms: 30 });
  expect(goldOf(ofKind('a', 'CHAIN', [0, 1]))).toMatchObject({ llm_time_ms: 0, tool_time_ms: 0, retriever_time_ms: 0 });
});

test('the own time of a span is unknown under a child that ends before it starts', () => {
  const { spans } = build(anInfo, complete([root, ofKind('a', 'TOOL', [50, 10])]));
  expect(spans.find(({ span_id }) => span_id === 'root')).toMatchObject({ duration_ms: 1000, self_ms: null });
});

test('the number of documents is unknown where a retriever shows no list, and 0 where there is no retriever', () => {
  const listed = ofKind('a', 'RETRIEVER', [0, 1], { 'mlflow.spanOutputs': ['one', 'two'] });
  const unlisted = ofKind('b', 'RETRIEVER', [0, 1], { 'mlflow.spanOutputs': 'two documents' });
  expect(goldOf(listed, unlisted).num_retrieved_documents).toBeNull();
  expect(goldOf(listed).num_retrieved_documents).toBe(2);
  expect(goldOf().num_retrieved_documents).toBe(0);
});

test('tokens of embeddings are no prompt tokens of a language model', () => {
  const chat = ofKind('a', 'CHAT_MODEL', [0, 1], {
    'mlflow.chat.tokenUsage': { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
    'mlflow.llm.cost': { total_cost: 2 },
  });
  const embedding = ofKind('b', 'EMBEDDING', [0, 1], {
    'mlflow.chat.tokenUsage': { input_tokens: 8, total_tokens: 8 },
    'mlflow.llm.cost': { total_cost: 1 },
  });
  const { gold, spans } = build(anInfo, complete([root, chat, embedding]));
  expect(gold).toMatchObject({
    input_tokens: 100,
    output_tokens: 20,
    total_tokens: 120,
    embedding_tokens: 8,
    cost_usd: 3,
  });
  expect(spans.find(({ span_id }) => span_id === 'b')).toMatchObject({
    input_tokens: null,
    total_tokens: null,
    embedding_tokens: 8,
    is_token_owner: true,
  });
  expect(goldOf(embedding)).toMatchObject({ input_tokens: null, total_tokens: null, embedding_tokens: 8 });
  expect(goldOf(chat).embedding_tokens).toBeNull();
});
