/**
 * JSON of the wire, read without loss and fast: integers beyond 2^53 become bigint, and the bare words NaN, Infinity
 * and -Infinity, which Python writes, become numbers. Pure; imports JSON types only.
 *
 * JSON.parse does the work. Where it would lose something, one scan first wraps the literal in a marked string, and one
 * walk afterwards puts the value in its place. The scan jumps from quote to quote by indexOf, so that long texts cost
 * next to nothing.
 */
import type { JsonObject, JsonValue } from './json-value.js';

/** Control characters cannot stand raw inside a JSON string, so a text can only begin with this one by an escape. */
const markCharacter = '\u0001';
const escapedMark = '\\u0001';

/** Deeper values are refused: everything that walks them later would exhaust the stack. */
export const maxJsonDepth = 1_000;

const backslash = 0x5c;
/** An integer of this many digits may exceed 2^53; shorter ones never do. */
const minLongDigits = 16;

/** Why a text was refused. Never holds text of the input: parser messages quote it. */
type JsonProblem = 'syntax' | 'depth';

export type JsonReading =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly problem: JsonProblem };

/**
 * Reads one JSON text. Never throws.
 * @param maxDepth nesting that is still read; own texts that wrap read values may be a little deeper
 */
export function readJson(text: string, maxDepth: number = maxJsonDepth): JsonReading {
  const scan = new Scan(text);
  scan.run();
  if (scan.maxDepth > maxDepth) return { ok: false, problem: 'depth' };
  let value: JsonValue;
  try {
    value = JSON.parse(scan.marked()) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, problem: 'syntax' };
    throw error;
  }
  return { ok: true, value: scan.hasMarks ? unmark(value) : value };
}

/** Sets a member also where its key is `__proto__`, which plain assignment would take as the prototype. */
export function setMember(target: JsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** One pass over the characters outside strings. */
class Scan {
  hasMarks = false;
  maxDepth = 0;
  private depth = 0;
  private readonly parts: string[] = [];
  private copiedUpTo = 0;

  constructor(private readonly text: string) {}

  run(): void {
    const { text } = this;
    let position = 0;
    for (;;) {
      const open = text.indexOf('"', position);
      this.gap(position, open < 0 ? text.length : open);
      if (open < 0) return;
      if (text.charCodeAt(open + 1) === backslash && text.startsWith(escapedMark, open + 1)) {
        this.replace(open + 1, open + 1, escapedMark);
      }
      const close = closingQuote(text, open + 1);
      if (close < 0) return;
      position = close + 1;
    }
  }

  /** The text with marked strings in place of what JSON.parse would lose. */
  marked(): string {
    if (!this.hasMarks) return this.text;
    this.parts.push(this.text.slice(this.copiedUpTo));
    return this.parts.join('');
  }

  private gap(from: number, to: number): void {
    const { text } = this;
    for (let at = from; at < to; at++) {
      const code = text.charCodeAt(at);
      // Most characters between strings are blanks, colons and commas: one comparison passes them.
      if (code < 0x30) continue;
      if (code <= 0x39) at = this.number(at, to) - 1;
      else if (code === 0x7b || code === 0x5b) this.maxDepth = Math.max(this.maxDepth, ++this.depth);
      else if (code === 0x7d || code === 0x5d) this.depth--;
      else if (code === 0x4e || code === 0x49) at = this.word(at) - 1;
    }
  }

  /** `at` is the first digit; returns the position behind the number. */
  private number(at: number, to: number): number {
    const { text } = this;
    let end = at + 1;
    while (end < to && isDigit(text.charCodeAt(end))) end++;
    if (end - at < minLongDigits) return end;
    const isNegative = text.charCodeAt(at - 1) === 0x2d;
    const next = text.charCodeAt(end);
    const before = text.charCodeAt(at - (isNegative ? 2 : 1));
    const isFraction = next === 0x2e || next === 0x65 || next === 0x45 || before === 0x2e || isExponent(before);
    // Digits of a fraction or an exponent are a double's, which JSON.parse reads as the writer meant it.
    if (isFraction || Number.isSafeInteger(Number(text.slice(at, end)))) return end;
    const start = isNegative ? at - 1 : at;
    this.replace(start, end, `"${escapedMark}${text.slice(start, end)}"`);
    return end;
  }

  private word(at: number): number {
    const { text } = this;
    const word = text.startsWith('NaN', at) ? 'NaN' : text.startsWith('Infinity', at) ? 'Infinity' : null;
    if (word === null) return at + 1;
    // Nobody writes -NaN: without its sign in the mark it stays the error that it is.
    const start = word === 'Infinity' && text.charCodeAt(at - 1) === 0x2d ? at - 1 : at;
    const end = at + word.length;
    this.replace(start, end, `"${escapedMark}${text.slice(start, end)}"`);
    return end;
  }

  private replace(start: number, end: number, replacement: string): void {
    this.hasMarks = true;
    this.parts.push(this.text.slice(this.copiedUpTo, start), replacement);
    this.copiedUpTo = end;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isExponent(code: number): boolean {
  return code === 0x65 || code === 0x45 || code === 0x2b;
}

/** Position of the quote that ends the string whose content starts at `from`, or -1. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0) {
    let numBackslashes = 0;
    while (at - 1 - numBackslashes >= from && text.charCodeAt(at - 1 - numBackslashes) === backslash) numBackslashes++;
    if (numBackslashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return -1;
}

/** Puts the real values in the place of marked strings. A stack of its own: no depth can exhaust it. */
function unmark(root: JsonValue): JsonValue {
  const open: (JsonValue[] | JsonObject)[] = [];
  const settle = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return value.charCodeAt(0) === 1 ? unmarked(value) : value;
    if (typeof value === 'object' && value !== null) open.push(value);
    return value;
  };
  const top = settle(root);
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    if (Array.isArray(container)) settleItems(container, settle);
    else settleMembers(container, settle);
  }
  return top;
}

function settleItems(items: JsonValue[], settle: (value: JsonValue) => JsonValue): void {
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as JsonValue;
    const settled = settle(item);
    if (settled !== item) items[index] = settled;
  }
}

function settleMembers(object: JsonObject, settle: (value: JsonValue) => JsonValue): void {
  let markedKeys: string[] | null = null;
  for (const key in object) {
    if (key.charCodeAt(0) === 1) (markedKeys ??= []).push(key);
    const member = object[key] as JsonValue;
    const settled = settle(member);
    if (settled !== member) setMember(object, key, settled);
  }
  if (markedKeys !== null) renameMarkedKeys(object);
}

/** The scan doubles the mark of keys too, since it cannot tell keys from values; order of members is kept. */
function renameMarkedKeys(object: JsonObject): void {
  const members = Object.entries(object);
  for (const [key] of members) Reflect.deleteProperty(object, key);
  for (const [key, value] of members) setMember(object, key.charCodeAt(0) === 1 ? key.slice(1) : key, value);
}

function unmarked(text: string): JsonValue {
  const rest = text.slice(1);
  if (rest.startsWith(markCharacter)) return rest;
  switch (rest) {
    case 'NaN':
      return Number.NaN;
    case 'Infinity':
      return Number.POSITIVE_INFINITY;
    case '-Infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      return BigInt(rest);
  }
}
