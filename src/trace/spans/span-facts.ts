/**
 * What one span tells about itself, read once, whatever convention its attributes follow. Pure.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { costOf, type Cost } from '../cost/cost.js';
import { spanUsage } from '../tokens/span-usage.js';
import type { SpanReport } from '../tokens/token-owners.js';
import { textOrNull } from '../wire/decode-values.js';
import { kindNames, kindsByPresence } from '../wire/dialect-kinds.js';
import { attributeKeys } from '../wire/mlflow-keys.js';
import { NamedValues, plainText, structured } from '../wire/named-values.js';
import type { Span } from '../trace.js';
import { isModelCall } from './span-kinds.js';
import { callSettings, noSettings, type CallSettings } from './span-settings.js';
import { spanTexts, type SpanTexts } from './span-texts.js';

export interface SpanFacts extends SpanReport, SpanTexts, CallSettings {
  readonly model: string | null;
  readonly provider: string | null;
  /** Of TOOL spans. */
  readonly toolName: string | null;
  /** Of AGENT spans. */
  readonly agentName: string | null;
  readonly sessionId: string | null;
  readonly userId: string | null;
  /** Documents that attributes spell out or list, beside the outputs. */
  readonly documents: JsonValue | null;
}

export function spanFacts(span: Span): SpanFacts {
  const named = new NamedValues(span.attributes);
  const kind = spanKind(span, named.isForeign);
  const texts = spanTexts(span, named);
  const foreign = named.isForeign;
  const facts = {
    kind,
    inputs: texts.inputs,
    outputs: texts.outputs,
    usage: spanUsage(named, kind, texts.outputs),
    cost: spanCost(named),
    model: spanModel(named, kind, texts),
    provider: named.text('provider'),
    toolName: kind === 'TOOL' ? (named.text('toolName') ?? textOrNull(span.name)) : null,
    agentName: foreign && kind === 'AGENT' ? named.text('agentName') : null,
    sessionId: foreign ? idOf(named, 'sessionId') : null,
    userId: foreign ? idOf(named, 'userId') : null,
    documents: foreign ? (named.first('documents', structured) ?? named.spelledOut('documents')) : null,
  };
  // Not by spread: a literal that spreads takes many times as long.
  return Object.assign(facts, isModelCall(kind) ? callSettings(span, named, texts) : noSettings);
}

/** MLflow's span type, upper case; where none is set that of another convention, else UNKNOWN. */
function spanKind({ attributes }: Span, isForeign: boolean): string {
  const own = textOrNull(attributes[attributeKeys.kind])?.trim().toUpperCase() ?? '';
  if (own !== '' && own !== 'UNKNOWN') return own.toWellFormed();
  return (isForeign ? foreignKind(attributes) : null) ?? 'UNKNOWN';
}

function foreignKind(attributes: JsonObject): string | null {
  for (const [attribute, kinds] of kindNames) {
    const value = plainText(attributes[attribute]);
    if (value !== null && Object.hasOwn(kinds, value)) return kinds[value] ?? null;
  }
  return kindsByPresence.find(([attribute]) => attributes[attribute] !== undefined)?.[1] ?? null;
}

/** Language model of the span: as an attribute names it, or as the answer of a call does, or its request. */
function spanModel(named: NamedValues, kind: string, { inputs, outputs }: SpanTexts): string | null {
  const model = named.text('model');
  if (model !== null) return model;
  const asked = named.first('bareModel', (value) => shortName(plainText(value)));
  if (!(isModelCall(kind) || kind === 'EMBEDDING')) return asked;
  return modelIn(outputs) ?? asked ?? modelIn(inputs);
}

function modelIn(value: JsonValue | null): string | null {
  return value !== null && isJsonObject(value) ? shortName(value['model']) : null;
}

/** Other texts may stand in these places: only what looks like a name is taken for one. */
function shortName(value: JsonValue | undefined): string | null {
  const name = textOrNull(value);
  return name !== null && name.length <= 200 && !/\s/.test(name) ? name : null;
}

function idOf(named: NamedValues, fact: 'sessionId' | 'userId'): string | null {
  return named.first(fact, (value) => (typeof value === 'number' ? String(value) : plainText(value)));
}

/** As MLflow stored it, or as another convention reports it. */
function spanCost(named: NamedValues): Cost | null {
  const stored = named.first('cost', (value) => costOf(structured(value)));
  if (stored !== null || !named.isForeign) return stored;
  const part = (fact: 'totalCost' | 'inputCost' | 'outputCost'): JsonValue =>
    named.first(fact, (value) => (typeof value === 'string' ? Number(value) : value));
  return costOf({ total_cost: part('totalCost'), input_cost: part('inputCost'), output_cost: part('outputCost') });
}

/** Type of the exception that the span recorded, the last one where there are several; null when it did not fail. */
export function spanErrorType(span: Span): string | null {
  if (span.status !== 'ERROR') return null;
  const exception = span.events.findLast((event) => textOrNull(event.attributes['exception.type']) !== null);
  return textOrNull(exception?.attributes['exception.type']) ?? textOrNull(span.attributes['error.type']);
}
