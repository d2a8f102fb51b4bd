/**
 * Turns what DuckDB throws into codes of the error catalogue. Imports the catalogue only.
 *
 * DuckDB quotes data in its messages: only the class of the failure travels, the text stays in `cause` for local logs.
 */
import { TraceliftError, type ErrorCode } from '../../errors/index.js';

const textOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure));

/** PID of the process that holds the file, when this failure says that one does; null for every other failure. */
export function lockHolder(failure: unknown): string | null {
  const text = textOf(failure);
  if (!/Could not set lock on file|being used by another process/i.test(text)) return null;
  return /PID (\d+)/.exec(text)?.[1] ?? 'unknown';
}

const codesByText: readonly (readonly [RegExp, ErrorCode])[] = [
  [/has been invalidated|must be restarted/i, 'WarehouseInvalidated'],
  [/No space left|disk quota|not enough space/i, 'WarehouseDiskFull'],
  [/Permission denied|Read-only file system|read-only mode/i, 'WarehousePermission'],
  [/TransactionContext Error.*[Cc]onflict|Conflict on/, 'WarehouseBusy'],
  [/^Out of Memory Error/i, 'WarehouseOutOfMemory'],
  [
    /not a valid DuckDB database|older DuckDB|newer version of DuckDB|storage version|Corrupt/i,
    'WarehouseFileUnusable',
  ],
  [/Cannot open file|No such file or directory/i, 'WarehouseFileUnusable'],
];

/** The class of a DuckDB failure without its data: "Binder Error", "Conversion Error", … */
export function failureClass(failure: unknown): string {
  return /^\[?([A-Za-z][A-Za-z ]{2,40}? Error|[A-Z]+)\b/.exec(textOf(failure))?.[1] ?? 'unknown failure';
}

/** The catalogue error for whatever a statement or an opening threw; errors of the catalogue pass unchanged. */
export function toWarehouseError(failure: unknown, path: string, doing: string): TraceliftError {
  if (failure instanceof TraceliftError) return failure;
  const pid = lockHolder(failure);
  if (pid !== null) return new TraceliftError('WarehouseHeldByProcess', { path, pid }, { cause: failure });
  const text = textOf(failure);
  const code = codesByText.find(([pattern]) => pattern.test(text))?.[1] ?? 'WarehouseFailed';
  return new TraceliftError(code, { path, doing, reason: failureClass(failure) }, { cause: failure });
}
