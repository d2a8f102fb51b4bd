/**
 * The only place where text of MLflow's search language is made. Numbers and ids are checked before they go in.
 * Grammar: https://mlflow.org/docs/latest/genai/tracing/search-traces/ .
 */
import { TraceliftError } from '../../errors/index.js';

/** Order in which every search runs: the tie-break makes it total. */
export const searchOrder = ['timestamp_ms ASC', 'request_id ASC'] as const;

/** Traces that start in `[fromMs, toMs)`, epoch milliseconds. */
export function startsWithin(fromMs: number, toMs: number): string {
  return `timestamp_ms >= ${wholeNumber(fromMs, 'from')} AND timestamp_ms < ${wholeNumber(toMs, 'to')}`;
}

/** Traces by id. @param traceIds each one {@link canBeSearched} */
export function hasIdIn(traceIds: readonly string[]): string {
  const [only] = traceIds;
  if (traceIds.length === 1 && only !== undefined) return `request_id = ${quoted(only)}`;
  return `request_id IN (${traceIds.map(quoted).join(',')})`;
}

/** False for ids that the search language might read as something else; those are looked up one by one, by path. */
export function canBeSearched(traceId: string): boolean {
  return /^[A-Za-z0-9_.:/-]{1,256}$/.test(traceId);
}

function quoted(traceId: string): string {
  if (!canBeSearched(traceId)) {
    throw new TraceliftError('Internal', { where: 'search filter', reason: 'a trace id was not checked' });
  }
  return `'${traceId}'`;
}

function wholeNumber(value: number, name: string): string {
  if (!Number.isSafeInteger(value)) {
    throw new TraceliftError('Internal', { where: 'search filter', reason: `${name} is no whole number` });
  }
  return String(value);
}
