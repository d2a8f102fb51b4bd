/** Staging and warehouses. Part of the catalogue in ../errors.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const tablesErrors = {
  StagingLost: entry(
    'transient',
    'The staged file {key} below {root} cannot be read: {reason}.',
    'Nothing of its window was written by this attempt; the window is read again from the source.',
    'If it repeats, check that all workers of the task queue see the same staging root and that nothing cleans it.',
  ),
  StagingUnwritable: entry(
    'config',
    'The staging root {root} cannot be written: {reason}.',
    'Nothing was staged; rows that were committed before stay.',
    'Make room there, give the user of the worker the right to write, or set another staging root.',
  ),
  WarehouseHeldByProcess: entry(
    'config',
    'The DuckDB file {path} is in use by the process with PID {pid}.',
    'Nothing was written; one process at a time can have the file open.',
    'End that process (a notebook, a DuckDB shell, another worker), or give it the read copy beside the file instead.',
  ),
  WarehouseHeldByWorker: entry(
    'transient',
    'The DuckDB file {path} is in use by another worker of the task queue {taskQueue}, the process with PID {pid}.',
    'The step is left to that worker; when it ends, this one takes over.',
    'Nothing has to be done. A second worker does not make a DuckDB target faster: one process at a time can have the file open.',
  ),
  WarehouseBusy: entry(
    'transient',
    'The tables in {path} were changed by somebody else at the same moment.',
    'Nothing of this step was written; it is tried again.',
    'If it repeats, look for another writer of these tables.',
  ),
  WarehousePermission: entry(
    'config',
    'The right to write {path} is missing.',
    'Nothing was written.',
    'Give the user of the worker the right to write there.',
  ),
  WarehouseDiskFull: entry(
    'config',
    'The disk that holds {path} is full.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Make room, then run again: only what is missing is read again.',
  ),
  WarehouseOutOfMemory: entry(
    'config',
    'DuckDB ran out of memory at {path}.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Lower windowFetches, or give the worker more memory.',
  ),
  WarehouseFileUnusable: entry(
    'config',
    'The file {path} cannot be used as a DuckDB database: {reason}.',
    'Nothing was written.',
    'Check that the folder exists, and that the file is a DuckDB database of this DuckDB version or an older one.',
  ),
  WarehouseInvalidated: entry(
    'config',
    'DuckDB has closed the file {path} after a failure that it could not undo: most often a full disk, or too little memory.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Mend the cause, then start the worker again: it opens the file anew and goes on.',
  ),
  WarehouseSchemaNewer: entry(
    'config',
    'The tables in {path} have schema version {found}; this tracelift knows versions up to {known}.',
    'Nothing was written.',
    'Use the newer tracelift that wrote them, or another target.',
  ),
  TableShapeDiffers: entry(
    'config',
    'The table {table} in {path} is not the one that tracelift makes: {problems}.',
    'Nothing was written.',
    'Where columns are only missing, `tracelift backfill --adopt` adds them on Databricks; else configure another table name, or rename the table that is in the way.',
  ),
  ManifestMismatch: entry(
    'data',
    'The staged file {key} does not hold what its manifest says: {problem}.',
    'Nothing of the window was written.',
    'Run again: the window is read anew. If it repeats, report it with the run id.',
  ),
  QueryRefused: entry(
    'input',
    'The query is refused: {reason}.',
    'Nothing was read and nothing was changed.',
    'Ask with one SELECT, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN or VALUES statement over the tables alone.',
  ),
  QueryFailed: entry(
    'input',
    'The query failed: {reason}.',
    'Nothing was changed.',
    'Correct the query; `DESCRIBE <table>` shows the columns of a table.',
  ),
  WarehouseFailed: entry(
    'terminal',
    'DuckDB failed at {path} in {doing}: {reason}.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Look at the log of the worker for the cause, and report it.',
  ),
} as const satisfies Record<string, ErrorEntry>;
