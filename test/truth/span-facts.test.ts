/** Facts of calls that have columns of their own. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import type { Span } from '../../src/trace/trace.js';
import { aSpan, anInfo, build, complete } from '../trace/sample-trace.js';

const call = (id: string, at: number, attributes: JsonObject): Span =>
  aSpan(id, 'root', [at, at + 10], { 'mlflow.spanType': 'CHAT_MODEL', ...attributes });
const rowsOf = (...spans: Span[]) => build(anInfo, complete([aSpan('root', null, [0, 100], {}), ...spans]));

test.each([
  ['OpenAI', { choices: [{ finish_reason: 'length' }] }, 'length'],
  ['Anthropic', { stop_reason: 'end_turn' }, 'end_turn'],
  ['Gemini', { candidates: [{ finishReason: 'STOP' }] }, 'STOP'],
  ['Bedrock', { stopReason: 'tool_use' }, 'tool_use'],
])('the finish reason of %s is read from its answer', (_, outputs, reason) => {
  const { gold, spans } = rowsOf(call('a', 1, { 'mlflow.spanOutputs': outputs }));
  expect(spans[1]?.finish_reason).toBe(reason);
  expect(gold.finish_reason).toBe(reason);
});

test('the finish reason of a trace is that of its last call', () => {
  const asked = call('a', 1, { 'mlflow.spanOutputs': { stop_reason: 'tool_use' } });
  const answered = call('b', 20, { 'mlflow.spanOutputs': { stop_reason: 'end_turn' } });
  expect(rowsOf(answered, asked).gold.finish_reason).toBe('end_turn');
  expect(rowsOf().gold.finish_reason).toBeNull();
});

test('temperature and the limit of output tokens are read from the request', () => {
  const { spans } = rowsOf(
    call('a', 1, { 'mlflow.spanInputs': { temperature: 0, max_completion_tokens: 64 } }),
    call('b', 2, { 'mlflow.spanInputs': { inferenceConfig: { temperature: 0.7, maxTokens: 32 } } }),
    call('c', 3, { 'mlflow.spanInputs': { temperature: 'warm' } }),
  );
  expect(spans.slice(1).map((row) => [row.temperature, row.max_tokens])).toEqual([
    [0, 64],
    [0.7, 32],
    [null, null],
  ]);
});

test('the time to the first token is that to the first piece of a streamed answer', () => {
  const streamed = call('a', 10, {});
  const chunk = { name: 'mlflow.chunk.item.0', timeNs: streamed.startTimeNs + 250_500_000n, attributes: {} };
  expect(rowsOf({ ...streamed, events: [chunk] }).gold.time_to_first_token_ms).toBe(250.5);
  expect(rowsOf(call('a', 1, { 'gen_ai.response.time_to_first_chunk': 0.5 })).gold.time_to_first_token_ms).toBe(500);
  expect(rowsOf(streamed).gold.time_to_first_token_ms).toBeNull();
});

test('agents and chains show reasoning too', () => {
  const outputs = { content: [{ type: 'thinking', thinking: '…' }] };
  const shows = (kind: string) =>
    rowsOf(call('a', 1, { 'mlflow.spanType': kind, 'mlflow.spanOutputs': outputs })).spans[1]?.has_reasoning;
  expect(['AGENT', 'CHAIN', 'LLM', 'TOOL'].map(shows)).toEqual([true, true, true, null]);
});

test('branch and repository stand beside the commit', () => {
  const metadata = {
    'mlflow.source.git.commit': 'c0ffee',
    'mlflow.source.git.branch': 'main',
    'mlflow.source.git.repoURL': 'https://example.org/app.git',
  };
  expect(build({ ...anInfo, metadata }, complete([])).gold).toMatchObject({
    git_commit: 'c0ffee',
    git_branch: 'main',
    git_repo_url: 'https://example.org/app.git',
  });
});
