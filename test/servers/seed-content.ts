/**
 * Traces that look like those of a real application, made from a number: the same seed gives the same traces.
 * Pure; imports nothing of src but the JSON type.
 */
import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../src/json/json-value.js';

export interface SeedShape {
  /** Default 5: root, retriever, chat model, tool, formatter; more are nested below the tools. Minimum 1. */
  readonly spansPerTrace?: number;
  /** Text in one trace, bytes, over all its spans. Default 8,000 (about 16 KB as stored). */
  readonly textBytes?: number;
  /** Every n-th trace fails with an exception in its tool span. Default 20; 0 for none. */
  readonly errorEvery?: number;
}

export interface SeedTrace {
  readonly traceId: string;
  readonly index: number;
  readonly startTimeMs: number;
  readonly executionTimeMs: number;
  readonly isError: boolean;
  readonly sessionId: string;
  readonly userId: string;
  /** What the root span takes and gives: the full request and response. */
  readonly inputs: JsonValue;
  readonly outputs: JsonValue;
  /** What the chat model reports. Null in traces of one span. */
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly total_tokens: number;
  } | null;
  readonly spans: readonly SeedSpan[];
}

export interface SeedSpan {
  /** 16 hex digits. */
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly startTimeNs: bigint;
  readonly endTimeNs: bigint;
  readonly isError: boolean;
  readonly attributes: JsonObject;
  readonly exception?: { readonly type: string; readonly message: string };
}

const vocabulary = (
  'the trace shows that a customer asked about refunds, invoices and delivery dates; our agent looked up the order ' +
  'and answered within two seconds. Größe naïve café 東京 データ 🚀 "quoted" back\\slash new\nline tab\t price €12.50 ' +
  'retrieval augmented generation keeps answers grounded in documents which were indexed last night by the pipeline'
).split(' ');

/** Numbers from 0 to 1 that depend on the text alone (mulberry32). */
export function seededChance(text: string): () => number {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Words up to about `bytes` characters. */
function seededText(chance: () => number, bytes: number): string {
  const words: string[] = [];
  for (let length = 0; length < bytes; length += words.at(-1)!.length + 1) {
    words.push(vocabulary[Math.floor(chance() * vocabulary.length)]!);
  }
  return words.join(' ');
}

function seedTraceId(experimentId: string, seed: number, index: number): string {
  return `tr-${createHash('sha256').update(`${experimentId}/${seed}/${index}`).digest('hex').slice(0, 32)}`;
}

/** One trace of an experiment. @param seed other seeds give other ids and texts */
export function makeSeedTrace(
  experimentId: string,
  seed: number,
  index: number,
  startTimeMs: number,
  shape: SeedShape = {},
): SeedTrace {
  const { spansPerTrace = 5, textBytes = 8_000, errorEvery = 20 } = shape;
  const traceId = seedTraceId(experimentId, seed, index);
  const chance = seededChance(traceId);
  const isError = errorEvery > 0 && index % errorEvery === errorEvery - 1;
  const maker = new SpanMaker(traceId, chance, startTimeMs, textBytes);
  const executionTimeMs = 200 + Math.floor(chance() * 4_000);
  const usage = spansPerTrace > 2 ? usageOf(chance) : null;
  const inputs = { messages: [{ role: 'user', content: maker.text(0.15) }] };
  const outputs = index % 4 === 3 ? maker.text(0.15) : { answer: maker.text(0.15), confidence: chance() };
  const sessionId = `session-${Math.floor(index / 5)}`;
  const userId = `user-${index % 17}`;
  const root = maker.span('answer_question', 'AGENT', null, 0, executionTimeMs, {
    'mlflow.spanInputs': inputs,
    'mlflow.spanOutputs': outputs,
    'session.id': sessionId,
    'user.id': userId,
  });
  const children = childSpans(maker, root.spanId, spansPerTrace - 1, executionTimeMs, usage, isError);
  const spans = [isError ? { ...root, isError } : root, ...children];
  return { traceId, index, startTimeMs, executionTimeMs, isError, sessionId, userId, inputs, outputs, usage, spans };
}

function usageOf(chance: () => number): { input_tokens: number; output_tokens: number; total_tokens: number } {
  const input_tokens = 100 + Math.floor(chance() * 2_000);
  const output_tokens = 10 + Math.floor(chance() * 500);
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}

function childSpans(
  maker: SpanMaker,
  rootId: string,
  numChildren: number,
  durationMs: number,
  usage: SeedTrace['usage'],
  isError: boolean,
): SeedSpan[] {
  const spans: SeedSpan[] = [];
  for (let number = 0; number < numChildren; number++) {
    const parent = number < 4 ? rootId : spans[number - 4]!.spanId;
    const from = Math.floor((durationMs * number) / (numChildren + 1));
    const to = Math.floor((durationMs * (number + 1)) / (numChildren + 1));
    const share = 0.7 / numChildren;
    if (number % 4 === 0) spans.push(maker.retriever(parent, from, to, share));
    else if (number % 4 === 1) spans.push(maker.chatModel(parent, from, to, share, number === 1 ? usage : null));
    else if (number % 4 === 2) spans.push(maker.tool(parent, from, to, share, isError && number === 2));
    else spans.push(maker.formatter(parent, from, to, share));
  }
  return spans;
}

class SpanMaker {
  private numSpans = 0;

  constructor(
    private readonly traceId: string,
    private readonly chance: () => number,
    private readonly startTimeMs: number,
    private readonly textBytes: number,
  ) {}

  text(share: number): string {
    return seededText(this.chance, this.textBytes * share);
  }

  span(name: string, type: string, parent: string | null, fromMs: number, toMs: number, more: JsonObject): SeedSpan {
    const spanId = createHash('sha256').update(`${this.traceId}/${this.numSpans++}`).digest('hex').slice(0, 16);
    const ns = (ms: number): bigint => BigInt(this.startTimeMs + ms) * 1_000_000n + 123n;
    const attributes = { 'mlflow.spanType': type, ...more };
    const ends = { startTimeNs: ns(fromMs), endTimeNs: ns(toMs) };
    return { spanId, parentSpanId: parent, name, ...ends, isError: false, attributes };
  }

  retriever(parent: string, fromMs: number, toMs: number, share: number): SeedSpan {
    const documents = [1, 2, 3].map((rank) => ({
      page_content: this.text(share / 3),
      metadata: { doc_uri: `https://docs.example.com/page-${Math.floor(this.chance() * 500)}`, score: 1 / rank },
      id: `doc-${Math.floor(this.chance() * 1e6)}`,
    }));
    const attributes = { 'mlflow.spanInputs': { query: this.text(0.005) }, 'mlflow.spanOutputs': documents };
    return this.span('retrieve_documents', 'RETRIEVER', parent, fromMs, toMs, attributes);
  }

  chatModel(parent: string, fromMs: number, toMs: number, share: number, usage: SeedTrace['usage']): SeedSpan {
    return this.span('chat_completion', 'CHAT_MODEL', parent, fromMs, toMs, {
      'mlflow.spanInputs': { messages: [{ role: 'user', content: this.text(share * 0.7) }], temperature: 0.2 },
      'mlflow.spanOutputs': { choices: [{ message: { role: 'assistant', content: this.text(share * 0.3) } }] },
      'mlflow.llm.model': 'gpt-4o-mini',
      'mlflow.llm.provider': 'openai',
      ...(usage === null ? {} : { 'mlflow.chat.tokenUsage': usage }),
    });
  }

  tool(parent: string, fromMs: number, toMs: number, share: number, isError: boolean): SeedSpan {
    const span = this.span('look_up_order', 'TOOL', parent, fromMs, toMs, {
      'mlflow.spanFunctionName': 'look_up_order',
      'mlflow.spanInputs': { order_id: 9_007_199_254_740_993n },
      ...(isError ? {} : { 'mlflow.spanOutputs': { status: 'shipped', note: this.text(share) } }),
    });
    return isError ? { ...span, isError, exception: { type: 'TimeoutError', message: 'order service' } } : span;
  }

  formatter(parent: string, fromMs: number, toMs: number, share: number): SeedSpan {
    const attributes = { 'mlflow.spanInputs': this.text(share / 2), 'mlflow.spanOutputs': this.text(share / 2) };
    return this.span('format_answer', 'CHAIN', parent, fromMs, toMs, attributes);
  }
}
