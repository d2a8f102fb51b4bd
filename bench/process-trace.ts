/**
 * Speed of turning read traces into rows, without any I/O: `npx tsx bench/process-trace.ts`.
 *
 * Traces have five spans, about 3 KB of request and response, three assessments; every one is different. Prints
 * traces/s on one core for the rows alone, with counting of tokens, and for reading raw rows back.
 */
import type { Assessment, Span, SpanReading, TraceInfo } from '../src/domain/trace/model.js';
import { buildTraceRows, requestAndResponse, type ProcessingOptions } from '../src/domain/trace/process-trace.js';
import { fromRawRow } from '../src/domain/trace/raw-form.js';
import { createTokenCounter } from '../src/tokenizer/token-counter.js';

const numTraces = 2_000;
const numRounds = 5;
const options: ProcessingOptions = { encoding: 'cl100k_base', dimensions: [], userIdHashKey: null };
const scope = { sourceId: 'bench', experimentId: '1' };
const words = 'the quick answer to this question depends on invoices tokens and Straße 東京 because retrieval'.split(
  ' ',
);

function prose(seed: number, numWords: number): string {
  let state = seed + 1;
  const chosen: string[] = [];
  for (let index = 0; index < numWords; index++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    chosen.push(`${words[state % words.length]!}${state % 7 === 0 ? String(state % 1000) : ''}`);
  }
  return chosen.join(' ');
}

function span(trace: number, index: number): Span {
  const kind = ['CHAIN', 'RETRIEVER', 'TOOL', 'CHAT_MODEL', 'PARSER'][index]!;
  const startTimeNs = 1_700_000_000_000_000_000n + BigInt(trace * 1_000_000 + index * 1_000);
  return {
    spanId: (trace * 8 + index).toString(16).padStart(16, '0'),
    parentSpanId: index === 0 ? null : (trace * 8).toString(16).padStart(16, '0'),
    name: `step ${String(index)}`,
    startTimeNs,
    endTimeNs: startTimeNs + 900_000n,
    status: 'OK',
    statusMessage: null,
    attributes: {
      'mlflow.spanType': kind,
      'mlflow.spanInputs': { messages: [{ role: 'user', content: prose(trace * 5 + index, 120) }] },
      'mlflow.spanOutputs':
        kind === 'RETRIEVER'
          ? [1, 2, 3].map((id) => ({ page_content: prose(trace + id, 40), metadata: { doc_uri: `doc-${String(id)}` } }))
          : { content: prose(trace * 7 + index, 120) },
      ...(kind === 'CHAT_MODEL'
        ? {
            'mlflow.llm.model': 'gpt-4o',
            'mlflow.chat.tokenUsage': { input_tokens: 120, output_tokens: 120, total_tokens: 240 },
            'mlflow.llm.cost': { input_cost: 0.001, output_cost: 0.002, total_cost: 0.003 },
          }
        : {}),
    },
    events: [],
  };
}

function assessment(trace: number, name: string): Assessment {
  return {
    assessmentId: `a-${name}-${String(trace)}`,
    name,
    kind: 'feedback',
    spanId: null,
    sourceType: 'LLM_JUDGE',
    sourceId: 'judge',
    createTimeMs: 1_700_000_000_000,
    lastUpdateTimeMs: 1_700_000_000_000,
    value: trace % 3 === 0 ? 'no' : 'yes',
    rationale: prose(trace, 20),
    errorCode: null,
    errorMessage: null,
    metadata: {},
    valid: true,
    overrides: null,
  };
}

function trace(index: number): { info: TraceInfo; reading: SpanReading } {
  const traceId = `tr-${String(index)}`;
  const info: TraceInfo = {
    traceId,
    experimentId: '1',
    clientRequestId: null,
    startTimeMs: 1_700_000_000_000 + index,
    executionTimeMs: 900,
    state: 'OK',
    requestPreview: prose(index, 60),
    responsePreview: prose(index + 1, 60),
    tags: { 'mlflow.traceName': 'rag', 'mlflow.artifactLocation': 'mlflow-artifacts:/1/traces', team: 'red' },
    metadata: { 'mlflow.trace.session': `s${String(index % 50)}`, 'mlflow.trace.tokenUsage': '{"total_tokens": 240}' },
    assessments: ['correctness', 'relevance', 'safety'].map((name) => assessment(index, name)),
  };
  const spans = [0, 1, 2, 3, 4].map((position) => span(index, position));
  return { info, reading: { traceId, spanState: 'complete', spans } };
}

function report(name: string, rates: readonly number[]): void {
  const sorted = [...rates].sort((left, right) => left - right).map((rate) => Math.round(rate).toString());
  console.log(
    `${name.padEnd(34)} ${sorted[Math.floor(sorted.length / 2)]!} traces/s (${sorted[0]!}-${sorted.at(-1)!})`,
  );
}

const counter = createTokenCounter();
await counter.load();
const rates = { rows: [] as number[], counting: [] as number[], back: [] as number[] };
for (let round = 0; round <= numRounds; round++) {
  const traces = Array.from({ length: numTraces }, (_, index) => trace(round * numTraces + index));
  const rate = (startedMs: number): number => (numTraces * 1000) / (performance.now() - startedMs);
  const tokenCounts = { request: 1, response: 1 };
  let startedMs = performance.now();
  const rows = traces.map((one) =>
    buildTraceRows({ scope, ...one, observedAtMs: 1_700_000_100_000, tokenCounts, options }),
  );
  const rowsRate = rate(startedMs);
  startedMs = performance.now();
  for (const { info, reading } of traces) {
    const { request, response } = requestAndResponse(info, reading);
    const counts = { request: counter.countNow(request ?? ''), response: counter.countNow(response ?? '') };
    buildTraceRows({ scope, info, reading, observedAtMs: 1_700_000_100_000, tokenCounts: counts, options });
  }
  const countingRate = rate(startedMs);
  startedMs = performance.now();
  for (const { raw } of rows) fromRawRow(raw);
  if (round === 0) continue; // warms up
  rates.rows.push(rowsRate);
  rates.counting.push(countingRate);
  rates.back.push(rate(startedMs));
}
report('rows', rates.rows);
report('texts, token counts and rows', rates.counting);
report('raw rows read back', rates.back);
