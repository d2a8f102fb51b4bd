/** Whether a span shows what a model thought before it answered. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import type { SpanTexts } from './span-texts.js';

/** Values looked at before the search for reasoning gives up. */
const maxVisited = 2_000;

const reasoningKeys: ReadonlySet<string> = new Set(['reasoning', 'reasoning_content', 'thinking']);
const reasoningTypes: ReadonlySet<string> = new Set(['reasoning', 'thinking', 'redacted_thinking']);

/** Kinds of spans whose outputs may carry what a model thought. */
const reasoningKinds: ReadonlySet<string> = new Set(['LLM', 'CHAT_MODEL', 'AGENT', 'CHAIN']);

/**
 * True when the outputs of a model call, agent or chain carry reasoning: content blocks of such a type (Anthropic,
 * OpenAI responses) or filled members of such a name (DeepSeek, vLLM, …). Null for other spans, without outputs, and
 * where the outputs are too large to tell.
 */
export function hasReasoning({ kind, outputs }: { readonly kind: string } & SpanTexts): boolean | null {
  if (!reasoningKinds.has(kind) || outputs === null) return null;
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
