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

/** Plain data, down to every member: what JSON cannot hold becomes `never`, so that the compiler refuses it. */
export type PlainData<Data> = Data extends JsonValue | undefined
  ? Data
  : Data extends symbol | ((...values: never[]) => unknown)
    ? never
    : { readonly [Name in keyof Data]: PlainData<Data[Name]> };

/** The same data as a JSON value: an interface is none by itself, since others could give it further members. */
export function toJson<Data>(data: Data & PlainData<Data>): JsonValue {
  return data as JsonValue;
}
