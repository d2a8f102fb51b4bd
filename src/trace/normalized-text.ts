/** Texts that differ in nothing that people see as a difference. Pure. */
import { readJson, setMember } from '../json/decode-json.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import { writeJson } from '../json/write-json.js';

/**
 * The text in Unicode form NFKC, lower case, with runs of white space as one blank and none at the ends; of JSON each
 * text inside it. Null for null.
 */
export function normalizedText(text: string | null): string | null {
  if (text === null || !/^\s*[{["]/.test(text)) return text === null ? null : normalized(text);
  const reading = readJson(text);
  return reading.ok ? writeJson(normalizedValue(reading.value)) : normalized(text);
}

function normalizedValue(value: JsonValue): JsonValue {
  if (typeof value === 'string') return normalized(value);
  if (Array.isArray(value)) return value.map(normalizedValue);
  if (!isJsonObject(value)) return value;
  const object: JsonObject = {};
  for (const key of Object.keys(value)) setMember(object, key, normalizedValue(value[key] ?? null));
  return object;
}

/** Most texts have single blanks only: looking for others costs less than replacing each. */
function normalized(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase();
  return (/\s\s|[^\S ]/.test(folded) ? folded.replace(/\s+/g, ' ') : folded).trim();
}
