/** Staging and warehouses. Part of the catalogue in index.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const tablesErrors = {
  // Not transient: the same file stays lost however often it is read. Workflows do the window again.
  StagingLost: entry(
    'data',
    'The staged file {key} below {root} cannot be read: {reason}.',
    'The window is read again from the source, twice at most; then the run ends. What was committed before stays.',
    'If the run ended, check that all workers of the task queue see the same staging root, and that nothing else deletes or changes files there. Then run the same command again: it reads only what is missing.',
  ),
  StagingUnwritable: entry(
    'config',
    'The staging root {root} is not writable: {reason}.',
    'Nothing was staged; rows that were committed before stay.',
    'Free some space there, give the user of the worker the right to write, or configure another staging root.',
  ),
  WarehouseHeldByProcess: entry(
    'config',
    'The DuckDB file {path} is in use by the process with PID {pid}.',
    'Nothing was written; only one process at a time can have the file open.',
    'End that process (a notebook, a DuckDB shell, another worker), or let it read the copy beside the file instead.',
  ),
  WarehouseHeldByWorker: entry(
    'transient',
    'The DuckDB file {path} is in use by another worker of the task queue {taskQueue}, the process with PID {pid}.',
    'The step is left to that worker; when it ends, this one takes over.',
    'You need to do nothing. A second worker does not make a DuckDB target faster, because only one process at a time can have the file open.',
  ),
  WarehouseBusy: entry(
    'transient',
    'Another writer changed the tables in {path} at the same moment.',
    'This step wrote nothing; it is tried again.',
    'If this repeats, find out who else writes these tables.',
  ),
  WarehousePermission: entry(
    'config',
    'tracelift has no right to write {path}.',
    'Nothing was written.',
    'Give the user of the worker the right to write there.',
  ),
  WarehouseDiskFull: entry(
    'config',
    'The disk that holds {path} is full.',
    'This step wrote nothing; rows that were committed before stay.',
    'Free some space, then run the same command again: it reads only what is missing.',
  ),
  WarehouseOutOfMemory: entry(
    'config',
    'DuckDB ran out of memory at {path}.',
    'This step wrote nothing; rows that were committed before stay.',
    'Lower windowFetches, or give the worker more memory.',
  ),
  WarehouseFileUnusable: entry(
    'config',
    'The file {path} cannot be used as a DuckDB database: {reason}.',
    'Nothing was written.',
    'Check that the folder exists, and that the file is a DuckDB database of this DuckDB version or an older one.',
  ),
  WarehouseFileReplaced: entry(
    'config',
    'The DuckDB file {path} is not the one that this worker opened: {reason}.',
    'Nothing was written into what lies there now; rows that were written before are in the file that was there.',
    'Put the right file there and run the same command again: it goes on with that file and reads what it lacks. End the worker before you replace a file.',
  ),
  WarehouseLogUnusable: entry(
    'config',
    'The log {path}.wal cannot be replayed into the DuckDB file {path}: {reason}.',
    'Nothing was read or written.',
    'Put back the file that the log belongs to. Or move the log away and run the same command again: the rows that were only in the log are read from the source again.',
  ),
  WarehouseInvalidated: entry(
    'config',
    'DuckDB has closed the file {path} after a failure that it could not undo: {reason}.',
    'This step wrote nothing; rows that were committed before stay.',
    'Free some space or memory. The worker opens the file again by itself; where the run has ended, run the same command again: it reads only what is missing.',
  ),
  WarehouseSchemaNewer: entry(
    'config',
    'The tables in {path} have schema version {found}; this tracelift knows versions up to {known}.',
    'Nothing was written.',
    'Use the newer tracelift that wrote them, or another target.',
  ),
  TableShapeDiffers: entry(
    'config',
    'The table {table} in {path} is not one that tracelift made: {problems}.',
    'Nothing was written.',
    'If columns are only missing, `tracelift backfill --adopt` adds them on Databricks. Otherwise configure another table name, or rename that table.',
  ),
  ManifestMismatch: entry(
    'data',
    'The staged file {key} does not match its manifest: {problem}.',
    'Nothing of it was written. The window is read again from the source, twice at most; then the run ends.',
    'If the run ended, check that nothing else changes files there, then run the same command again: it reads only what is missing. If this repeats, report it with the run id.',
  ),
  DuplicateRows: entry(
    'data',
    'The {table} table in {path} holds {count} keys more than once, of the traces {ids}.',
    'Nothing was copied: sums over these tables count such rows twice.',
    'No commit of tracelift writes a key twice: find out who else writes there. Delete all rows of these traces from every table, then run the same command again: it copies them anew.',
  ),
  QueryRefused: entry(
    'input',
    'The query is refused: {reason}.',
    'Nothing was read, and nothing was changed.',
    'Use one SELECT, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN or VALUES statement that reads tables only.',
  ),
  QueryFailed: entry(
    'input',
    'The query failed: {reason}.',
    'Nothing was changed.',
    'Correct the query; `DESCRIBE <table>` shows the columns of a table.',
  ),
  QueryTimedOut: entry(
    'input',
    'The query took longer than {seconds} s and was stopped.',
    'Nothing was changed.',
    'Read less of the tables, for example one experiment or one month, or allow more time with --timeout.',
  ),
  WarehouseFailed: entry(
    'terminal',
    'DuckDB failed at {path} in {doing}: {reason}.',
    'This step wrote nothing; rows that were committed before stay.',
    'Find the cause in the log of the worker, and report it.',
  ),
} as const satisfies Record<string, ErrorEntry>;
