/** What the DuckDB warehouse does beyond the contract of all warehouses. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DuckDbDatabase } from '../../../src/adapters/duckdb/database.js';
import { type DuckDbWarehouseOptions, openDuckDbWarehouse } from '../../../src/adapters/duckdb/duckdb-warehouse.js';
import { createLocalStaging } from '../../../src/adapters/staging/local-staging.js';
import type { StagedTrace } from '../../../src/domain/tables/rows.js';
import { silentLog } from '../../../src/ports/log.js';
import type { Warehouse } from '../../../src/ports/warehouse.js';
import { landedTrace } from '../../contract/staged-traces.js';
import { codeOf } from '../../contract/warehouse-harness.js';
import { askElsewhere } from './other-process.js';

let folder: string;
let path: string;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelift-warehouse-'));
  path = join(folder, 'tables.duckdb');
});

afterEach(async () => {
  for (const part of opened.splice(0)) await part.close();
  await rm(folder, { recursive: true });
});

async function open(options: Partial<DuckDbWarehouseOptions> = {}): Promise<Warehouse> {
  const warehouse = await openDuckDbWarehouse({ path, log: silentLog, ...options });
  opened.push(warehouse);
  return warehouse;
}

async function prepared(options: Partial<DuckDbWarehouseOptions> = {}): Promise<Warehouse> {
  const warehouse = await open(options);
  await warehouse.prepare();
  return warehouse;
}

let numFiles = 0;

async function commit(warehouse: Warehouse, traces: readonly StagedTrace[], signal?: AbortSignal) {
  // A folder whose name DuckDB would take for a pattern.
  const staging = createLocalStaging({ root: join(folder, 'st[a-c]*ging?'), log: silentLog });
  opened.push(staging);
  numFiles += 1;
  const file = await staging.writeTraces(`run/first/b${numFiles}.parquet`, traces);
  const manifest = { files: [file], locations: [staging.location(file.key)], maxMetricColumns: 300 };
  return warehouse.commit(manifest, signal === undefined ? {} : { signal });
}

const first = async (warehouse: Warehouse, sql: string) => (await warehouse.query(sql, { limit: 10 })).rows[0];

async function withDatabase(work: (database: DuckDbDatabase) => Promise<unknown>): Promise<void> {
  const database = await DuckDbDatabase.open({ path, log: silentLog });
  await work(database);
  await database.close();
}

describe('queries', () => {
  test('reach no file, no network and no setting', async () => {
    const warehouse = await prepared();
    const secret = join(folder, 'secret.csv');
    await writeFile(secret, 'a,b\n1,2\n');
    const before = ['secret.csv', 'tables.duckdb'];
    for (const sql of [
      "SELECT * FROM read_csv('/etc/passwd')",
      `SELECT * FROM read_csv('${secret}')`,
      `SELECT * FROM '${secret}'`,
      `SELECT content FROM read_text('${secret}')`,
      `SELECT * FROM read_blob('${secret}')`,
      `SELECT * FROM glob('${folder}/*')`,
      `SELECT * FROM query('SELECT * FROM read_csv(''${secret}'')')`,
      "SELECT * FROM read_parquet('https://example.org/x.parquet')",
      `ATTACH '${path}' AS other`,
      `ATTACH '${folder}/new.duckdb'`,
      `COPY genai_raw_traces TO '${folder}/out.csv'`,
      `COPY (SELECT 1) TO '${folder}/out.parquet'`,
      `EXPORT DATABASE '${folder}/export'`,
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${folder}/out.csv'`,
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
    expect((await readdir(folder)).filter((name) => !/read\.duckdb|\.wal$/.test(name))).toEqual(before);
  });

  test('may be of every reading kind', async () => {
    const warehouse = await prepared();
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

  test('show integers, timestamps and nested values as JSON can', async () => {
    const warehouse = await prepared();
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

  test('work on a database in memory as well', async () => {
    const warehouse = await prepared({ path: ':memory:' });
    expect(await warehouse.publish()).toBeNull();
    await commit(warehouse, [landedTrace({ numbers: { metric_a: 1 } })]);
    expect(await first(warehouse, 'SELECT metric, value FROM genai_metrics_long')).toEqual(['a', 1]);
  });

  test('that are aborted stop', async () => {
    const warehouse = await prepared();
    const controller = new AbortController();
    const sql = 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7';
    const running = warehouse.query(sql, { limit: 1, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(running).rejects.toThrow('enough');
  });
});

describe('the read copy', () => {
  test('is read by other processes while this one holds the file, and is replaced whole', async () => {
    const warehouse = await prepared();
    await commit(warehouse, [landedTrace()]);
    const copy = await warehouse.publish();
    expect(copy).toBe(join(folder, 'tables.read.duckdb'));
    const count = 'SELECT count(*) FROM genai_processed_traces_gold';
    expect(await askElsewhere(copy!, count, 'READ_ONLY')).toBe('1');
    await commit(warehouse, [landedTrace({ traceId: 'tr-2' })]);
    expect(await askElsewhere(copy!, count, 'READ_ONLY')).toBe('1');
    await warehouse.publish();
    expect(await askElsewhere(copy!, count, 'READ_ONLY')).toBe('2');
    expect((await stat(copy!)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.includes('aside'))).toEqual([]);
  });

  test('does not cost the lock on the file', async () => {
    const warehouse = await prepared();
    await warehouse.publish();
    await first(warehouse, 'SELECT 1');
    expect(await askElsewhere(path, 'SELECT 1', 'READ_WRITE')).toContain('Could not set lock');
  });
});

describe('tables', () => {
  test('of a newer version are refused and left alone', async () => {
    await (await prepared()).close();
    await withDatabase((database) =>
      database.run("UPDATE tracelift_meta SET value = '999' WHERE name = 'schema_version'"),
    );
    expect(await codeOf((await open()).prepare())).toBe('WarehouseSchemaNewer');
  });

  test('of another shape under a name that tracelift wants are refused by name and column', async () => {
    await withDatabase((database) =>
      database.run('CREATE TABLE genai_trace_spans (source_id VARCHAR, experiment_id BIGINT)'),
    );
    const refused = (await open()).prepare();
    await expect(refused).rejects.toMatchObject({ code: 'TableShapeDiffers' });
    await expect(refused).rejects.toThrow('column experiment_id is BIGINT; column trace_id is missing');
    await withDatabase(async (database) => {
      const tables = await database.rows<{ name: string }>('SELECT table_name AS name FROM duckdb_tables()');
      expect(tables).toEqual([{ name: 'genai_trace_spans' }]);
    });
  });

  test('keep the columns that others added', async () => {
    const warehouse = await prepared();
    await commit(warehouse, [landedTrace()]);
    await withDatabase(async (database) => {
      await database.run('ALTER TABLE genai_processed_traces_gold ADD COLUMN note VARCHAR');
      await database.run("UPDATE genai_processed_traces_gold SET note = 'looked at'");
    });
    await warehouse.prepare();
    await commit(warehouse, [landedTrace({ sourceHash: 'hash-2' })]);
    expect(await first(warehouse, 'SELECT source_hash, note FROM genai_processed_traces_gold')).toEqual([
      'hash-2',
      'looked at',
    ]);
  });

  test('can have other names and a schema of their own', async () => {
    const tableNames = { raw: 'texts.raw_traces', assessments: 'texts.judgements', gold: 'my gold "table"' };
    const warehouse = await prepared({ tableNames });
    await commit(warehouse, [landedTrace({ assessments: [{}], numbers: { metric_a: 1 } })]);
    expect(await first(warehouse, 'SELECT count(*) FROM texts.raw_traces')).toEqual([1]);
    expect(await first(warehouse, 'SELECT count(*) FROM texts.judgements')).toEqual([1]);
    expect(await first(warehouse, 'SELECT metric FROM genai_metrics_long')).toEqual(['a']);
    expect(await warehouse.prepare()).toEqual({ created: [], upgradedFrom: null });
    const described = await warehouse.describeTables();
    expect(described.find(({ role }) => role === 'gold')).toMatchObject({ name: 'my gold "table"', rows: 1 });
  });

  test('that do not exist yet are described without rows', async () => {
    const described = await (await open()).describeTables();
    expect(described.map(({ rows }) => rows)).toEqual(described.map(() => null));
    expect(described.find(({ role }) => role === 'gold')?.columns.length).toBeGreaterThan(40);
  });
});

describe('commits', () => {
  test('of two handles in one process both land', async () => {
    const [one, two] = [await prepared(), await open()];
    const traces = (name: string) => Array.from({ length: 50 }, (_, n) => landedTrace({ traceId: `${name}-${n}` }));
    await Promise.all([commit(one, traces('a')), commit(two, traces('b')), commit(one, traces('a'))]);
    expect((await two.summary()).traces).toBe(100);
  });

  test('that are aborted leave the warehouse usable', async () => {
    const warehouse = await prepared();
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    await expect(commit(warehouse, [landedTrace()], controller.signal)).rejects.toThrow('stop');
    expect(await commit(warehouse, [landedTrace()])).toMatchObject({ inserted: 1 });
  });

  test('write rows in the order of their start', async () => {
    const warehouse = await prepared();
    const starts = [5, 3, 9, 1, 7];
    await commit(
      warehouse,
      starts.map((startTimeMs) => landedTrace({ traceId: `tr-${startTimeMs}`, startTimeMs })),
    );
    const { rows } = await warehouse.query('SELECT start_time_ms FROM genai_processed_traces_gold ORDER BY rowid', {
      limit: 10,
    });
    expect(rows.flat()).toEqual([1, 3, 5, 7, 9]);
  });
});

describe('views', () => {
  test('count days in UTC, and sessions over their traces', async () => {
    const warehouse = await prepared();
    const startTimeMs = Date.UTC(2026, 0, 1, 23, 59, 59, 999);
    const span = { is_token_owner: true, model: 'gpt-4o', input_tokens: 10, total_tokens: 12, cost_usd: 0.5 };
    await commit(warehouse, [
      landedTrace({ traceId: 'a', startTimeMs, spans: [span], gold: { session_id: 's', cost_usd: 0.5 } }),
      landedTrace({
        traceId: 'b',
        startTimeMs: startTimeMs + 1,
        spans: [span],
        gold: { session_id: 's', status: 'ERROR' },
      }),
    ]);
    const daily = await warehouse.query('SELECT day, num_calls, total_tokens FROM genai_cost_daily ORDER BY day', {
      limit: 10,
    });
    expect(daily.rows).toEqual([
      ['2026-01-01', 1, 12],
      ['2026-01-02', 1, 12],
    ]);
    expect(await first(warehouse, 'SELECT session_id, num_traces, num_error_traces FROM genai_sessions')).toEqual([
      's',
      2,
      1,
    ]);
  });
});
