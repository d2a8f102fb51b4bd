/** What the DuckDB warehouse does beyond the contract of all warehouses: its tables, commits and views. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLocalStaging } from '../../../src/targets/local-staging/local-staging.js';
import { silentLog } from '../../../src/log.js';
import { landedTrace } from '../../contract/staged-traces.js';
import { codeOf } from '../../contract/warehouse-harness.js';
import { first, ScratchWarehouses } from './scratch-warehouses.js';

const scratch = new ScratchWarehouses();

describe('tables', () => {
  test('tables of a newer version are refused and left alone', async () => {
    await (await scratch.prepared()).close();
    await scratch.withDatabase((database) =>
      database.run("UPDATE tracelift_meta SET value = '999' WHERE name = 'schema_version'"),
    );
    expect(await codeOf((await scratch.open()).prepare())).toBe('WarehouseSchemaNewer');
  });

  test('tables of another shape under a name that tracelift wants are refused by name and column', async () => {
    await scratch.withDatabase((database) =>
      database.run('CREATE TABLE genai_trace_spans (source_id VARCHAR, experiment_id BIGINT)'),
    );
    const refused = (await scratch.open()).prepare();
    await expect(refused).rejects.toMatchObject({ code: 'TableShapeDiffers' });
    await expect(refused).rejects.toThrow('column experiment_id is BIGINT; column trace_id is missing');
    await scratch.withDatabase(async (database) => {
      const tables = await database.rows<{ name: string }>('SELECT table_name AS name FROM duckdb_tables()');
      expect(tables).toEqual([{ name: 'genai_trace_spans' }]);
    });
  });

  test('tables keep the columns that others added', async () => {
    const warehouse = await scratch.prepared();
    await scratch.commit(warehouse, [landedTrace()]);
    await scratch.withDatabase(async (database) => {
      await database.run('ALTER TABLE genai_processed_traces_gold ADD COLUMN note VARCHAR');
      await database.run("UPDATE genai_processed_traces_gold SET note = 'looked at'");
    });
    await warehouse.prepare();
    await scratch.commit(warehouse, [landedTrace({ sourceHash: 'hash-2' })]);
    expect(await first(warehouse, 'SELECT source_hash, note FROM genai_processed_traces_gold')).toEqual([
      'hash-2',
      'looked at',
    ]);
  });

  test('tables can have other names and a schema of their own', async () => {
    const tableNames = { raw: 'texts.raw_traces', assessments: 'texts.judgements', gold: 'my gold "table"' };
    const warehouse = await scratch.prepared({ tableNames });
    await scratch.commit(warehouse, [landedTrace({ assessments: [{}], numbers: { metric_a: 1 } })]);
    expect(await first(warehouse, 'SELECT count(*) FROM texts.raw_traces')).toEqual([1]);
    expect(await first(warehouse, 'SELECT count(*) FROM texts.judgements')).toEqual([1]);
    expect(await first(warehouse, 'SELECT metric FROM genai_metrics_long')).toEqual(['a']);
    expect(await warehouse.prepare()).toEqual({ created: [], upgradedFrom: null });
    const described = await warehouse.describeTables();
    expect(described.find(({ role }) => role === 'gold')).toMatchObject({ name: 'my gold "table"', rows: 1 });
  });

  test('tables of the monitor are described beside the others, and views without counting', async () => {
    const warehouse = await scratch.prepared();
    await scratch.withDatabase(async (database) => {
      await database.run('CREATE TABLE genai_processed_traces_gold_profile_metrics AS SELECT 1 AS n');
      await database.run('CREATE TABLE somebody_elses AS SELECT 1 AS n');
    });
    const described = await warehouse.describeTables();
    const others = described.filter(({ role }) => role === 'view' || role === 'monitor');
    expect(others.map(({ role, name, rows }) => [role, name, rows])).toEqual([
      ['monitor', 'genai_processed_traces_gold_profile_metrics', 1],
      ['view', 'genai_cost_daily', null],
      ['view', 'genai_metrics_long', null],
      ['view', 'genai_session_turns', null],
      ['view', 'genai_sessions', null],
      ['view', 'genai_span_errors', null],
    ]);
  });

  test('tables that do not exist yet are described without rows', async () => {
    const described = await (await scratch.open()).describeTables();
    expect(described.map(({ rows }) => rows)).toEqual(described.map(() => null));
    expect(described.find(({ role }) => role === 'gold')?.columns.length).toBeGreaterThan(40);
  });
});

describe('commits', () => {
  test('commits of two handles in one process both land', async () => {
    const [one, two] = [await scratch.prepared(), await scratch.open()];
    const traces = (name: string) => Array.from({ length: 50 }, (_, n) => landedTrace({ traceId: `${name}-${n}` }));
    await Promise.all([
      scratch.commit(one, traces('a')),
      scratch.commit(two, traces('b')),
      scratch.commit(one, traces('a')),
    ]);
    expect((await two.summary()).traces).toBe(100);
  });

  test('commits of long texts land: a checkpoint that ran out of memory would close the database', async () => {
    const warehouse = await scratch.prepared();
    // Hex of a changing number: nothing that compression makes small before it has been held as a whole.
    const text = (seed: number) =>
      Array.from({ length: 12_000 }, (_, n) => (seed * 7919 + n * n).toString(16)).join('');
    for (let batch = 0; batch < 8; batch += 1) {
      const traces = Array.from({ length: 120 }, (_, n) => {
        const spans = JSON.stringify([text(batch * 120 + n)]);
        return landedTrace({ traceId: `tr-${batch}-${n}`, raw: { spans } });
      });
      await scratch.commit(warehouse, traces);
    }
    expect((await warehouse.summary()).traces).toBe(960);
    expect(await first(warehouse, 'SELECT count(*) FROM genai_raw_traces WHERE length(spans) > 50000')).toEqual([960]);
  });

  test('commits that are aborted leave the warehouse usable', async () => {
    const warehouse = await scratch.prepared();
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    await expect(scratch.commit(warehouse, [landedTrace()], controller.signal)).rejects.toThrow('stop');
    expect(await scratch.commit(warehouse, [landedTrace()])).toMatchObject({ inserted: 1 });
  });

  test('commits never take the files of another folder for their own', async () => {
    const warehouse = await scratch.prepared();
    const [own, other] = ['st?ging', 'staging'].map((name) =>
      createLocalStaging({ root: join(scratch.folder, name), log: silentLog }),
    );
    const file = await other!.writeTraces('run/first/b.parquet', [landedTrace()]);
    const manifest = { files: [file], locations: [own!.location(file.key)], maxMetricColumns: 300 };
    expect(await codeOf(warehouse.commit(manifest))).toBe('StagingLost');
    await other!.close();
  });

  test('commits write rows in the order of their start', async () => {
    const warehouse = await scratch.prepared();
    const starts = [5, 3, 9, 1, 7];
    await scratch.commit(
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
  test('views count days in UTC, and sessions over their traces', async () => {
    const warehouse = await scratch.prepared();
    const startTimeMs = Date.UTC(2026, 0, 1, 23, 59, 59, 999);
    const span = { is_token_owner: true, model: 'gpt-4o', input_tokens: 10, total_tokens: 12, cost_usd: 0.5 };
    const gold = { session_id: 's', input_tokens: 10, output_tokens: null, total_tokens: 12 };
    await scratch.commit(warehouse, [
      landedTrace({ traceId: 'a', startTimeMs, spans: [span], gold: { ...gold, cost_usd: 0.5 } }),
      landedTrace({
        traceId: 'b',
        startTimeMs: startTimeMs + 1,
        spans: [span],
        gold: { ...gold, status: 'ERROR' },
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
