/** Single facts of one span, read from its attributes and events. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { textOrNull } from '../wire/decode-values.js';
import { attributeKeys } from '../wire/mlflow-keys.js';
import type { Span } from '../trace.js';
import { isModelCall } from './span-kinds.js';

/** MLflow's span type, upper case; UNKNOWN where none is set. */
export function spanKind(span: Span): string {
  const kind = textOrNull(span.attributes[attributeKeys.kind])?.trim().toUpperCase() ?? '';
  return kind === '' ? 'UNKNOWN' : kind.toWellFormed();
}

/** Language model of the span: as MLflow extracted it (3.10), as OpenTelemetry names it, or as the request named it. */
export function spanModel(span: Span, kind: string): string | null {
  const { attributes } = span;
  const named =
    textOrNull(attributes[attributeKeys.model]) ??
    textOrNull(attributes['gen_ai.response.model']) ??
    textOrNull(attributes['gen_ai.request.model']);
  if (named !== null || !isModelCall(kind)) return named;
  const inputs = attributes[attributeKeys.inputs];
  return isJsonObject(inputs) ? shortName(inputs['model']) : null;
}

export function spanProvider(span: Span): string | null {
  const { attributes } = span;
  return textOrNull(attributes[attributeKeys.provider]) ?? textOrNull(attributes['gen_ai.provider.name']);
}

/** Inputs are free text: only what looks like a name is taken for one. */
function shortName(value: JsonValue | undefined): string | null {
  const name = textOrNull(value);
  return name !== null && name.length <= 200 && !/\s/.test(name) ? name : null;
}

/** Type of the exception that the span recorded, the last one where there are several; null when it did not fail. */
export function spanErrorType(span: Span): string | null {
  if (span.status !== 'ERROR') return null;
  const exception = span.events.findLast((event) => textOrNull(event.attributes['exception.type']) !== null);
  return textOrNull(exception?.attributes['exception.type']) ?? textOrNull(span.attributes['error.type']);
}

/** Name of the tool of a TOOL span: its function where known, else the span's own name. */
export function toolName(span: Span, kind: string): string | null {
  if (kind !== 'TOOL') return null;
  const { attributes } = span;
  return (
    textOrNull(attributes['gen_ai.tool.name']) ??
    textOrNull(attributes[attributeKeys.functionName]) ??
    textOrNull(span.name)
  );
}

/** Values looked at before the search for reasoning gives up. */
const maxVisited = 2_000;

const reasoningKeys: ReadonlySet<string> = new Set(['reasoning', 'reasoning_content', 'thinking']);
const reasoningTypes: ReadonlySet<string> = new Set(['reasoning', 'thinking', 'redacted_thinking']);

/**
 * True when the outputs of a model call carry reasoning: content blocks of such a type (Anthropic, OpenAI responses)
 * or filled members of such a name (DeepSeek, vLLM, …). Null for other spans, without outputs, and where the outputs
 * are too large to tell.
 */
export function hasReasoning(span: Span, kind: string): boolean | null {
  const outputs = span.attributes[attributeKeys.outputs];
  if (!isModelCall(kind) || outputs === undefined || outputs === null) return null;
  const open: JsonValue[] = [outputs];
  let numVisited = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (++numVisited > maxVisited) return null;
    if (Array.isArray(value)) pushAll(open, value);
    else if (isJsonObject(value)) {
      if (showsReasoning(value)) return true;
      pushAll(open, Object.values(value));
    }
  }
  return false;
}

/** At most as many as may still be visited: one list of a million numbers costs nothing. */
function pushAll(open: JsonValue[], values: readonly JsonValue[]): void {
  for (let index = 0; index < values.length && index <= maxVisited; index++) {
    const value = values[index];
    if (typeof value === 'object' && value !== null) open.push(value);
  }
}

function showsReasoning(object: JsonObject): boolean {
  const { type } = object;
  if (typeof type === 'string' && reasoningTypes.has(type)) return true;
  for (const key of reasoningKeys) {
    const value = object[key];
    if (typeof value === 'string' && value.trim() !== '') return true;
  }
  return false;
}
