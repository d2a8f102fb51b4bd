/** Statements and transactions on one connection. Imports the DuckDB client, its values and the failures only. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { hasEndedTransaction, isInvalidation, toWarehouseError } from './failures.js';
import { interruptible } from './interruptible.js';
import { parameterType, parameterValue, readValue, type SqlValue, type SqlValues } from './values.js';

/** What one statement may be given besides its text. */
export interface StatementOptions {
  /** Interrupts the statement; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Statements against one connection. */
export interface DuckDbSession {
  /** Runs a statement and returns how many rows it changed. */
  run(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<number>;
  /** All rows, as objects; see `values.ts` for how values are read. */
  rows<T extends object>(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<T[]>;
}

/** A session on the connection. Failures become those of the catalogue. `onInvalidated` hears that DuckDB closed the file. */
export function sessionOn(connection: DuckDBConnection, path: string, onInvalidated: () => void): DuckDbSession {
  const guarded = async <T>({ signal }: StatementOptions, work: () => Promise<T>): Promise<T> => {
    try {
      return await interruptible(connection, signal, work);
    } catch (failure) {
      if (isInvalidation(failure)) onInvalidated();
      if (signal?.aborted === true) throw failure;
      throw toWarehouseError(failure, path, 'a statement');
    }
  };
  return {
    run: (sql, parameters = [], options = {}) =>
      guarded(options, async () => (await start(connection, sql, parameters)).rowsChanged),
    rows: <T extends object>(sql: string, parameters: SqlValues = [], options: StatementOptions = {}) =>
      guarded(options, async () => {
        const result = await start(connection, sql, parameters);
        return (await result.convertRowObjects(readValue)) as T[];
      }),
  };
}

/** Runs `work` in one transaction of the session; rolls back when it throws. */
export async function inTransaction<T>(session: DuckDbSession, work: () => Promise<T>): Promise<T> {
  await session.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await session.run('COMMIT');
    return result;
  } catch (failure) {
    await rollBack(session, failure);
    throw failure;
  }
}

function start(connection: DuckDBConnection, sql: string, parameters: SqlValues) {
  if (Object.keys(parameters).length === 0) return connection.run(sql);
  if (isList(parameters)) return connection.run(sql, parameters.map(parameterValue), parameters.map(parameterType));
  const each = <T>(form: (value: SqlValue) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, form(value)]));
  return connection.run(sql, each(parameterValue), each(parameterType));
}

const isList = (parameters: SqlValues): parameters is readonly SqlValue[] => Array.isArray(parameters);

/** After some failures DuckDB has ended the transaction, or the whole database, by itself: that is no second failure. */
async function rollBack(session: DuckDbSession, first: unknown): Promise<void> {
  try {
    await session.run('ROLLBACK');
  } catch (second) {
    if (hasEndedTransaction(second)) return;
    throw new AggregateError([first, second], 'Rolling back failed too', { cause: second });
  }
}
