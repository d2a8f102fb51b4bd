/**
 * JSON values as tracelift holds them in memory. Pure; imports nothing.
 *
 * Wire JSON may hold integers beyond 2^53 (span times in nanoseconds, ids inside attributes). They are `bigint` here,
 * never rounded numbers. NaN and infinities, which MLflow writes as bare words, are `number`.
 */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonObject;

/** An object with JSON values. Keys keep the order in which the wire had them. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** True for `{…}`, false for arrays and null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Text of a JSON value: bigint as a plain integer, NaN and infinities as the strings "NaN", "Infinity", "-Infinity"
 * (JSON has no words for them), lone surrogates as U+FFFD, so that every database accepts it.
 */
export function jsonText(value: JsonValue): string {
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : `"${String(value)}"`;
    case 'string':
      return JSON.stringify(value.toWellFormed());
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
      return `{${Object.entries(value)
        .map(([key, member]) => `${JSON.stringify(key.toWellFormed())}:${jsonText(member)}`)
        .join(',')}}`;
  }
}
