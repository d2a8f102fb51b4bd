/** Reading the JSON of the monitor APIs: lenient, unknown is null. Imports JSON types only. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../json/json-value.js';
import type { ServiceState } from './settings.js';

export const objectAt = (json: JsonObject, field: string): JsonObject => {
  const value = json[field];
  return isJsonObject(value) ? value : {};
};

export const textAt = (json: JsonObject, field: string): string | null => {
  const value = json[field];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** Sorted. */
export const textsAt = (json: JsonObject, field: string): string[] => {
  const value = json[field];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string').sort() : [];
};

export const objectsAt = (json: JsonObject, field: string): JsonObject[] => {
  const value: JsonValue | undefined = json[field];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
};

/** Epoch milliseconds as a number or as text (64-bit integers travel as text in some answers). */
export const msAt = (json: JsonObject, field: string): number | null => {
  const value = json[field];
  const number =
    typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint' ? Number(value) : NaN;
  return Number.isFinite(number) && number > 0 ? number : null;
};

/** `MONITOR_STATUS_ACTIVE`, `DATA_PROFILING_STATUS_PENDING`, … */
export function stateOf(status: string | null): ServiceState {
  if (status?.endsWith('_ACTIVE') === true) return 'active';
  return status !== null && /_(?:ERROR|FAILED)$/.test(status) ? 'failed' : 'pending';
}
