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

describe('every name of a count is read', () => {
  const input = { 'gen_ai.usage.input_tokens': 1_000, 'gen_ai.usage.output_tokens': 200 };
  const names: readonly (readonly [count: keyof ReturnType<typeof counts>, ...names: string[]])[] = [
    ['input', 'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt'],
    ['input', 'ai.usage.inputTokens', 'ai.usage.promptTokens', 'llm.usage.prompt_tokens', 'input_tokens'],
    ['output', 'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.token_count.completion'],
    ['output', 'ai.usage.outputTokens', 'ai.usage.completionTokens', 'llm.usage.completion_tokens', 'output_tokens'],
    ['total', 'gen_ai.usage.total_tokens', 'llm.token_count.total', 'llm.usage.total_tokens', 'ai.usage.totalTokens'],
    ['cached', 'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens'],
    ['cached', 'llm.token_count.prompt_details.cache_read', 'ai.usage.cachedInputTokens', 'cache_read_tokens'],
    ['cached', 'ai.usage.inputTokenDetails.cacheReadTokens', 'gen_ai.usage.details.cache_read_tokens'],
    ['write5m', 'gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_creation_input_tokens'],
    ['write5m', 'gen_ai.usage.cache_write.input_tokens', 'gen_ai.usage.cache_write_input_tokens'],
    ['write5m', 'llm.token_count.prompt_details.cache_write', 'ai.usage.inputTokenDetails.cacheWriteTokens'],
    ['write5m', 'cache_creation_tokens', 'gen_ai.usage.details.cache_write_tokens'],
    ['write1h', 'gen_ai.usage.cache_creation_input_tokens_above_1hr'],
    ['reasoning', 'llm.token_count.completion_details.reasoning', 'gen_ai.usage.reasoning_tokens'],
    ['reasoning', 'gen_ai.usage.reasoning.output_tokens', 'llm.usage.reasoning_tokens', 'ai.usage.reasoningTokens'],
    ['reasoning', 'ai.usage.outputTokenDetails.reasoningTokens', 'gen_ai.usage.details.reasoning_tokens'],
  ];
  const cases = names.flatMap(([count, ...all]) => all.map((name) => [name, count] as const));

  test.each(cases)('%s is %s, as a number and as text', (name, count) => {
    const rest = count === 'input' || count === 'output' || count === 'total' ? {} : input;
    expect(counts({ ...rest, [name]: 77 })[count]).toBe(77);
    expect(counts({ ...rest, [name]: '77' })[count]).toBe(77);
  });
});

describe('what MLflow leaves out of its own attribute', () => {
  const stored = { input_tokens: 120, output_tokens: 30, total_tokens: 150 };
  const kept = { ...none, input: 120, output: 30, total: 150 };

  test('what MLflow leaves out of its own attribute is read from the attributes that it translated', () => {
    const attributes = { 'ai.usage.inputTokens': 120, 'ai.usage.outputTokens': 30, 'ai.usage.cachedInputTokens': 64 };
    const counted = counts({ 'mlflow.chat.tokenUsage': stored, ...attributes, 'ai.usage.reasoningTokens': 10 });
    expect(counted).toEqual({ ...kept, cached: 64, reasoning: 10 });
  });

  test('what MLflow leaves out of its own attribute is read from the answer, with the cache that Anthropic counts apart', () => {
    const usage = {
      input_tokens: 120,
      output_tokens: 30,
      cache_read_input_tokens: 2_000,
      cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 },
      cache_creation_input_tokens: 500,
    };
    const expected = { ...kept, input: 2_620, cached: 2_000, write5m: 300, write1h: 200, total: 2_650, added: true };
    expect(counts({ 'mlflow.chat.tokenUsage': stored, 'mlflow.spanOutputs': { usage } })).toEqual(expected);
    const whole = {
      ...{ input_tokens: 2_620, output_tokens: 30, total_tokens: 2_650 },
      ...{ cache_read_input_tokens: 2_000, cache_creation_input_tokens: 500 },
    };
    expect(counts({ 'mlflow.chat.tokenUsage': whole, 'mlflow.spanOutputs': { usage } })).toEqual(expected);
  });

  test('what MLflow leaves out of its own attribute is not read from the answer of another call', () => {
    const usage = { prompt_tokens: 999, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 64 } };
    expect(counts({ 'mlflow.chat.tokenUsage': stored, 'mlflow.spanOutputs': { usage } })).toEqual(kept);
  });
});
