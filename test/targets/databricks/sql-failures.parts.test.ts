import { describe, expect, it } from 'vitest';
import { retryConflicts } from '../../../src/targets/databricks/conflicts.js';
import { isSessionLost, toSqlError } from '../../../src/targets/databricks/sql-failures.js';
import { refusalOf, rightToUse } from '../../../src/targets/databricks/sql-refusals.js';
import { TraceliftError } from '../../../src/errors/index.js';

const context = {
  location: 'https://w.example.com',
  doing: 'merging the gold table',
  rightToUse: 'CAN USE on the SQL warehouse abc',
};

/** As `@databricks/sql` throws it for a statement that failed; texts as open-source Spark and Delta wrote them. */
const engineFailure = (sqlState: string, errorMessage: string): object => ({
  name: 'OperationStateError',
  message: errorMessage,
  errorCode: 'ERROR',
  response: { operationState: 5, sqlState, errorMessage },
});

describe('failures of statements', () => {
  it.each([
    ['WarehouseBusy', '2D521', '[DELTA_CONCURRENT_APPEND] Files were added. SQLSTATE: 2D521'],
    ['WarehouseBusy', '2D521', '[DELTA_METADATA_CHANGED] MetadataChangedException: the metadata changed'],
    ['WarehouseBusy', '', 'io.delta.exceptions.ConcurrentAppendException: Files were added'],
    ['WarehouseBusy', '42P07', '[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view `a`.`t` because it exists.'],
    ['WarehouseBusy', '42601', '[DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION] Cannot create table (`a`.`t`).'],
    ['StagingLost', '42K03', '[PATH_NOT_FOUND] Path does not exist: file:/Volumes/x.parquet. SQLSTATE: 42K03'],
    ['StagingLost', '', '[FAILED_READ_FILE.NO_HINT] Encountered error while reading file x'],
    ['WarehouseObjectMissing', '42P01', '[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`a`.`t` cannot be found.'],
    ['WarehouseObjectMissing', '42704', '[SCHEMA_NOT_FOUND] The schema `main`.`a` cannot be found.'],
    ['WarehouseGrantMissing', '42501', "[INSUFFICIENT_PERMISSIONS] User does not have SELECT on Table 'main.a.t'."],
    ['WarehouseStatementFailed', '42601', '[PARSE_SYNTAX_ERROR] Syntax error at or near'],
    ['WarehouseStatementFailed', '21506', '[DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE] Cannot perform'],
  ])('failures of statements give %s for SQLSTATE "%s" and %s', (code, sqlState, text) => {
    expect(toSqlError(engineFailure(sqlState, text), context)).toMatchObject({ code });
  });

  it('failures of statements never repeat the text of the engine, which quotes rows and holds Java stacks', () => {
    const text = "[CAST_INVALID_INPUT] The value 'my secret prompt' cannot be cast.\n\tat java.lang.Thread.run";
    const error = toSqlError(engineFailure('22018', text), context);
    expect(error.message).toContain('CAST_INVALID_INPUT, SQLSTATE 22018');
    expect(error.message).not.toMatch(/secret|java|Thread/);
    expect(JSON.stringify(error.parameters)).not.toMatch(/secret/);
  });

  it('failures of statements name the object that is missing, and the right', () => {
    const missing = engineFailure(
      '42P01',
      '[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`a`.`t` cannot be found.',
    );
    expect(toSqlError(missing, context).message).toContain('`main`.`a`.`t`');
    const forbidden = engineFailure(
      '42501',
      "[INSUFFICIENT_PERMISSIONS] User does not have MODIFY on Table 'main.a.t'.",
    );
    expect(toSqlError(forbidden, context).message).toContain("MODIFY on Table 'main.a.t'");
  });
});

describe('failures on the way to the warehouse', () => {
  it.each([
    ['WarehouseUnauthorized', { name: 'TApplicationException', message: 'bad HTTP status code: 401', statusCode: 401 }],
    ['WarehouseUnauthorized', { name: 'TApplicationException', message: 'bad HTTP status code: 403', statusCode: 403 }],
    [
      'WarehouseObjectMissing',
      { name: 'TApplicationException', message: 'bad HTTP status code: 404', statusCode: 404 },
    ],
    ['WarehouseUnreachable', { name: 'TApplicationException', message: 'bad HTTP status code: 503', statusCode: 503 }],
    ['WarehouseUnreachable', { name: 'RetryError', message: '…', payload: { response: { status: 429 } } }],
    ['WarehouseUnreachable', { name: 'FetchError', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }],
    ['WarehouseUnreachable', { name: 'TApplicationException', message: 'Request timed out' }],
    ['WarehouseUnreachable', { name: 'StatusError', message: 'Invalid SessionHandle: SessionHandle [x]' }],
    [
      'WarehouseCertificate',
      { name: 'FetchError', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' },
    ],
  ])('answers of a SQL warehouse that failed give the code %s', async (code, failure) => {
    expect(toSqlError(failure, context, await refusalOf(failure))).toMatchObject({ code });
  });

  it('failures on the way to the warehouse tell a lost session and a refusal from everything else', async () => {
    expect(isSessionLost({ name: 'StatusError', message: 'Invalid SessionHandle: x' })).toBe(true);
    expect(isSessionLost(engineFailure('42601', '[PARSE_SYNTAX_ERROR] x'))).toBe(false);
    expect(await refusalOf({ statusCode: 403 })).toMatchObject({ part: 'unknown' });
    expect(await refusalOf({ statusCode: 503 })).toBeNull();
  });

  it.each([
    ['/sql/1.0/warehouses/abc', 'CAN USE on the SQL warehouse abc'],
    ['sql/1.0/endpoints/abc?o=1', 'CAN USE on the SQL warehouse abc'],
    ['/sql/protocolv1/o/1/0101-abc', 'CAN ATTACH TO on the cluster 0101-abc'],
  ])('failures on the way to the warehouse name the right to use %s', (httpPath, right) => {
    expect(rightToUse(httpPath)).toBe(right);
  });

  it('errors of the catalogue pass the translation of warehouse failures unchanged', () => {
    const error = new TraceliftError('WarehouseBusy', { path: 'x' });
    expect(toSqlError(error, context)).toBe(error);
  });
});

describe('conflicts with another writer', () => {
  it('conflicts with another writer are repeated until the step is through', async () => {
    let attempts = 0;
    const result = await retryConflicts(async () => {
      attempts += 1;
      if (attempts < 3) throw new TraceliftError('WarehouseBusy', { path: 'x' });
      return 'done';
    });
    expect([result, attempts]).toEqual(['done', 3]);
  });

  it('conflicts with another writer are the only thing that is repeated', async () => {
    let attempts = 0;
    const failing = retryConflicts(async () => {
      attempts += 1;
      throw new TraceliftError('StagingLost', { key: 'k', root: 'r', reason: 'it is gone' });
    });
    await expect(failing).rejects.toMatchObject({ code: 'StagingLost' });
    expect(attempts).toBe(1);
  });
});
