/**
 * Traces that real tracing libraries wrote (test/fixtures/dialects): as an older server or an artifact holds them and as
 * a current server translates them, they come to the same facts. The model of the recordings reports, for every call,
 * of OpenAI 120 tokens in (64 from a cache) and 30 out (10 of reasoning), of Anthropic 30 in beside 2,000 from a cache
 * and 500 written to one, and 25 out.
 */
import { describe, expect, test } from 'vitest';
import { factsOf, recordedTrace } from './recorded-trace.js';

type Facts = ReturnType<typeof factsOf>;

const question = 'How is the weather in Paris?';
const answer = 'It is sunny in Paris, 21 degrees.';
const openAi = { models: '["gpt-4o-2024-08-06"]', written: [null, null], isCacheAdded: false, calls: 1, ended: 'stop' };
const oneCall = { ...openAi, input: 120, cached: 64, output: 30, reasoning: 10, total: 150 };
const twoCalls = { ...openAi, input: 240, cached: 128, output: 60, reasoning: 20, total: 300, calls: 2 };
const people = { session: 'conversation-1', user: 'user-1', documents: [] };

const expected: Record<string, Facts> = {
  'otel-agent': {
    ...people,
    ...twoCalls,
    user: null,
    request: '[{"role":"user","parts":[{"type":"text","content":"How is th',
    response: '[{"role":"assistant","parts":[{"type":"tool_call","id":"call',
    spans: [
      'AGENT helper - - - -',
      'CHAT_MODEL - openai gpt-4o-2024-08-06 150 -',
      'TOOL get_weather - - - -',
      'CHAT_MODEL - openai gpt-4o-2024-08-06 150 -',
    ],
  },
  // Its library reports neither cache nor reasoning, and leaves messages to the log.
  'otel-chat': {
    ...people,
    ...oneCall,
    session: null,
    user: null,
    cached: null,
    reasoning: null,
    request: null,
    response: null,
    spans: ['CHAT_MODEL - openai gpt-4o-2024-08-06 150 -'],
  },
  'otel-retrieval': {
    ...people,
    ...{ user: null, models: null, input: null, cached: null, written: [null, null], output: null, reasoning: null },
    ...{ total: null, isCacheAdded: null, calls: 0, ended: null, request: 'weather in Paris', response: null },
    spans: ['RETRIEVER - - - - 2'],
    documents: [
      ['doc-1', null, 0.95, null],
      ['doc-2', null, 0.5, null],
    ],
  },
  // Of the model it names what was asked for; no reasoning.
  strands: {
    ...people,
    ...twoCalls,
    models: '["gpt-4o"]',
    reasoning: null,
    ended: 'end_turn',
    request: '[{"role":"user","content":[{"text":"How is the weather in Pa',
    response: '[{"role":"assistant","content":"It is sunny in Paris, 21 deg',
    spans: [
      'AGENT helper strands-agents gpt-4o 300 -',
      'UNKNOWN - strands-agents - - -',
      'UNKNOWN - strands-agents - - -',
      'CHAT_MODEL - strands-agents gpt-4o 150 -',
      'TOOL get_weather strands-agents - - -',
      'CHAT_MODEL - strands-agents gpt-4o 150 -',
    ],
  },
  openinference: {
    ...people,
    ...twoCalls,
    request: '{"messages":[{"role":"user","content":"How is the weather in',
    response: '{"messages":[{"type":"human","data":{"content":"How is the w',
    spans: [
      ...Array<string>(4).fill('CHAIN - - - - -'),
      'LLM - openai gpt-4o-2024-08-06 150 -',
      'TOOL get_weather - - - -',
      'LLM - openai gpt-4o-2024-08-06 150 -',
      'RETRIEVER - - - - 2',
    ],
    documents: [
      [null, 'weather.txt', 0.95, 15],
      [null, 'degrees.txt', 0.5, 18],
    ],
  },
  'openinference-openai': {
    ...people,
    ...oneCall,
    request: '{"model":"gpt-4o","messages":[{"role":"user","content":"How ',
    response: '{"id":"chatcmpl-1","choices":[{"finish_reason":"stop","index',
    spans: ['LLM - openai gpt-4o-2024-08-06 150 -'],
  },
  traceloop: {
    ...people,
    ...twoCalls,
    request: `{"args":["${question}"],"kwargs":{}}`,
    response: answer,
    spans: [
      'WORKFLOW - - - - -',
      'AGENT helper - - - -',
      'CHAT_MODEL - openai gpt-4o-2024-08-06 150 -',
      'TOOL get_weather - - - -',
      'CHAT_MODEL - openai gpt-4o-2024-08-06 150 -',
    ],
  },
  langfuse: {
    ...people,
    ...oneCall,
    ended: null,
    request: question,
    response: answer,
    spans: ['AGENT - - - - -', 'RETRIEVER - - - - 1', 'TOOL get_weather - - - -', 'LLM - - gpt-4o-2024-08-06 150 -'],
    documents: [['doc-1', null, 0.95, 15]],
  },
  // The span around the two calls reports their sum, under the model that was asked for.
  'vercel-ai': {
    ...people,
    ...twoCalls,
    models: '["gpt-4o","gpt-4o-2024-08-06"]',
    request: `{"prompt":"${question}"}`,
    response: answer,
    spans: [
      'LLM - openai.chat gpt-4o 300 -',
      'LLM - openai.chat gpt-4o-2024-08-06 150 -',
      'TOOL get_weather - - - -',
      'LLM - openai.chat gpt-4o-2024-08-06 150 -',
    ],
  },
  'claude-code': {
    session: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    user: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    ...{ models: '["claude-sonnet-4-5"]', input: 5_060, cached: 4_000, written: [1_000, null], output: 50 },
    ...{ reasoning: null, total: 5_110, isCacheAdded: true, calls: 2, ended: 'end_turn' },
    request: 'Read notes.txt and tell me the weather in Paris.',
    response: null,
    spans: [
      'AGENT - - - - -',
      'LLM - anthropic claude-sonnet-4-5 2555 -',
      'TOOL Read - - - -',
      'LLM - anthropic claude-sonnet-4-5 2555 -',
      // Waiting for permission and running, both below the tool.
      'UNKNOWN - - - - -',
      'UNKNOWN - - - - -',
    ],
    documents: [],
  },
  // MLflow 3.5 kept neither the cache of Anthropic's answer nor OpenAI's details in its own attribute: they are read
  // from the answers.
  'mlflow-autolog': {
    ...people,
    ...{ models: '["claude-sonnet-4-5","gpt-4o-2024-08-06"]', input: 2_650, cached: 2_064, written: [300, 200] },
    ...{ output: 55, reasoning: 10, total: 2_705, isCacheAdded: true, calls: 2, ended: 'end_turn' },
    request: '{"question":[{"role":"user","content":"How is the weather in',
    response: answer,
    spans: [
      'AGENT - - - - -',
      'CHAT_MODEL - - gpt-4o-2024-08-06 150 -',
      'TOOL get_weather - - - -',
      expect.stringMatching(/^CHAT_MODEL - (anthropic|-) claude-sonnet-4-5 2555 -$/) as string,
    ],
  },
};

describe.each(Object.entries(expected))('a recorded trace of %s', (dialect, facts) => {
  test('a recorded trace has its facts as an older server or an artifact holds it', () => {
    expect(factsOf(recordedTrace(dialect, 'raw'))).toEqual(facts);
  });

  test('a recorded trace has the same facts as a current server translates it', () => {
    expect(factsOf(recordedTrace(dialect, 'translated'))).toEqual(facts);
  });
});

test('a transcript of Claude Code has its tool, its model and, from newer clients of MLflow, its cache', () => {
  const [older, newer] = (['raw', 'translated'] as const).map((form) =>
    factsOf(recordedTrace('mlflow-claude-transcript', form)),
  );
  for (const facts of [older, newer]) {
    expect(facts).toMatchObject({ session: 'conversation-1', models: '["claude-sonnet-4-5"]', calls: 1 });
    expect(facts?.spans[1]).toBe('TOOL Read - - - -');
    expect(facts?.response).toContain('It is sunny in Paris.');
  }
  expect(older).toMatchObject({ input: 30, cached: null, output: 25, total: 55 });
  expect(newer).toMatchObject({ input: 2_530, cached: 2_000, written: [500, null], total: 2_555, isCacheAdded: true });
});
