/**
 * Speed of turning read traces into rows, without any I/O: `npx tsx bench/process-trace.ts`.
 *
 * Traces have five spans, about 3 KB of request and response, three assessments; every one is different. Prints
 * traces per second of CPU time for the rows alone, with counting of tokens, and for reading raw rows back, in batches
 * of 100 as an activity has them.
 */
import { noPrices } from '../src/prices/price-list.js';
import type { LandedTraceRows } from '../src/tables/rows.js';
import type { Assessment, Span, SpanReading, TraceInfo } from '../src/trace/trace.js';
import { buildTraceRows } from '../src/trace/process-trace.js';
import { sourceHash } from '../src/trace/source-hash.js';
import { fromRawRow } from '../src/trace/raw-form.js';
import { createTokenCounter } from '../src/tokenizer/token-counter.js';
import { examineTrace } from '../src/trace/examine-trace.js';
import type { ProcessingOptions } from '../src/trace/processing-options.js';

const batchTraces = 100;
const batchesPerRound = 20;
const numRounds = 7;
const options: ProcessingOptions = {
  encoding: 'cl100k_base',
  dimensions: [],
  metrics: [],
  prices: noPrices,
  userIdHashKey: null,
};
const scope = { sourceId: 'bench', experimentId: '1', experimentName: 'bench' };
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
    otelKind: null,
    scope: null,
    links: [],
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
    errorStack: null,
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

/** Microseconds of CPU time that the work took. */
function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function report(name: string, rates: readonly number[]): void {
  const sorted = [...rates].sort((left, right) => left - right).map((rate) => Math.round(rate).toString());
  console.log(
    `${name.padEnd(34)} ${sorted[Math.floor(sorted.length / 2)]!} traces/s (${sorted[0]!}-${sorted.at(-1)!})`,
  );
}

const counter = createTokenCounter();
await counter.load();
const observedAtMs = 1_700_000_100_000;

function rowsOf({ info, reading }: ReturnType<typeof trace>): LandedTraceRows {
  const examined = examineTrace(info, reading);
  const hash = sourceHash(info);
  return buildTraceRows({
    scope,
    examined,
    sourceHash: hash,
    observedAtMs,
    spansObservedAtMs: observedAtMs,
    tokenCounts: { request: 1, response: 1 },
    options,
  });
}

function countedRowsOf({ info, reading }: ReturnType<typeof trace>): LandedTraceRows {
  const examined = examineTrace(info, reading);
  const { request, response } = examined.prose;
  const tokenCounts = { request: counter.countNow(request ?? ''), response: counter.countNow(response ?? '') };
  const version = { sourceHash: sourceHash(info), observedAtMs, spansObservedAtMs: observedAtMs };
  return buildTraceRows({ ...version, scope, examined, tokenCounts, options });
}

const rates: Record<string, number[]> = { rows: [], 'texts, token counts and rows': [], 'raw rows read back': [] };
for (let round = 0; round <= numRounds; round++) {
  const micros = [0, 0, 0];
  for (let batch = 0; batch < batchesPerRound; batch++) {
    const first = (round * batchesPerRound + batch) * batchTraces;
    const traces = Array.from({ length: batchTraces }, (_, index) => trace(first + index));
    const rows = traces.map(rowsOf);
    micros[0]! += cpuTime(() => traces.forEach(rowsOf));
    micros[1]! += cpuTime(() => traces.forEach(countedRowsOf));
    micros[2]! += cpuTime(() => rows.forEach(({ raw }) => fromRawRow(raw)));
  }
  if (round === 0) continue; // warms up
  Object.values(rates).forEach((list, index) => list.push((batchesPerRound * batchTraces * 1e6) / micros[index]!));
}
for (const [name, list] of Object.entries(rates)) report(name, list);
