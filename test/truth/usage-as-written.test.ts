/** Token counts under the names that providers and tracing libraries give them, in one convention. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import { aSpan, anInfo, build, complete } from '../trace/sample-trace.js';

const counts = (attributes: JsonObject, kind = 'CHAT_MODEL') => {
  const { gold } = build(anInfo, complete([aSpan('a', null, [0, 1], { 'mlflow.spanType': kind, ...attributes })]));
  return {
    input: gold.input_tokens,
    cached: gold.cached_input_tokens,
    write5m: gold.cache_write_5m_tokens,
    write1h: gold.cache_write_1h_tokens,
    output: gold.output_tokens,
    reasoning: gold.reasoning_tokens,
    total: gold.total_tokens,
    added: gold.cache_added_to_input,
  };
};
const none = { cached: null, write5m: null, write1h: null, reasoning: null, added: false };

describe('usage as it is written', () => {
  const written: Record<string, [JsonObject, object]> = {
    'counts as text': [
      { 'mlflow.chat.tokenUsage': { input_tokens: '100', output_tokens: '20', total_tokens: '120' } },
      { ...none, input: 100, output: 20, total: 120 },
    ],
    'usage as JSON text': [
      { 'mlflow.chat.tokenUsage': '{"input_tokens": 100, "output_tokens": 20}' },
      { ...none, input: 100, output: 20, total: 120 },
    ],
    "OpenAI's names with details in MLflow's attribute": [
      {
        'mlflow.chat.tokenUsage': {
          prompt_tokens: 100,
          completion_tokens: 20,
          total_tokens: 120,
          prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 12, audio_tokens: 0 },
        },
      },
      { ...none, input: 100, cached: 64, output: 20, reasoning: 12, total: 120 },
    ],
    'a plain usage attribute': [
      { usage: { prompt_tokens: 7, completion_tokens: 3 } },
      { ...none, input: 7, output: 3, total: 10 },
    ],
    "an hour's cache writes, part of all writes": [
      {
        'mlflow.chat.tokenUsage': {
          input_tokens: 9_000,
          output_tokens: 20,
          total_tokens: 9_020,
          cache_read_input_tokens: 1_000,
          cache_creation_input_tokens: 5_000,
          cache_creation_input_tokens_above_1hr: 2_000,
        },
      },
      { ...none, input: 9_000, cached: 1_000, write5m: 3_000, write1h: 2_000, output: 20, total: 9_020 },
    ],
    "OpenTelemetry's present names": [
      {
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 20,
        'gen_ai.usage.cache_read.input_tokens': 50,
        'gen_ai.usage.cache_creation.input_tokens': 8,
      },
      { ...none, input: 100, cached: 50, write5m: 8, output: 20, total: 120 },
    ],
    "OpenTelemetry's former names": [
      { 'gen_ai.usage.prompt_tokens': '100', 'gen_ai.usage.completion_tokens': '20', 'llm.usage.total_tokens': '120' },
      { ...none, input: 100, output: 20, total: 120 },
    ],
    OpenInference: [
      {
        'llm.token_count.prompt': 100,
        'llm.token_count.completion': 20,
        'llm.token_count.total': 120,
        'llm.token_count.prompt_details.cache_read': 30,
        'llm.token_count.prompt_details.cache_write': 10,
        'llm.token_count.completion_details.reasoning': 5,
      },
      { ...none, input: 100, cached: 30, write5m: 10, output: 20, reasoning: 5, total: 120 },
    ],
    'Vercel AI': [
      { 'ai.usage.promptTokens': 100, 'ai.usage.completionTokens': 20, 'ai.usage.cachedInputTokens': 40 },
      { ...none, input: 100, cached: 40, output: 20, total: 120 },
    ],
    'Claude Code, which counts the cache apart': [
      {
        'span.type': 'llm_request',
        input_tokens: 30,
        output_tokens: 9,
        cache_read_tokens: 20,
        cache_creation_tokens: 5,
      },
      { ...none, input: 55, cached: 20, write5m: 5, output: 9, total: 64, added: true },
    ],
  };

  test.each(Object.entries(written))('usage is read from attributes as written by: %s', (_, [attributes, expected]) => {
    expect(counts(attributes)).toEqual(expected);
  });
});

describe('usage only in the outputs', () => {
  const answers: Record<string, [JsonObject, object]> = {
    OpenAI: [
      { usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } },
      { ...none, input: 100, output: 20, total: 120 },
    ],
    'OpenAI responses': [
      {
        usage: {
          input_tokens: 100,
          output_tokens: 20,
          total_tokens: 120,
          input_tokens_details: { cached_tokens: 60 },
          output_tokens_details: { reasoning_tokens: 4 },
        },
      },
      { ...none, input: 100, cached: 60, output: 20, reasoning: 4, total: 120 },
    ],
    'Anthropic, which counts the cache apart': [
      {
        usage: {
          input_tokens: 500,
          output_tokens: 20,
          cache_read_input_tokens: 200,
          cache_creation_input_tokens: 100,
          cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
        },
      },
      { ...none, input: 800, cached: 200, write5m: 60, write1h: 40, output: 20, total: 820, added: true },
    ],
    'Gemini, whose output leaves thoughts out': [
      {
        usageMetadata: {
          promptTokenCount: 100,
          candidatesTokenCount: 20,
          thoughtsTokenCount: 30,
          cachedContentTokenCount: 10,
          totalTokenCount: 150,
        },
      },
      { ...none, input: 100, cached: 10, output: 50, reasoning: 30, total: 150 },
    ],
    'Bedrock, which counts the cache apart': [
      {
        usage: {
          inputTokens: 100,
          outputTokens: 20,
          totalTokens: 160,
          cacheReadInputTokens: 40,
          cacheWriteInputTokens: 0,
        },
      },
      { ...none, input: 140, cached: 40, write5m: 0, output: 20, total: 160, added: true },
    ],
    LangChain: [
      { generations: [[{ message: { usage_metadata: { input_tokens: 10, output_tokens: 2, total_tokens: 12 } } }]] },
      { ...none, input: 10, output: 2, total: 12 },
    ],
  };

  test.each(Object.entries(answers))('usage is read from an answer as written by: %s', (_, [outputs, expected]) => {
    expect(counts({ 'mlflow.spanOutputs': outputs })).toEqual(expected);
    expect(counts({ 'mlflow.spanOutputs': JSON.stringify(outputs) })).toEqual(expected);
    expect(counts({ 'mlflow.spanOutputs': outputs }, 'TOOL').input).toBeNull();
  });
});

test('counts that leave the cache out of the input come to the one convention, and say so', () => {
  const usage = {
    input_tokens: 30,
    output_tokens: 10,
    cache_read_input_tokens: 100_000,
    cache_creation_input_tokens: 5_000,
  };
  const expected = {
    ...none,
    input: 105_030,
    cached: 100_000,
    write5m: 5_000,
    output: 10,
    total: 105_040,
    added: true,
  };
  expect(counts({ 'mlflow.chat.tokenUsage': usage })).toEqual(expected);
  expect(counts({ 'mlflow.chat.tokenUsage': { ...usage, total_tokens: 40 } })).toEqual(expected);
  expect(counts({ 'mlflow.chat.tokenUsage': { ...usage, total_tokens: 105_040 } })).toEqual(expected);
});

test('an agent whose tokens count has the model that its calls name, unless they name several', () => {
  const call = (id: string, model: string) =>
    aSpan(id, 'agent', [0, 1], { 'mlflow.spanType': 'CHAT_MODEL', 'mlflow.llm.model': model });
  const agent = aSpan('agent', null, [0, 1], {
    'mlflow.spanType': 'AGENT',
    'mlflow.chat.tokenUsage': { input_tokens: 500, output_tokens: 50 },
  });
  const modelOf = (...models: string[]) =>
    build(anInfo, complete([agent, ...models.map((model, index) => call(`c${String(index)}`, model))])).spans.find(
      ({ span_id }) => span_id === 'agent',
    )?.model;
  expect(modelOf('gpt-4o-mini', 'gpt-4o-mini')).toBe('gpt-4o-mini');
  expect(modelOf('gpt-4o-mini', 'gpt-4o')).toBeNull();
});

test('a wrapper of kind LLM around one call is one call', () => {
  const usage = { 'mlflow.chat.tokenUsage': { input_tokens: 100, output_tokens: 20 } };
  const outer = aSpan('outer', null, [0, 9], { 'mlflow.spanType': 'LLM', ...usage });
  const inner = aSpan('inner', 'outer', [1, 8], { 'mlflow.spanType': 'CHAT_MODEL', ...usage });
  expect(build(anInfo, complete([outer, inner])).gold).toMatchObject({
    num_llm_spans: 2,
    num_model_calls: 1,
    total_tokens: 120,
  });
});
