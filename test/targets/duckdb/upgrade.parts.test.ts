/** Tables that an earlier version wrote open, are brought up to date, and go on. The files: test/fixtures/tables. */
import { copyFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/log.js';
import { schemaVersion, tables, type TableRole } from '../../../src/tables/index.js';
import type { Table } from '../../../src/tables/table.js';
import type { DuckDbDatabase } from '../../../src/targets/duckdb/database.js';
import { createDuckDbMonitor } from '../../../src/targets/duckdb/monitor/duckdb-monitor.js';
import type { ReadValue } from '../../../src/targets/duckdb/values.js';
import { deadLetter, defaultObservedAtMs, defaultStartMs, landedTrace } from '../../contract/staged-traces.js';
import { codeOf } from '../../contract/warehouse-harness.js';
import { first, ScratchWarehouses } from './scratch-warehouses.js';

const scratch = new ScratchWarehouses();
const scope = { sourceId: 'mlflow', experimentId: '1' };
const dayMs = 86_400_000;

type Row = Readonly<Record<string, ReadValue>>;

/** Tables that came with version 3. */
const newTables: readonly TableRole[] = ['attachments'];
const newNames = newTables.map((role) => tables[role].name);

/** Every row of every table that there is, by role. */
async function rowsOf(database: DuckDbDatabase): Promise<Map<TableRole, Row[]>> {
  const rows = new Map<TableRole, Row[]>();
  const found = await database.rows<{ name: string }>('SELECT table_name AS name FROM duckdb_tables()');
  for (const role of Object.keys(tables) as TableRole[]) {
    const { name } = tables[role];
    if (!found.some((table) => table.name === name)) continue;
    const keys = role === 'windows' ? 'window_index' : tables[role].key.join(', ');
    rows.set(role, await database.rows<Row>(`SELECT * FROM ${name} ORDER BY ${keys}`));
  }
  return rows;
}

async function readAll(): Promise<Map<TableRole, Row[]>> {
  let rows = new Map<TableRole, Row[]>();
  await scratch.withDatabase(async (database) => {
    rows = await rowsOf(database);
  });
  return rows;
}

/** What the columns of earlier versions are called today; null: dropped. */
const namesToday: Partial<Readonly<Record<TableRole, Readonly<Record<string, string | null>>>>> = {
  windows: { run_id: 'first_run_id', changed: 'written', erased: null },
  raw: { span_count: 'num_spans' },
  spans: { observed_at: 'spans_observed_at' },
  documents: { observed_at: 'spans_observed_at' },
};

/** The row under the names of today, with only the columns that its version had. */
function renamed(role: TableRole, row: Row): Row {
  const entries = Object.entries(row).flatMap(([name, value]): [string, ReadValue][] => {
    const today = namesToday[role]?.[name];
    return today === null ? [] : [[today ?? name, value]];
  });
  return Object.fromEntries(entries);
}

const tablesOf = (version: number): Promise<void> =>
  copyFile(new URL(`../../fixtures/tables/schema-${version}.duckdb`, import.meta.url), scratch.path);

describe.each([1, 2])('tables of schema version %i', (version) => {
  test('tables of schema version keep every row when they are brought up to date, under the new names', async () => {
    await tablesOf(version);
    const before = await readAll();
    const warehouse = await scratch.open();
    expect(await warehouse.prepare()).toEqual({ created: newNames, upgradedFrom: version });
    const after = await readAll();
    for (const [role, rows] of before) {
      if (role === 'meta') continue;
      expect(rows.length, role).toBeGreaterThan(0);
      expect(after.get(role), role).toEqual(rows.map((row) => expect.objectContaining(renamed(role, row)) as Row));
      expect(Object.keys(after.get(role)?.[0] ?? {}), role).toEqual(
        expect.arrayContaining(Object.keys(tables[role].columns)),
      );
    }
    for (const [role, names] of Object.entries(namesToday)) {
      const columns = Object.keys(after.get(role as TableRole)?.[0] ?? {});
      for (const name of Object.keys(names)) expect(columns, role).not.toContain(name);
    }
    expect(await warehouse.prepare()).toEqual({ created: [], upgradedFrom: null });
    expect(await first(warehouse, 'SELECT value FROM tracelift_meta')).toEqual([String(schemaVersion)]);
  });

  test('upgraded tables are described as new ones are', async () => {
    await tablesOf(version);
    const warehouse = await scratch.prepared();
    const described = await warehouse.describeTables();
    for (const [role, { comment, columns }] of Object.entries<Table>(tables)) {
      const found = described.find((one) => one.role === role);
      expect(found?.comment).toBe(comment);
      const meanings = Object.entries(columns).map(([name, column]) => [name, column.comment]);
      expect(found?.columns.map(({ name, comment: meaning }) => [name, meaning])).toEqual(
        expect.arrayContaining(meanings),
      );
    }
  });

  test('upgraded tables take new windows, changed traces and another opening', async () => {
    await tablesOf(version);
    const warehouse = await scratch.prepared();
    const later = { observedAtMs: defaultObservedAtMs + dayMs, sourceHash: 'hash-2' };
    const result = await scratch.commit(warehouse, [
      landedTrace({ ...later, traceId: 'tr-0', assessments: [{ value_number: 1 }] }),
      landedTrace({ ...later, traceId: 'tr-broken' }),
      landedTrace({ ...later, traceId: 'tr-new', startTimeMs: defaultStartMs + dayMs, numbers: { metric_new: 1 } }),
      deadLetter({ ...later, traceId: 'tr-broken-too' }),
    ]);
    expect(result).toMatchObject({ inserted: 2, updated: 1 });
    const [old] = await warehouse.ledger({ ...scope, limit: 1 });
    expect(old).toMatchObject({ first_run_id: 'c0ffee00-0000-4000-8000-000000000001', window_index: 1 });
    await warehouse.recordWindow({ ...old!, window_index: 2, state: 'complete', missing: 0 });
    await warehouse.close();

    const again = await scratch.open();
    expect(await again.prepare()).toEqual({ created: [], upgradedFrom: null });
    expect((await again.ledger({ ...scope, limit: 10 })).map(({ window_index }) => window_index)).toEqual([2, 1, 0]);
    expect(await again.listDeadLetters({ ...scope, limit: 10 })).toMatchObject([{ trace_id: 'tr-broken-too' }]);
    expect((await again.summary(scope)).traces).toBe(8);
    expect(await first(again, "SELECT metric_new FROM genai_processed_traces_gold WHERE trace_id = 'tr-new'")).toEqual([
      1,
    ]);
    expect(await first(again, "SELECT source_hash FROM genai_raw_traces WHERE trace_id = 'tr-0'")).toEqual(['hash-2']);
  });

  test('upgraded tables keep their monitor', async () => {
    await tablesOf(version);
    await scratch.prepared();
    await scratch.withDatabase(async (database) => {
      const goldTable = tables.gold.name;
      const monitor = createDuckDbMonitor({ database, goldTable, log: silentLog, clock: () => defaultObservedAtMs });
      expect(await monitor.show()).toMatchObject({ state: 'active' });
      expect((await monitor.refresh()).status).toMatchObject({ state: 'active', failure: null });
    });
  });
});

test('tables stay as they were when the upgrade fails, and are brought up to date by the next one', async () => {
  await tablesOf(1);
  await scratch.withDatabase((database) => database.run('CREATE INDEX hindrance ON tracelift_windows (erased)'));
  const before = await readAll();
  const warehouse = await scratch.open();
  expect(await codeOf(warehouse.prepare())).toBe('WarehouseFailed');
  expect(await readAll()).toEqual(before);
  await scratch.withDatabase((database) => database.run('DROP INDEX hindrance'));
  expect(await warehouse.prepare()).toEqual({ created: newNames, upgradedFrom: 1 });
});
