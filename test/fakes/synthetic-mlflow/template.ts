/** The spans of a made-up trace, with marks where ids and times go. Imports the text maker. */
import { makeText, seededChance } from './text.js';

export interface TemplateShape {
  readonly spansPerTrace: number;
  readonly bytesPerTrace: number;
}

/** What a mark stands for. */
type Mark =
  { readonly kind: 'trace-id' } | { readonly kind: 'number' } | { readonly kind: 'time'; readonly offsetMs: number };

export interface Template {
  /** One more text than marks: they take turns, texts first and last. */
  readonly texts: readonly string[];
  readonly marks: readonly Mark[];
  readonly numBytes: number;
  readonly preview: string;
  readonly durationMs: number;
  readonly numSpans: number;
  readonly usage: TokenUsage;
}

interface TokenUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
}

const traceIdMark = '@trace-id@';
const numberMark = '@number@';
const markPattern = /@(trace-id|number)@|"@(\d+)ms@"/;

export function makeTemplate(seed: number, { spansPerTrace, bytesPerTrace }: TemplateShape): Template {
  const chance = seededChance(seed);
  const durationMs = 200 + Math.floor(chance() * 4_000);
  const usage = usageOf(chance);
  const overheadBytes = 700 * spansPerTrace;
  const textLength = Math.max(10, (bytesPerTrace - overheadBytes) / spansPerTrace / 2.4);
  const maker = { chance, durationMs, usage, textLength, spansPerTrace };
  const spans = Array.from({ length: spansPerTrace }, (_, number) => spanOf(maker, number));
  const json = JSON.stringify(spans);
  const parts = json.split(markPattern);
  const texts: string[] = [];
  const marks: Mark[] = [];
  // Each mark gives two groups, of which one matched.
  for (let index = 0; index < parts.length; index += 3) {
    texts.push(parts[index] ?? '');
    if (index + 2 < parts.length) marks.push(markOf(parts[index + 1], parts[index + 2]));
  }
  const numBytes = Buffer.byteLength(json);
  const preview = makeText(chance, 300);
  return { texts, marks, numBytes, preview, durationMs, numSpans: spansPerTrace, usage };
}

function markOf(word: string | undefined, offsetMs: string | undefined): Mark {
  if (word === undefined) return { kind: 'time', offsetMs: Number(offsetMs) };
  return { kind: word === 'number' ? 'number' : 'trace-id' };
}

function usageOf(chance: () => number): TokenUsage {
  const input_tokens = 100 + Math.floor(chance() * 2_000);
  const output_tokens = 10 + Math.floor(chance() * 500);
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}

interface Maker {
  readonly chance: () => number;
  readonly durationMs: number;
  readonly usage: TokenUsage;
  readonly textLength: number;
  readonly spansPerTrace: number;
}

function spanOf(maker: Maker, number: number): object {
  const { durationMs, spansPerTrace } = maker;
  const isRoot = number === 0;
  const fromMs = isRoot ? 0 : Math.floor((durationMs * (number - 1)) / spansPerTrace);
  const toMs = isRoot ? durationMs : Math.floor((durationMs * number) / spansPerTrace);
  const [name, type] = isRoot ? ['answer_question', 'AGENT'] : (kinds[(number - 1) % kinds.length] ?? kinds[0]);
  return {
    trace_id: traceIdMark,
    span_id: spanIdOf(number),
    ...(isRoot ? {} : { parent_span_id: spanIdOf(number <= 4 ? 0 : number - 4) }),
    name,
    start_time_unix_nano: `@${fromMs}ms@`,
    end_time_unix_nano: `@${toMs}ms@`,
    attributes: attributesOf(maker, type, number),
    status: { code: 'STATUS_CODE_OK' },
  };
}

const kinds = [
  ['retrieve_documents', 'RETRIEVER'],
  ['chat_completion', 'CHAT_MODEL'],
  ['look_up_order', 'TOOL'],
  ['format_answer', 'CHAIN'],
] as const;

function spanIdOf(number: number): string {
  return Buffer.from((number + 1).toString(16).padStart(16, '0'), 'hex').toString('base64');
}

function attributesOf(maker: Maker, type: string, number: number): object[] {
  const text = (share: number): string => makeText(maker.chance, maker.textLength * share);
  const inputs = kvlist({ question: `${numberMark} ${text(0.5)}` });
  const outputs = type === 'RETRIEVER' ? documents(text) : kvlist({ answer: text(1), confidence: maker.chance() });
  return [
    attribute('mlflow.spanType', anyText(type)),
    attribute('mlflow.spanInputs', inputs),
    attribute('mlflow.spanOutputs', outputs),
    ...(type === 'CHAT_MODEL' ? modelAttributes(number === 2 ? maker.usage : null) : []),
  ];
}

function modelAttributes(usage: TokenUsage | null): object[] {
  return [
    attribute('mlflow.llm.model', anyText('gpt-4o-mini')),
    attribute('mlflow.llm.provider', anyText('openai')),
    ...(usage === null ? [] : [attribute('mlflow.chat.tokenUsage', kvlist({ ...usage }))]),
  ];
}

function documents(text: (share: number) => string): object {
  const values = [1, 2, 3].map((rank) =>
    kvlist({
      id: `doc-${rank}`,
      page_content: text(1 / 3),
      doc_uri: `https://docs.example.com/${rank}`,
      score: 1 / rank,
    }),
  );
  return { array_value: { values } };
}

function attribute(key: string, value: object): object {
  return { key, value };
}

function anyText(text: string): object {
  return { string_value: text };
}

function kvlist(members: Readonly<Record<string, string | number>>): object {
  const values = Object.entries(members).map(([key, value]) =>
    attribute(
      key,
      typeof value === 'string'
        ? anyText(value)
        : Number.isInteger(value)
          ? { int_value: value }
          : { double_value: value },
    ),
  );
  return { kvlist_value: { values } };
}
