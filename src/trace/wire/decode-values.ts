/**
 * Small decoders of wire values, shared by infos and spans: text, numbers, times, ids, OTLP's AnyValue.
 * Lenient: what cannot be read is null. Pure; imports JSON types only.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { readJson, setMember } from '../../json/decode-json.js';

/** Member of an object, or undefined where the value is no object. */
export function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? value[key] : undefined;
}

/** A non-empty text, else null. */
export function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** A whole number from a JSON number, a bigint or decimal text (protobuf writes 64-bit integers as text). */
export function bigintOrNull(value: JsonValue | undefined): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d{1,30}$/.test(value) ? BigInt(value) : null;
}

/** A whole number that fits a JavaScript number exactly. */
export function integerOrNull(value: JsonValue | undefined): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  if (typeof value !== 'string' || !/^-?\d{1,16}$/.test(value)) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** Epoch milliseconds of an RFC 3339 text, or of a number of milliseconds. Beyond milliseconds digits are dropped. */
export function timeMsOrNull(value: JsonValue | undefined): number | null {
  if (typeof value !== 'string') return integerOrNull(value);
  if (/^\d+$/.test(value)) return integerOrNull(value);
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

/** Milliseconds of a protobuf duration in JSON ("1.500s", "2s"); below milliseconds digits are dropped. */
export function durationMsOrNull(value: JsonValue | undefined): number | null {
  const match = typeof value === 'string' ? /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(value) : null;
  if (match === null) return null;
  const [, sign, seconds, fraction = ''] = match;
  const ms = Number(seconds) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return sign === '-' ? -ms : ms;
}

/**
 * An id as lower-case hex: from plain hex, from `tr-` and `0x` prefixes (MLflow before
 * https://github.com/mlflow/mlflow/pull/15053), and from base64 of 8 or 16 bytes. Null for zero and for anything else.
 */
export function hexIdOrNull(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const bare = value.startsWith('0x') ? value.slice(2) : value.startsWith('tr-') ? value.slice(3) : value;
  const hex = isHexId(bare) ? bare.toLowerCase() : hexOfBase64(value);
  return hex === null || /^0+$/.test(hex) ? null : hex;
}

function isHexId(text: string): boolean {
  return (text.length === 16 || text.length === 32) && /^[0-9a-fA-F]+$/.test(text);
}

/** 8 bytes are 12 characters of base64, 16 bytes are 24: no length of hex ids. */
function hexOfBase64(text: string): string | null {
  if (!/^(?:[A-Za-z0-9+/_-]{11}=?|[A-Za-z0-9+/_-]{22}(?:==)?)$/.test(text)) return null;
  return Buffer.from(text, 'base64').toString('hex');
}

/** Object of text to text from an object or from MLflow 2's list of `{key, value}`; other values become JSON-ish text. */
export function stringMap(value: JsonValue | undefined): Record<string, string> {
  const map: Record<string, string> = {};
  if (Array.isArray(value)) {
    for (const pair of value) setText(map, member(pair, 'key'), member(pair, 'value') ?? '');
  } else if (isJsonObject(value)) {
    for (const [key, text] of Object.entries(value)) setText(map, key, text);
  }
  return map;
}

function setText(map: Record<string, string>, key: JsonValue | undefined, value: JsonValue): void {
  if (typeof key !== 'string' || value === null || typeof value === 'object') return;
  setMember(map, key, String(value));
}

/** Value of JSON text, or the text itself where it is no JSON. */
export function decodeJsonText(text: string): JsonValue {
  const reading = readJson(text);
  return reading.ok ? reading.value : text;
}

/** Values nested deeper than protobuf itself allows (100) are not read. */
const maxAnyValueDepth = 200;

/**
 * OTLP's AnyValue (https://opentelemetry.io/docs/specs/otlp/) in MLflow's spelling (`string_value`) and OTLP's own
 * (`stringValue`). No value at all is null: MLflow writes null that way.
 */
export function decodeAnyValue(value: JsonValue | undefined, depth = 0): JsonValue {
  if (!isJsonObject(value) || depth > maxAnyValueDepth) return null;
  for (const key in value) {
    const decode = decoderByField.get(key);
    if (decode !== undefined) return decode(value[key], depth + 1);
  }
  return null;
}

type FieldDecoder = (value: JsonValue | undefined, depth: number) => JsonValue;

const asIs: FieldDecoder = (value) => value ?? null;
const asArray: FieldDecoder = (value, depth) =>
  itemsOf(member(value, 'values')).map((item) => decodeAnyValue(item, depth));
const asObject: FieldDecoder = (value, depth) => decodeKeyValues(member(value, 'values'), depth);

const decoderByField: ReadonlyMap<string, FieldDecoder> = new Map([
  ['string_value', asIs],
  ['stringValue', asIs],
  ['bool_value', asIs],
  ['boolValue', asIs],
  ['bytes_value', asIs],
  ['bytesValue', asIs],
  ['int_value', decodeInteger],
  ['intValue', decodeInteger],
  ['double_value', decodeDouble],
  ['doubleValue', decodeDouble],
  ['array_value', asArray],
  ['arrayValue', asArray],
  ['kvlist_value', asObject],
  ['kvlistValue', asObject],
]);

/** OTLP's list of `{key, value}` as an object. */
export function decodeKeyValues(pairs: JsonValue | undefined, depth = 0): JsonObject {
  const object: JsonObject = {};
  for (const pair of itemsOf(pairs)) {
    const key = member(pair, 'key');
    if (typeof key === 'string') setMember(object, key, decodeAnyValue(member(pair, 'value'), depth));
  }
  return object;
}

function decodeInteger(value: JsonValue | undefined): JsonValue {
  const exact = bigintOrNull(value);
  if (exact === null) return null;
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}

function decodeDouble(value: JsonValue | undefined): JsonValue {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : null;
}
