/** The one writer of JSON values. Pure; imports JSON types only. */
import type { JsonObject, JsonValue } from './json-value.js';

/**
 * JSON text of a value, as every database accepts it and `readJson` reads it back: integers beyond 2^53 are plain
 * digits, and doubles that would look like such integers get an exponent, so that each comes back as what it was.
 * Lone surrogates become U+FFFD, NaN and infinities the strings "NaN", "Infinity", "-Infinity": JSON has no words for
 * them.
 */
export function writeJson(value: JsonValue): string {
  return isPlain(value) ? JSON.stringify(value) : exactText(value);
}

/** True where JSON.stringify, several times as fast, writes the same. */
function isPlain(value: JsonValue): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isSafeInteger(value) ? !Object.is(value, -0) : Number.isFinite(value) && !Number.isInteger(value);
    case 'bigint':
      return false;
    case 'boolean':
      return true;
    default:
      return value === null || (Array.isArray(value) ? value.every(isPlain) : isPlainObject(value));
  }
}

function isPlainObject(object: JsonObject): boolean {
  for (const key in object) {
    if (!key.isWellFormed() || !isPlain(object[key] ?? null)) return false;
  }
  return true;
}

function exactText(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return numberText(value);
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value === null ? 'null' : containerText(value);
  }
}

function containerText(value: JsonValue[] | JsonObject): string {
  if (Array.isArray(value)) {
    let items = '';
    for (const item of value) items += (items === '' ? '' : ',') + exactText(item);
    return `[${items}]`;
  }
  let members = '';
  for (const key of Object.keys(value)) {
    members += `${members === '' ? '' : ','}${quoted(key)}:${exactText(value[key] ?? null)}`;
  }
  return `{${members}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return `"${String(value)}"`;
  if (Object.is(value, -0)) return '-0';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
