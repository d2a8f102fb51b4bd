/**
 * What becomes of a step that finds the disk full, or its tables closed by DuckDB after such a failure: the worker opens
 * them again at the next attempt, and space or memory may be there by then. Pure.
 */
import type { ErrorCode, TraceliftError } from '../errors/index.js';

const codes: ReadonlySet<ErrorCode> = new Set(['WarehouseDiskFull', 'WarehouseInvalidated']);

/** With the pauses below: about two and a half minutes. */
const patientAttempts = 10;
const shortestPauseMs = 1000;
const longestPauseMs = 30_000;

/** Milliseconds until the next attempt; null where there is none, and for every other failure. */
export function pauseForStorageMs({ code }: TraceliftError, attempt: number): number | null {
  if (!codes.has(code) || attempt >= patientAttempts) return null;
  return Math.min(shortestPauseMs * 2 ** (attempt - 1), longestPauseMs);
}
