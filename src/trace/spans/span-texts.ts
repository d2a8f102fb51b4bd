/** Inputs and outputs of one span, from whatever attributes or events hold them. Pure. */
import type { JsonObject, JsonValue } from '../../json/json-value.js';
import { messageEvents, redactedText, textEvents } from '../wire/dialects.js';
import { attributeKeys } from '../wire/mlflow-keys.js';
import { structured, type NamedValues } from '../wire/named-values.js';
import type { Span, SpanEvent } from '../trace.js';

export interface SpanTexts {
  /** Null where the span shows none. */
  readonly inputs: JsonValue | null;
  readonly outputs: JsonValue | null;
}

/** MLflow's own attributes as they are; JSON text of other conventions as what it says. */
export function spanTexts(span: Span, named: NamedValues): SpanTexts {
  return { inputs: textOf(span, named, 'inputs'), outputs: textOf(span, named, 'outputs') };
}

function textOf(span: Span, named: NamedValues, what: 'inputs' | 'outputs'): JsonValue | null {
  const own = span.attributes[attributeKeys[what]];
  if (own !== undefined && own !== null) return own;
  const told = named.isForeign ? (named.first(what, recorded) ?? named.spelledOut(what)) : null;
  return told ?? (span.events.length === 0 ? null : (ofEvents(span.events, what) ?? ofMessages(span.events, what)));
}

function recorded(value: JsonValue): JsonValue | null {
  const read = structured(value);
  return read === '' || read === redactedText ? null : read;
}

function ofEvents(events: readonly SpanEvent[], what: 'inputs' | 'outputs'): JsonValue | null {
  for (const [name, attributes] of textEvents[what]) {
    for (const event of events) {
      if (event.name !== name) continue;
      for (const attribute of attributes) {
        const value = event.attributes[attribute] ?? null;
        const text = value === null ? null : recorded(value);
        if (text !== null) return text;
      }
    }
  }
  return null;
}

function ofMessages(events: readonly SpanEvent[], what: 'inputs' | 'outputs'): JsonValue | null {
  const roles: Readonly<Record<string, string>> = messageEvents[what];
  const messages: JsonObject[] = [];
  for (const { name, attributes } of events) {
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
    const content = attributes['content'] ?? attributes['message'];
    if (role === undefined || content === undefined || content === null) continue;
    messages.push({ role: attributes['role'] ?? role, content: structured(content) });
  }
  return messages.length === 0 ? null : messages;
}
