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

const invalidation = /has been invalidated|must be restarted/i;

const codesByText: readonly (readonly [RegExp, ErrorCode])[] = [
  [invalidation, 'WarehouseInvalidated'],
  [/No space left|disk quota|not enough space/i, 'WarehouseDiskFull'],
  [/Permission denied|Read-only file system|read-only mode/i, 'WarehousePermission'],
  [/TransactionContext Error.*[Cc]onflict|Conflict on/, 'WarehouseBusy'],
  [/^Out of Memory Error/i, 'WarehouseOutOfMemory'],
  [/replaying WAL|Corrupt WAL|WAL does not match/i, 'WarehouseLogUnusable'],
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
  const reason = reasonsByCode[code]?.(text) ?? failureClass(failure);
  return new TraceliftError(code, { path, doing, reason }, { cause: failure });
}

/** Where the class of a failure says less than what can be told without quoting data. */
const reasonsByCode: Partial<Record<ErrorCode, (text: string) => string>> = {
  // A statement that fits no table: it names tables, columns and types. Values are bound, never part of a statement.
  WarehouseFailed: (text) => (/^(Binder|Catalog) Error:/.exec(text) === null ? failureClass(text) : firstLine(text)),
  WarehouseInvalidated: (text) => {
    if (/No space left/i.test(text)) return 'the disk is full';
    return /memory|failed to (?:pin|allocate)/i.test(text)
      ? 'memory is short'
      : 'usually the disk is full or memory is short';
  },
  WarehouseLogUnusable: (text) =>
    /does not match/i.test(text) ? 'it belongs to another state of the file' : 'it is damaged',
};

const maxReasonLength = 300;

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, maxReasonLength);

/** True when DuckDB has closed the file by itself: no statement succeeds before it is opened again. */
export const isInvalidation = (failure: unknown): boolean => invalidation.test(textOf(failure));

/** True for the failure of a roll-back that there was nothing left to roll back for. */
export function hasEndedTransaction(failure: unknown): boolean {
  const text = textOf(failure instanceof TraceliftError ? failure.cause : failure);
  return invalidation.test(text) || /no transaction is active/i.test(text);
}
