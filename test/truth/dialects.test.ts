/**
 * Traces in the words of other conventions give the same facts as MLflow's own: name by name, in spans written by hand.
 * Traces that libraries wrote are in recorded-dialects.test.ts.
 */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import type { Span } from '../../src/trace/trace.js';
import { aSpan, anInfo, build, complete } from '../trace/sample-trace.js';

const rowsOf = (...spans: Span[]) => build(anInfo, complete(spans));
const texts = (span: Span) => {
  const { raw } = rowsOf(span);
  return [raw.request, raw.response];
};
const of = (attributes: JsonObject): Span => aSpan('a', null, [0, 100], attributes);
const only = (attributes: JsonObject) => rowsOf(of(attributes)).spans[0];

describe('OpenTelemetry', () => {
  test('an agent, its chat and its tool', () => {
    const conversation = { 'gen_ai.conversation.id': 'conv-1' };
    const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]);
    const { gold, spans, raw } = rowsOf(
      aSpan('a', null, [0, 100], {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'helper',
        'gen_ai.input.messages': messages,
        'gen_ai.output.messages': messages,
        ...conversation,
      }),
      aSpan('b', 'a', [0, 50], {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 20,
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.request.temperature': 0.2,
        'gen_ai.request.max_tokens': 512,
      }),
      aSpan('c', 'a', [50, 90], { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' }),
    );
    expect(spans.map((row) => row.kind)).toEqual(['AGENT', 'CHAT_MODEL', 'TOOL']);
    expect(spans[0]).toMatchObject({ agent_name: 'helper' });
    expect(spans[1]).toMatchObject({
      model: 'gpt-4o-2024-08-06',
      provider: 'openai',
      finish_reason: 'stop',
      temperature: 0.2,
      max_tokens: 512,
    });
    expect(spans[2]?.tool_name).toBe('search');
    expect(gold).toMatchObject({ session_id: 'conv-1', total_tokens: 120, num_llm_spans: 1, num_tool_spans: 1 });
    expect(raw.request).toBe('[{"role":"user","parts":[{"type":"text","content":"hi"}]}]');
  });

  test('documents of a retrieval', () => {
    const found = JSON.stringify([
      { id: 'd1', score: 0.9 },
      { id: 'd2', score: 0.4 },
    ]);
    const { documents, gold } = rowsOf(
      of({ 'gen_ai.operation.name': 'retrieval', 'gen_ai.retrieval.documents': found }),
    );
    expect(documents.map((row) => [row.document_id, row.score])).toEqual([
      ['d1', 0.9],
      ['d2', 0.4],
    ]);
    expect(gold.num_retrieved_documents).toBe(2);
  });

  test('messages in events', () => {
    const event = (name: string, attributes: JsonObject) => ({ name, timeNs: null, attributes });
    const span: Span = {
      ...of({ 'gen_ai.operation.name': 'chat' }),
      events: [
        event('gen_ai.system.message', { content: 'be short' }),
        event('gen_ai.user.message', { content: 'why?' }),
        event('gen_ai.choice', { content: 'because' }),
      ],
    };
    expect(texts(span)).toEqual([
      '[{"role":"system","content":"be short"},{"role":"user","content":"why?"}]',
      '[{"role":"assistant","content":"because"}]',
    ]);
    const spring: Span = {
      ...of({}),
      events: [
        event('gen_ai.content.prompt', { 'gen_ai.prompt': 'why?' }),
        event('gen_ai.content.completion', { 'gen_ai.completion': 'because' }),
      ],
    };
    expect(texts(spring)).toEqual(['why?', 'because']);
  });
});

test('OpenInference', () => {
  const call = of({
    'openinference.span.kind': 'LLM',
    'input.value': '{"messages": ["hi"]}',
    'output.value': 'hello',
    'llm.model_name': 'gpt-4o',
    'llm.provider': 'openai',
    'llm.invocation_parameters': '{"temperature": 0.5, "max_tokens": 100}',
    'session.id': 's1',
    'user.id': 'u1',
  });
  expect(texts(call)).toEqual(['{"messages":["hi"]}', 'hello']);
  expect(rowsOf(call).gold).toMatchObject({ session_id: 's1', user_id: 'u1', models: '["gpt-4o"]' });
  expect(rowsOf(call).spans[0]).toMatchObject({ kind: 'LLM', provider: 'openai', temperature: 0.5, max_tokens: 100 });
  const spelled = of({
    'openinference.span.kind': 'LLM',
    'llm.input_messages.0.message.role': 'user',
    'llm.input_messages.0.message.content': 'hi',
  });
  expect(texts(spelled)).toEqual(['[{"role":"user","content":"hi"}]', null]);
  const { documents } = rowsOf(
    of({
      'openinference.span.kind': 'RETRIEVER',
      'retrieval.documents.0.document.id': 'd1',
      'retrieval.documents.0.document.score': 0.5,
      'retrieval.documents.0.document.content': 'text',
      'retrieval.documents.1.document.id': 'd2',
    }),
  );
  expect(documents.map((row) => [row.document_id, row.score, row.length_chars])).toEqual([
    ['d1', 0.5, 4],
    ['d2', null, null],
  ]);
  expect(only({ 'openinference.span.kind': 'TOOL', 'tool.name': 'search' })).toMatchObject({ tool_name: 'search' });
});

test('Traceloop', () => {
  const workflow = of({
    'traceloop.span.kind': 'workflow',
    'traceloop.entity.input': '{"q": 1}',
    'traceloop.entity.output': 'done',
    'traceloop.association.properties.session_id': 's1',
  });
  expect(texts(workflow)).toEqual(['{"q":1}', 'done']);
  expect(rowsOf(workflow).gold.session_id).toBe('s1');
  expect(only({ 'traceloop.span.kind': 'tool', 'traceloop.entity.name': 'search' })).toMatchObject({
    kind: 'TOOL',
    tool_name: 'search',
  });
  const call = of({
    'gen_ai.system': 'OpenAI',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.prompt.0.role': 'user',
    'gen_ai.prompt.0.content': 'hi',
    'gen_ai.completion.0.role': 'assistant',
    'gen_ai.completion.0.content': 'hello',
    'gen_ai.usage.prompt_tokens': 10,
    'gen_ai.usage.completion_tokens': 2,
  });
  expect(texts(call)).toEqual(['[{"role":"user","content":"hi"}]', '[{"role":"assistant","content":"hello"}]']);
  expect(rowsOf(call).spans[0]).toMatchObject({ kind: 'LLM', model: 'gpt-4o', provider: 'OpenAI', total_tokens: 12 });
});

test('Langfuse', () => {
  const generation = of({
    'langfuse.observation.type': 'generation',
    'langfuse.observation.input': '[{"role": "user"}]',
    'langfuse.observation.output': 'hello',
    'langfuse.observation.model.name': 'gpt-4o',
    'langfuse.observation.usage_details': '{"input": 10, "output": 2, "total": 12}',
    'langfuse.observation.model.parameters': '{"temperature": 1}',
    'langfuse.session.id': 's1',
    'langfuse.user.id': 'u1',
  });
  expect(texts(generation)).toEqual(['[{"role":"user"}]', 'hello']);
  const { gold, spans } = rowsOf(generation);
  expect(gold).toMatchObject({ session_id: 's1', user_id: 'u1', total_tokens: 12 });
  expect(spans[0]).toMatchObject({ kind: 'LLM', model: 'gpt-4o', temperature: 1 });
});

test('Vercel AI', () => {
  const { gold, spans, raw } = rowsOf(
    aSpan('a', null, [0, 100], {
      'ai.operationId': 'ai.generateText',
      'ai.prompt': '{"prompt": "hi"}',
      'ai.response.text': 'hello',
      'ai.usage.promptTokens': 10,
      'ai.usage.completionTokens': 2,
    }),
    aSpan('b', 'a', [0, 50], {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.prompt.messages': '[{"role": "user"}]',
      'ai.model.id': 'gpt-4o',
      'ai.response.finishReason': 'tool-calls',
      'ai.usage.promptTokens': 10,
      'ai.usage.completionTokens': 2,
    }),
    aSpan('c', 'a', [50, 60], { 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'search' }),
  );
  expect(gold).toMatchObject({ total_tokens: 12, num_model_calls: 1, models: '["gpt-4o"]' });
  expect([raw.request, raw.response]).toEqual(['{"prompt":"hi"}', 'hello']);
  expect(spans[1]).toMatchObject({ kind: 'LLM', finish_reason: 'tool-calls' });
  expect(spans[2]).toMatchObject({ kind: 'TOOL', tool_name: 'search' });
});

test.each(['claude_code.', ''])('Claude Code, with span types that begin with "%s"', (prefix) => {
  const { gold, spans, raw } = rowsOf(
    aSpan('a', null, [0, 100], { 'span.type': `${prefix}interaction`, user_prompt: 'fix it' }),
    aSpan('b', 'a', [0, 50], {
      'span.type': `${prefix}llm_request`,
      model: 'claude-sonnet-4-5',
      input_tokens: '30',
      output_tokens: '9',
      cache_read_tokens: '20',
      ttft_ms: 420,
      stop_reason: 'tool_use',
      new_context: '<REDACTED>',
    }),
    aSpan('c', 'a', [50, 60], { 'span.type': `${prefix}tool`, tool_name: 'Bash' }),
  );
  expect(spans.map((row) => row.kind)).toEqual(['AGENT', 'LLM', 'TOOL']);
  expect(spans[1]).toMatchObject({
    model: 'claude-sonnet-4-5',
    input_tokens: 50,
    time_to_first_token_ms: 420,
    finish_reason: 'tool_use',
  });
  expect(spans[2]?.tool_name).toBe('Bash');
  expect(gold.total_tokens).toBe(59);
  expect(raw.request).toBe('fix it');
});

test('a bare model or tool name is taken where it looks like one', () => {
  expect(only({ 'mlflow.spanType': 'LLM', model: 'gpt-4o' })?.model).toBe('gpt-4o');
  expect(only({ 'mlflow.spanType': 'LLM', model: 'a model of the world' })?.model).toBeNull();
  expect(only({ 'mlflow.spanType': 'TOOL', tool_name: 'search' })?.tool_name).toBe('search');
});

test("MLflow's own attributes come first", () => {
  const attributes = { 'mlflow.spanType': 'TOOL', 'mlflow.spanInputs': 'own', 'mlflow.llm.model': 'own' };
  const other = { 'openinference.span.kind': 'LLM', 'input.value': 'other', 'llm.model_name': 'other' };
  expect(only({ ...attributes, ...other })).toMatchObject({ kind: 'TOOL', model: 'own' });
  expect(texts(of({ ...other, ...attributes }))[0]).toBe('own');
  expect(only({ 'mlflow.spanType': 'UNKNOWN', ...other })?.kind).toBe('LLM');
});
