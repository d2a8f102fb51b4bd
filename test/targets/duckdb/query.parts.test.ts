/** Queries are kept away from everything but the tables, and other processes can read a copy. */
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Warehouse } from '../../../src/targets/warehouse.js';
import { landedTrace } from '../../contract/staged-traces.js';
import { codeOf } from '../../contract/warehouse-harness.js';
import { askElsewhere, dieElsewhere } from './other-process.js';
import { first, ScratchWarehouses } from './scratch-warehouses.js';

const scratch = new ScratchWarehouses();

describe('queries', () => {
  test('queries reach no file, no network and no setting', async () => {
    const warehouse = await scratch.prepared();
    const secret = join(scratch.folder, 'secret.csv');
    await writeFile(secret, 'a,b\n1,2\n');
    const before = ['secret.csv', 'tables.duckdb'];
    for (const sql of [
      "SELECT * FROM read_csv('/etc/passwd')",
      `SELECT * FROM read_csv('${secret}')`,
      `SELECT * FROM '${secret}'`,
      `SELECT content FROM read_text('${secret}')`,
      `SELECT * FROM read_blob('${secret}')`,
      `SELECT * FROM glob('${scratch.folder}/*')`,
      `SELECT * FROM query('SELECT * FROM read_csv(''${secret}'')')`,
      "SELECT * FROM read_parquet('https://example.org/x.parquet')",
      `ATTACH '${scratch.path}' AS other`,
      `ATTACH '${scratch.folder}/new.duckdb'`,
      `COPY genai_raw_traces TO '${scratch.folder}/out.csv'`,
      `COPY (SELECT 1) TO '${scratch.folder}/out.parquet'`,
      `EXPORT DATABASE '${scratch.folder}/export'`,
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${scratch.folder}/out.csv'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      'SET enable_external_access = true',
      'RESET enable_external_access',
      'PRAGMA enable_profiling',
      'CREATE TEMP TABLE t AS SELECT 1',
      'CREATE MACRO f() AS 1',
      'CHECKPOINT',
      'CALL pragma_version()',
      'USE memory',
      'BEGIN',
    ]) {
      expect([sql, await codeOf(warehouse.query(sql, { limit: 1 }))]).toEqual([
        sql,
        expect.stringMatching(/^Query(Refused|Failed)$/),
      ]);
    }
    expect((await readdir(scratch.folder)).filter((name) => !/read\.duckdb|\.wal$/.test(name))).toEqual(before);
  });

  test('queries are refused where they write, also where what they name does not exist', async () => {
    const warehouse = await scratch.prepared();
    for (const sql of ['DROP TABLE nope', 'INSERT INTO nope VALUES (1)', '-- first\n/* then */ delete from nope']) {
      expect([sql, await codeOf(warehouse.query(sql, { limit: 1 }))]).toEqual([sql, 'QueryRefused']);
    }
    expect(await codeOf(warehouse.query('SELECT * FROM nope', { limit: 1 }))).toBe('QueryFailed');
  });

  test('every kind of reading query is allowed', async () => {
    const warehouse = await scratch.prepared();
    for (const sql of [
      'SELECT 1',
      'FROM genai_raw_traces',
      'WITH one AS (SELECT 1 AS n) SELECT n FROM one',
      'VALUES (1)',
      'DESCRIBE genai_raw_traces',
      'SHOW TABLES',
      'SUMMARIZE genai_raw_traces',
      'EXPLAIN SELECT 1',
      'SELECT 1;',
    ]) {
      await expect(warehouse.query(sql, { limit: 1 })).resolves.toBeDefined();
    }
  });

  test('queries show integers, timestamps and nested values as JSON can', async () => {
    const warehouse = await scratch.prepared();
    const sql = `SELECT 9007199254740993 AS big, 1 AS small, 0.5::DOUBLE AS half, true AS yes, NULL AS none,
      make_timestamptz(1) AS micro, TIMESTAMP '1969-12-31 23:59:59' AS past, [1, 2] AS list, {a: make_timestamptz(0)} AS struct`;
    expect(await first(warehouse, sql)).toEqual([
      '9007199254740993',
      1,
      0.5,
      true,
      null,
      '1970-01-01T00:00:00.000001Z',
      '1969-12-31T23:59:59.000Z',
      '[1,2]',
      '{"a":"1970-01-01T00:00:00.000Z"}',
    ]);
  });

  test('queries keep every digit of any number and any time', async () => {
    const warehouse = await scratch.prepared();
    const values: readonly (readonly [sql: string, shown: unknown])[] = [
      ["TIMESTAMP_NS '2024-02-29 12:34:56.123456789'", '2024-02-29T12:34:56.123456789Z'],
      ["TIMESTAMP_NS '1969-12-31 23:59:59.999999999'", '1969-12-31T23:59:59.999999999Z'],
      ["TIMESTAMP_NS '2024-02-29 12:34:56.123456'", '2024-02-29T12:34:56.123456Z'],
      ["TIMESTAMP_MS '2024-02-29 12:34:56.123'", '2024-02-29T12:34:56.123Z'],
      ["TIMESTAMP_S '2024-02-29 12:34:56'", '2024-02-29T12:34:56.000Z'],
      ["'infinity'::TIMESTAMPTZ", 'infinity'],
      ["'-infinity'::TIMESTAMP_NS", '-infinity'],
      ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
      ['18446744073709551615::UBIGINT', '18446744073709551615'],
      ['sum(9007199254740993::BIGINT)', '9007199254740993'],
      ["'-9007199254740993'::BIGINT", '-9007199254740993'],
      ['0.1::DECIMAL(38, 37)', '0.1000000000000000000000000000000000000'],
      ['-0.05::DECIMAL(3, 2)', '-0.05'],
      ['7::DECIMAL(18, 0)', '7'],
      ['0.1::DOUBLE', 0.1],
      ["'-Infinity'::DOUBLE", '-Infinity'],
      ["'NaN'::FLOAT", 'NaN'],
      [
        "{n: 9007199254740993, d: 1.10::DECIMAL(3, 2), t: TIMESTAMP_NS '2024-01-01 00:00:00.000000001'}",
        '{"n":9007199254740993,"d":"1.10","t":"2024-01-01T00:00:00.000000001Z"}',
      ],
      ['[0.10::DECIMAL(3, 2)]', '["0.10"]'],
      ['[0.10::DECIMAL(3, 2)]::DECIMAL(3, 2)[1]', '["0.10"]'],
      ["MAP {'k': 9007199254740993}", '[{"key":"k","value":9007199254740993}]'],
      ["MAP {'k': 0.10::DECIMAL(3, 2)}", '[{"key":"k","value":"0.10"}]'],
      ["['nan'::DOUBLE, 'inf'::DOUBLE, NULL]", '["NaN","Infinity",null]'],
      ['340282366920938463463374607431768211455::UHUGEINT', '340282366920938463463374607431768211455'],
      ['123456789012345678901234567890::BIGNUM', '123456789012345678901234567890'],
      ["INTERVAL '1 year 2 days 00:00:00.000007'", '1 year 2 days 00:00:00.000007'],
      ["'\\xAA\\x00a'::BLOB", '\\xAA\\x00a'],
      ["'4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'::UUID", '4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'],
      ["TIME '12:34:56.123456'", '12:34:56.123456'],
      ["DATE '2024-02-29'", '2024-02-29'],
      ["'-infinity'::DATE", '-infinity'],
      ["[TIMESTAMP '2024-02-29 12:34:56.000001']::TIMESTAMP[1]", '["2024-02-29T12:34:56.000001Z"]'],
    ];
    const row = await first(warehouse, `SELECT ${values.map(([sql]) => sql).join(', ')}`);
    expect(row).toEqual(values.map(([, shown]) => shown));
  });

  test('queries work on a database in memory as well', async () => {
    const warehouse = await scratch.prepared({ path: ':memory:' });
    expect(await warehouse.publish()).toBeNull();
    await scratch.commit(warehouse, [landedTrace({ numbers: { metric_a: 1 } })]);
    expect(await first(warehouse, 'SELECT metric, value FROM genai_metrics_long')).toEqual(['a', 1]);
  });

  test('queries see what was written into the file itself since the last copy', async () => {
    const warehouse = await scratch.prepared();
    for (const n of [1, 2]) {
      await scratch.commit(warehouse, [landedTrace({ traceId: `tr-${n}` })]);
      await scratch.withDatabase((database) => database.run('CHECKPOINT'));
      expect(await first(warehouse, 'SELECT count(*) FROM genai_raw_traces')).toEqual([n]);
    }
  });

  test('a query of a user that is aborted stops', async () => {
    const warehouse = await scratch.prepared();
    const controller = new AbortController();
    const sql = 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7';
    const running = warehouse.query(sql, { limit: 1, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(running).rejects.toThrow('enough');
  });
});

describe('the read copy', () => {
  test('the read copy is read by other processes while this one holds the file, and is replaced whole', async () => {
    const warehouse = await scratch.prepared();
    await scratch.commit(warehouse, [landedTrace()]);
    const copy = await warehouse.publish();
    expect(copy).toBe(join(scratch.folder, 'tables.read.duckdb'));
    const count = 'SELECT count(*) FROM genai_processed_traces_gold';
    expect(await askElsewhere(copy!, count, 'READ_ONLY')).toBe('1');
    await scratch.commit(warehouse, [landedTrace({ traceId: 'tr-2' })]);
    expect(await askElsewhere(copy!, count, 'READ_ONLY')).toBe('1');
    await warehouse.publish();
    expect(await askElsewhere(copy!, count, 'READ_ONLY')).toBe('2');
    expect((await stat(copy!)).mode & 0o777).toBe(0o400);
    expect((await readdir(scratch.folder)).filter((name) => name.includes('aside'))).toEqual([]);
  });

  test('the read copy does not cost the lock on the file', async () => {
    const warehouse = await scratch.prepared();
    await warehouse.publish();
    await first(warehouse, 'SELECT 1');
    expect(await askElsewhere(scratch.path, 'SELECT 1', 'READ_WRITE')).toContain('Could not set lock');
  });

  const tracesIn = async (warehouse: Warehouse) =>
    (await first(warehouse, 'SELECT count(*) FROM genai_processed_traces_gold'))?.[0];
  const forge = ['DELETE FROM genai_processed_traces_gold'];

  test('the read copy does not show what a notebook wrote that died: its log goes, and the copy is as it was published', async () => {
    const warehouse = await scratch.prepared();
    await scratch.commit(warehouse, [landedTrace()]);
    const copy = await warehouse.publish();
    await dieElsewhere(copy!, forge);
    expect(await readdir(scratch.folder)).toContain('tables.read.duckdb.wal');
    expect(await tracesIn(warehouse)).toBe(1);
    expect(await readdir(scratch.folder)).not.toContain('tables.read.duckdb.wal');
  });

  test('the read copy does not show it to those either who can only read the copy', async () => {
    const warehouse = await scratch.prepared();
    await scratch.commit(warehouse, [landedTrace()]);
    const path = await warehouse.publish();
    await dieElsewhere(path!, forge);
    const reader = await scratch.open({ path: path!, readOnly: true });
    expect(await tracesIn(reader)).toBe(1);
    expect((await reader.summary()).traces).toBe(1);
  });

  test('the read copy is made anew where a notebook changed the copy itself', async () => {
    const warehouse = await scratch.prepared();
    await scratch.commit(warehouse, [landedTrace()]);
    const copy = await warehouse.publish();
    expect(await askElsewhere(copy!, forge[0]!, 'READ_WRITE')).toBe('1');
    expect(await tracesIn(warehouse)).toBe(1);
    await warehouse.publish();
    expect(await askElsewhere(copy!, 'SELECT count(*) FROM genai_processed_traces_gold', 'READ_ONLY')).toBe('1');
  });

  test('the read copy is not made anew when nothing changed', async () => {
    const warehouse = await scratch.prepared();
    await scratch.commit(warehouse, [landedTrace()]);
    const copy = await warehouse.publish();
    const { ino } = await stat(copy!);
    await warehouse.publish();
    expect((await stat(copy!)).ino).toBe(ino);
  });

  test('the read copy leaves no half copies of workers that were killed, and no file of anybody else goes', async () => {
    const warehouse = await scratch.prepared();
    const own = ['tables.read.duckdb.0f8f1c1e-54d5-4a1c-9a0e-3c41b5f0a001.aside'];
    const others = ['tables.read.duckdb.notes.aside', 'other.read.duckdb.0f8f1c1e.aside', 'tables.read.duckdb.mine'];
    for (const name of [...own, ...others]) await writeFile(join(scratch.folder, name), 'half');
    await warehouse.publish();
    const left = await readdir(scratch.folder);
    expect(left).toEqual(expect.arrayContaining(others));
    expect(left).not.toContain(own[0]);
  });
});
