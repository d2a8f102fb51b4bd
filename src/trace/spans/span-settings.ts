/** How one model call was made and how it ended: settings, finish reason, time to the first token. Pure. */
import type { JsonValue } from '../../json/json-value.js';
import { firstPieceEvents, messageEvents } from '../wire/dialects.js';
import { firstAt, pathsOf, plainText, structured, type NamedValues } from '../wire/named-values.js';
import { finishReasonPlaces, maxTokensPlaces, serviceTierPlaces, temperaturePlaces } from '../wire/usage-names.js';
import { countOrNull } from '../tokens/span-usage.js';
import type { Span } from '../trace.js';
import type { SpanTexts } from './span-texts.js';

export interface CallSettings {
  /** As the provider words it: stop, length, tool_calls, end_turn, … */
  readonly finishReason: string | null;
  readonly temperature: number | null;
  /** Most output tokens that the call allowed. */
  readonly maxTokens: number | null;
  /** How the provider processed the call, in its words: default, flex, priority, batch, … */
  readonly serviceTier: string | null;
  /** From the start of the span to the first piece of a streamed answer, milliseconds. */
  readonly timeToFirstTokenMs: number | null;
}

export const noSettings: CallSettings = {
  finishReason: null,
  temperature: null,
  maxTokens: null,
  serviceTier: null,
  timeToFirstTokenMs: null,
};

const finishReasons = pathsOf(finishReasonPlaces);
const temperatures = pathsOf(temperaturePlaces);
const mostTokens = pathsOf(maxTokensPlaces);
const serviceTiers = pathsOf(serviceTierPlaces);

/** Of a model call. */
export function callSettings(span: Span, named: NamedValues, texts: SpanTexts): CallSettings {
  const inputs = structuredOrNull(texts.inputs);
  const settings = named.isForeign ? named.first('settings', (value) => structuredOrNull(value)) : null;
  const places = settings === null ? [inputs] : [settings, inputs];
  return {
    finishReason:
      named.first('finishReason', wordOf) ??
      firstAt(structuredOrNull(texts.outputs), finishReasons, wordOf) ??
      reasonOfEvents(span),
    temperature: named.first('temperature', numberOrNull) ?? firstIn(places, temperatures, numberOrNull),
    maxTokens: named.first('maxTokens', countOrNull) ?? firstIn(places, mostTokens, countOrNull),
    serviceTier:
      named.first('serviceTier', wordOf) ??
      firstAt(structuredOrNull(texts.outputs), serviceTiers, wordOf) ??
      firstAt(inputs, serviceTiers, wordOf),
    timeToFirstTokenMs: timeToFirstTokenMs(span, named),
  };
}

function structuredOrNull(value: JsonValue | null): JsonValue | null {
  const read = value === null ? null : structured(value);
  return typeof read === 'object' ? read : null;
}

function firstIn<T>(
  values: readonly (JsonValue | null)[],
  paths: readonly (readonly string[])[],
  read: (value: JsonValue) => T | null,
): T | null {
  for (const value of values) {
    const found = value === null ? null : firstAt(value, paths, read);
    if (found !== null) return found;
  }
  return null;
}

/** Reasons and tiers are single words; OpenTelemetry has a list, one per answer. */
function wordOf(value: JsonValue): string | null {
  const read = structured(value);
  const text = plainText(Array.isArray(read) ? read[0] : read);
  return text !== null && text.length <= 100 && !/\s/.test(text) ? text.toWellFormed() : null;
}

/** OpenTelemetry's former conventions tell it beside the answer, which is an event. */
function reasonOfEvents({ events }: Span): string | null {
  const choice = events.findLast(({ name }) => Object.hasOwn(messageEvents.outputs, name));
  return choice === undefined ? null : wordOf(choice.attributes['finish_reason'] ?? null);
}

function numberOrNull(value: JsonValue): number | null {
  const number = typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function durationOrNull(value: JsonValue): number | null {
  const number = numberOrNull(value);
  return number !== null && number >= 0 ? number : null;
}

function timeToFirstTokenMs(span: Span, named: NamedValues): number | null {
  const event = span.events.find(({ name, timeNs }) => timeNs !== null && firstPieceEvents.has(name));
  if (event?.timeNs != null && event.timeNs >= span.startTimeNs) return Number(event.timeNs - span.startTimeNs) / 1e6;
  if (!named.isForeign) return null;
  const seconds = named.first('firstTokenSeconds', durationOrNull);
  const told = named.first('firstTokenMs', durationOrNull) ?? (seconds === null ? null : seconds * 1000);
  return told ?? named.first('firstTokenAt', (value) => sinceStart(span, value));
}

function sinceStart({ startTimeNs }: Span, value: JsonValue): number | null {
  const atMs = Date.parse(plainText(value) ?? '');
  const ms = atMs - Number(startTimeNs / 1_000n) / 1_000;
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}
