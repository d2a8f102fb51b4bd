/**
 * The tokens that one span reports, under whatever names (dialects.ts, usage-names.ts), in one convention: the input
 * includes what was read from a cache or written to one, the output includes reasoning. Pure.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { firstAt, pathsOf, structured, valueAt, type NamedValues } from '../wire/named-values.js';
import { cacheApartNames, usageNames, usagePlaces } from '../wire/usage-names.js';
import { completed, knowsCache } from './completed-usage.js';
import { asEmbedding, type TokenUsage } from './token-usage.js';

/** Counts as they were written. */
interface Counts {
  readonly input: number | null;
  readonly output: number | null;
  readonly total: number | null;
  readonly cached: number | null;
  /** All that was written to a cache. */
  readonly cacheWrite: number | null;
  readonly cacheWrite5m: number | null;
  readonly cacheWrite1h: number | null;
  readonly reasoning: number | null;
  /** Reasoning that the output does not include. */
  readonly thoughts: number | null;
  readonly audioInput: number | null;
  readonly audioOutput: number | null;
}

type CountName = keyof Counts;

/** A place at which a count may stand, below the member that the map names. */
interface CountPlace {
  readonly count: CountName;
  /** Place of the name among those of the count. */
  readonly rank: number;
  readonly below: readonly string[];
}

/** By the first member of their paths: objects have a few members, and the names are many. */
const countPlaces = new Map<string, CountPlace[]>();
for (const count of Object.keys(usageNames) as CountName[]) {
  for (const [rank, [member = '', ...below]] of pathsOf(usageNames[count]).entries()) {
    const known = countPlaces.get(member);
    if (known === undefined) countPlaces.set(member, [{ count, rank, below }]);
    else known.push({ count, rank, below });
  }
}
const places = pathsOf(usagePlaces);

/** Kinds of spans whose outputs may be the answer of a model, with its usage inside. */
const answeringKinds: ReadonlySet<string> = new Set(['LLM', 'CHAT_MODEL', 'EMBEDDING', 'AGENT', 'CHAIN', 'UNKNOWN']);

/**
 * Usage of a span: from MLflow's attribute or another usage object, from single attributes, from the outputs. Null
 * where it reports none. MLflow's clients and servers keep less than there is of some calls, so what the others say of
 * the same call completes the first.
 * @param outputs the span's outputs, whatever names they have
 */
export function spanUsage(named: NamedValues, kind: string, outputs: JsonValue | null): TokenUsage | null {
  const reports = [
    named.first('usage', (value) => usageOf(structured(value))),
    named.isForeign ? normalised(countsOfAttributes(named), isClaudeCode(named)) : null,
    named.first('answeredUsage', (value) => answeredUsage(structured(value))),
  ];
  const usage = reports.reduce(completed, null);
  const all = answeringKinds.has(kind) && lacksDetails(usage) ? completed(usage, usageOfOutputs(outputs)) : usage;
  return kind === 'EMBEDDING' && all !== null ? asEmbedding(all) : all;
}

function lacksDetails(usage: TokenUsage | null): boolean {
  return usage === null || usage.reasoningTokens === null || !knowsCache(usage) || usage.cacheWrite1hTokens === null;
}

/** Usage of an object of MLflow's own form or of another; null where it holds no count. */
export function usageOf(value: JsonValue): TokenUsage | null {
  return isJsonObject(value) ? normalised(countsOfObject(value), false) : null;
}

function usageOfOutputs(outputs: JsonValue | null): TokenUsage | null {
  return outputs === null ? null : firstAt(structured(outputs), places, answeredUsage);
}

/** As the provider gave it: there Anthropic's and Bedrock's input never includes the cache. */
function answeredUsage(value: JsonValue): TokenUsage | null {
  if (!isJsonObject(value)) return null;
  const isApart = value['prompt_tokens'] === undefined && cacheApartNames.some((name) => value[name] !== undefined);
  return normalised(countsOfObject(value), isApart);
}

const noCounts: Counts = {
  input: null,
  output: null,
  total: null,
  cached: null,
  cacheWrite: null,
  cacheWrite5m: null,
  cacheWrite1h: null,
  reasoning: null,
  thoughts: null,
  audioInput: null,
  audioOutput: null,
};

/** Each count by the best of its names that holds one. */
function countsOfObject(value: JsonObject): Counts {
  const counts: { -readonly [K in CountName]: Counts[K] } = { ...noCounts };
  const ranks: Partial<Record<CountName, number>> = {};
  for (const [member, inside] of Object.entries(value)) {
    for (const { count, rank, below } of countPlaces.get(member) ?? []) {
      if (rank >= (ranks[count] ?? Number.POSITIVE_INFINITY)) continue;
      const found = countOrNull(valueAt(inside, below));
      if (found === null) continue;
      counts[count] = found;
      ranks[count] = rank;
    }
  }
  return counts;
}

function countsOfAttributes(named: NamedValues): Counts {
  return {
    input: named.first('inputTokens', countOrNull),
    output: named.first('outputTokens', countOrNull),
    total: named.first('totalTokens', countOrNull),
    cached: named.first('cachedTokens', countOrNull),
    cacheWrite: named.first('cacheWriteTokens', countOrNull),
    cacheWrite5m: null,
    cacheWrite1h: named.first('cacheWrite1hTokens', countOrNull),
    reasoning: named.first('reasoningTokens', countOrNull),
    thoughts: null,
    audioInput: named.first('audioInputTokens', countOrNull),
    audioOutput: named.first('audioOutputTokens', countOrNull),
  };
}

/** Its spans say what they are, and count as Anthropic does. */
function isClaudeCode({ attributes }: NamedValues): boolean {
  return attributes['cache_read_tokens'] !== undefined || attributes['cache_creation_tokens'] !== undefined;
}

/** @param isCacheApart the dialect is known to leave the cache out of the input */
function normalised(counts: Counts, isCacheApart: boolean): TokenUsage | null {
  const { input, cached, cacheWrite1h, thoughts } = counts;
  if (sum(sum(input, counts.output), counts.total) === null) return null;
  const written = counts.cacheWrite ?? sum(counts.cacheWrite5m, cacheWrite1h);
  const cache = sum(cached, written) ?? 0;
  const output = thoughts === null ? counts.output : sum(thoughts, counts.output);
  const isAdded = cache > 0 && (isCacheApart || isApart(counts, cache, output));
  const inputTokens = isAdded ? sum(cache, input) : input;
  return {
    inputTokens,
    cachedInputTokens: cached,
    cacheWrite5mTokens: difference(written, cacheWrite1h),
    cacheWrite1hTokens: cacheWrite1h,
    outputTokens: output,
    reasoningTokens: counts.reasoning ?? thoughts,
    audioInputTokens: counts.audioInput,
    audioOutputTokens: counts.audioOutput,
    // A total below its parts is none: some clients leave it at 0.
    totalTokens: Math.max(counts.total ?? 0, sum(inputTokens, output) ?? 0),
    embeddingTokens: null,
    isCacheAdded: isAdded,
  };
}

/** More cache than input, or a total that holds both: the input cannot include the cache. */
function isApart({ input, total }: Counts, cache: number, output: number | null): boolean {
  return input !== null && (cache > input || total === input + (output ?? 0) + cache);
}

function difference(all: number | null, part: number | null): number | null {
  return all === null ? null : Math.max(0, all - (part ?? 0));
}

function sum(left: number | null, right: number | null): number | null {
  return left === null ? right : left + (right ?? 0);
}

/** A count: a whole number from 0, also as text; `12.0`, which protobuf makes of integers, is one. */
export function countOrNull(value: JsonValue | undefined): number | null {
  const number =
    typeof value === 'string' && /^\s*"?\d{1,15}(?:\.0+)?"?\s*$/.test(value)
      ? Number(value.replaceAll('"', ''))
      : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
