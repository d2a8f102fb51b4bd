/**
 * SQL that somebody typed, kept away from everything but the tables. Imports the DuckDB client, the database and its
 * read copy.
 *
 * DuckDB's switches against file access hold for a whole instance, and the instance that commits must read staged
 * files. So queries run on the read copy, in an instance of their own: read-only, without files, network and
 * extensions, with these settings locked. The copy is made anew first when anything was written since.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBExtractedStatements,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  StatementType,
} from '@duckdb/node-api';
import { TraceliftError } from '../../errors/index.js';
import type { QueryResult, QueryOptions } from '../warehouse.js';
import { silentLog } from '../../log.js';
import type { DuckDbDatabase } from './database.js';
import { failureClass } from './failures.js';
import { interruptible } from './interruptible.js';
import { isReadCopyFresh, publishReadCopy } from './read-copy.js';
import { readCopyPath, removeForeignLog } from './read-copy-file.js';
import { textConstant } from './sql/names.js';
import { displayValue } from './values.js';

/** @throws QueryRefused, QueryFailed, and what publishing throws */
export async function isolatedQuery(
  database: DuckDbDatabase,
  sql: string,
  options: QueryOptions,
): Promise<QueryResult> {
  options.signal?.throwIfAborted();
  const copy = await freshCopy(database);
  try {
    return await inIsolation(copy.path, (connection) => runQuery(connection, sql, options));
  } finally {
    await copy.dispose();
  }
}

async function freshCopy(database: DuckDbDatabase): Promise<{ path: string; dispose: () => Promise<void> }> {
  // Nothing can be written through it, and it may be the read copy itself.
  if (database.isReadOnly) {
    await removeForeignLog(database.path);
    return { path: database.path, dispose: () => Promise.resolve() };
  }
  if (database.path !== ':memory:') {
    if (!(await isReadCopyFresh(database.path))) await publishReadCopy(database, silentLog);
    return { path: readCopyPath(database.path), dispose: () => Promise.resolve() };
  }
  const folder = await mkdtemp(join(tmpdir(), 'tracelift-query-'));
  const path = join(folder, 'copy.duckdb');
  await database.exclusively(async (session) => {
    await session.run(`ATTACH ${textConstant(path)} AS tracelift_copy`);
    await session.run('COPY FROM DATABASE memory TO tracelift_copy');
    await session.run('DETACH tracelift_copy');
  });
  return { path, dispose: () => rm(folder, { recursive: true }) };
}

async function inIsolation<T>(path: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    try {
      await connection.run("SET GLOBAL TimeZone = 'UTC'");
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** DESCRIBE, SHOW, SUMMARIZE, VALUES and WITH are SELECT to DuckDB; the rest is refused by its own word. */
const allowed: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

async function runQuery(connection: DuckDBConnection, sql: string, options: QueryOptions): Promise<QueryResult> {
  const { limit, signal } = options;
  try {
    return await interruptible(connection, signal, () => readRows(connection, sql, limit));
  } catch (failure) {
    signal?.throwIfAborted();
    throw queryFailure(failure);
  }
}

async function readRows(connection: DuckDBConnection, sql: string, limit: number): Promise<QueryResult> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw refused(`it holds ${statements.count} statements instead of one`);
  const statement = await prepared(statements, sql);
  try {
    if (!allowed.has(statement.statementType)) {
      throw refused(`${StatementType[statement.statementType]} is no statement that reads`);
    }
    const reader = await statement.streamAndReadUntil(limit + 1);
    return {
      columns: reader.columnNames(),
      rows: reader.convertRows(displayValue).slice(0, limit),
      truncated: reader.currentRowCount > limit,
    };
  } finally {
    statement.destroySync();
  }
}

/** First words of statements that write or change settings. */
const writingWords =
  /^(?:ALTER|ATTACH|CALL|CHECKPOINT|COMMENT|COPY|CREATE|DELETE|DETACH|DROP|EXPORT|IMPORT|INSERT|INSTALL|LOAD|MERGE|RESET|SET|TRUNCATE|UPDATE|USE|VACUUM)\b/i;

/** What names a table that does not exist cannot be prepared, so its kind is told by its first word. */
async function prepared(statements: DuckDBExtractedStatements, sql: string): Promise<DuckDBPreparedStatement> {
  try {
    return await statements.prepare(0);
  } catch (failure) {
    const word = writingWords.exec(sql.replace(/^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, ''))?.[0];
    throw word === undefined ? failure : refused(`${word.toUpperCase()} is no statement that reads`);
  }
}

const refused = (reason: string): TraceliftError => new TraceliftError('QueryRefused', { reason });

/** Errors of these classes speak of the query; those of others may quote data, and only their class is told. */
const speaksOfQuery = /^(Failed to extract statements: )?(Parser|Binder|Catalog) Error/;

function queryFailure(failure: unknown): TraceliftError {
  if (failure instanceof TraceliftError) return failure;
  const text = failure instanceof Error ? failure.message : String(failure);
  if (/^Permission Error/.test(text)) return refused('files, network and extensions are out of its reach');
  if (text === 'Error in native callback') return refused('it holds no statement');
  const reason = speaksOfQuery.test(text)
    ? (text.replace(/^Failed to extract statements: /, '').split('\n')[0] ?? '')
    : failureClass(failure);
  return new TraceliftError('QueryFailed', { reason }, { cause: failure });
}
