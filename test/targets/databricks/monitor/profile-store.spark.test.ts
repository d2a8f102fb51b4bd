import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshProfiles, type RefreshedRows } from '../../../../src/monitor/engine.js';
import type { MonitorSpec } from '../../../../src/monitor/spec.js';
import { DatabricksProfileStore } from '../../../../src/targets/databricks/monitor/profile-store.js';
import { monitorTables } from '../../../../src/targets/databricks/monitor/sql.js';
import { createSqlClient, type SqlClient } from '../../../../src/targets/databricks/sql-client.js';
import { columnsOfTable } from '../../../../src/targets/databricks/tables.js';
import { createTokenSource } from '../../../../src/targets/databricks/token-source.js';
import type { DuckDbDatabase } from '../../../../src/targets/duckdb/database.js';
import { driftMetricsTable, profileMetricsTable, type MetricTable } from '../../../../src/monitor/tables.js';
import type { ColumnType, Columns } from '../../../../src/tables/table.js';
import { goldTracesTable } from '../../../../src/tables/traces.js';
import { silentLog } from '../../../../src/log.js';
import { workspaceOptions } from '../../../fakes/databricks/start.js';
import { freshSchema, missingSpark, startSparkWorkspace, type SparkWorkspace } from '../../../spark/spark-workspace.js';
import {
  addGold,
  closeGold,
  goldTable,
  monitorOf,
  nowMs,
  openGold,
  type GoldValues,
} from '../../duckdb/monitor/gold.js';
import type { CallOptions } from '../../../../src/call-options.js';

const missing = missingSpark();
const dynamic = { dim_team: 'STRING', metric_relevance: 'DOUBLE', metric_tone_label: 'STRING' } as const;
const types: Record<string, ColumnType> = {
  ...Object.fromEntries(Object.entries(goldTracesTable.columns as Columns).map(([name, { type }]) => [name, type])),
  ...dynamic,
};
const spec: MonitorSpec = {
  timestampColumn: 'start_time',
  granularities: ['1 hour', '1 day'],
  slicingColumns: ['dim_team'],
};
const hourMs = 3_600_000;

/** Sums are added in another order by Spark: equal to nine digits. */
const tolerance = 1e-9;

/** Rows with everything that a statistic can meet: NaN, infinities, NULL, zeros, long and odd texts, old days. */
function rowOf(index: number, startMs: number, more: GoldValues = {}): GoldValues {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, 0, -0.25];
  return {
    trace_id: `tr-${String(index)}`,
    start_time: new Date(startMs).toISOString(),
    committed_at: new Date(nowMs + index).toISOString(),
    execution_time_ms: (index * 7919) % 4001,
    status: index % 4 === 0 ? 'ERROR' : 'OK',
    trace_name: index % 5 === 0 ? `${'näme-'.repeat(70)}${String(index % 2)}` : `agent-${String(index % 3)}`,
    cost_usd: index % 6 === 0 ? null : ((index * 61) % 997) / 1e5,
    dim_team: index % 7 === 0 ? null : `team'${String(index % 3)}`,
    metric_relevance: index % 9 < odd.length ? (odd[index % 9] ?? null) : ((index * 13) % 50) / 7,
    metric_tone_label: index % 3 === 0 ? null : index % 2 === 0 ? 'warm' : '',
    ...more,
  };
}

const newestMs = nowMs - (nowMs % hourMs) - hourMs;
const rows = [
  ...Array.from({ length: 60 }, (_, index) => rowOf(index, newestMs - index * 1_700_000)),
  ...Array.from({ length: 20 }, (_, index) => rowOf(1000 + index, newestMs - 400 * 86_400_000 - index * 2 * hourMs)),
];

describe.skipIf(missing !== null)(`the monitor on real Spark and Delta ${missing ?? ''}`, () => {
  const schema = freshSchema();
  const gold = `main.${schema}.${goldTable}`;
  const tables = monitorTables(gold, `main.${schema}`);
  let rig: SparkWorkspace;
  let sql: SqlClient;
  let store: DatabricksProfileStore;
  let duckdb: DuckDbDatabase;

  const run = (statement: string, parameters = {}): Promise<readonly Record<string, unknown>[]> =>
    sql.run(statement, { doing: 'a test', parameters });

  /** The same rows in both tables. */
  const add = async (list: readonly GoldValues[]): Promise<void> => {
    await addGold(duckdb, list);
    const names = [...new Set(list.flatMap((row) => Object.keys(row)))];
    const wire = names.map((name) => `${name}: ${types[name] === 'TIMESTAMP' ? 'STRING' : types[name]!}`);
    const cells = names.map((name) => (types[name] === 'TIMESTAMP' ? `CAST(one.${name} AS TIMESTAMP)` : `one.${name}`));
    const json = JSON.stringify(list, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    );
    await run(
      `INSERT INTO ${gold} (${names.join(', ')}) SELECT ${cells.join(', ')}
       FROM (SELECT explode(from_json(:rows, 'ARRAY<STRUCT<${wire.join(', ')}>>')) AS one)`,
      { rows: json },
    );
  };

  const remove = async (condition: string): Promise<void> => {
    await duckdb.run(`DELETE FROM ${goldTable} WHERE ${condition}`);
    await run(`DELETE FROM ${gold} WHERE ${condition}`);
  };

  const refresh = async (step: CallOptions = {}): Promise<RefreshedRows> => {
    await store.createTables(step);
    return refreshProfiles(store, { spec, monitorVersion: 0, nowMs }, silentLog, step);
  };

  const refreshDuckDb = async (): Promise<void> => {
    const monitor = monitorOf(duckdb);
    await monitor.ensure(spec);
    await monitor.refresh();
  };

  beforeAll(async () => {
    rig = await startSparkWorkspace();
    const options = workspaceOptions(rig.workspace);
    sql = createSqlClient({ ...options, httpPath: rig.workspace.httpPath }, createTokenSource(options));
    duckdb = await openGold(dynamic);
    await run(`CREATE SCHEMA main.${schema}`);
    const columns = Object.entries(types).map(([name, type]) => `${name} ${type === 'JSON' ? 'STRING' : type}`);
    await run(`CREATE TABLE ${gold} (${columns.join(', ')}) USING DELTA`);
    const goldColumns = async () => (await columnsOfTable({ sql }, gold)) ?? [];
    store = new DatabricksProfileStore({ sql, tables, goldColumns });
    await add(rows);
    await refreshDuckDb();
  });
  afterAll(async () => {
    await sql.close();
    await rig.stop();
    await closeGold();
  });

  it('the monitor on real Spark and Delta is absent before the first refresh', async () => {
    expect(await store.status()).toBeNull();
  });

  it('the monitor on real Spark and Delta has the statistics and the drift of the monitor in DuckDB, over all history', async () => {
    const { profileRows, driftRows } = await refresh();
    await expectSameTables();
    expect(await store.status()).toEqual({
      profileTable: tables.profile,
      driftTable: tables.drift,
      profileRows,
      driftRows,
      lastRefreshMs: nowMs,
    });
    expect(profileRows).toBeGreaterThan(1000);
    const [oldest] = await run(
      `SELECT CAST(min(unix_millis(\`window\`.start)) AS STRING) AS ms FROM ${tables.profile} WHERE granularity = '1 day'`,
    );
    expect(Number(oldest?.['ms'])).toBeLessThan(nowMs - 400 * 86_400_000);
  });

  it('the monitor on real Spark and Delta changes nothing at a second refresh', async () => {
    const before = await store.status();
    const numStatements = rig.front.statements.length;
    expect(await refresh()).toEqual({ profileRows: 0, driftRows: 0 });
    const since = rig.front.statements.slice(numStatements);
    expect(since.filter((statement) => /^\s*(INSERT|MERGE|DELETE|UPDATE)/.test(statement))).toEqual([]);
    expect(await store.status()).toEqual(before);
  });

  it('the monitor on real Spark and Delta follows late, changed and removed traces, in their windows alone', async () => {
    await remove("trace_id IN ('tr-3', 'tr-1019')");
    await remove(`trace_id = 'tr-5'`);
    await add([
      rowOf(5, newestMs - 5 * 1_700_000, { cost_usd: 99, committed_at: new Date(nowMs + 9_000_000).toISOString() }),
      rowOf(7777, newestMs - 700 * 86_400_000),
    ]);
    await refreshDuckDb();
    const all = (await store.status())?.profileRows ?? 0;
    const { profileRows } = await refresh();
    expect(profileRows).toBeGreaterThan(0);
    expect(profileRows).toBeLessThan(all / 3);
    await expectSameTables();
  });

  it('the monitor on real Spark and Delta goes on after a refresh that was stopped at any statement', async () => {
    await remove("trace_id = 'tr-11'");
    await refreshDuckDb();
    for (const stopAt of [6, 8]) {
      const stop = new AbortController();
      let steps = 0;
      const onProgress = (): void => {
        steps += 1;
        if (steps === stopAt) stop.abort(new Error('stopped by a person'));
      };
      await refresh({ signal: stop.signal, onProgress }).catch(() => {});
    }
    await refresh();
    await expectSameTables();
  });

  it('the monitor on real Spark and Delta leaves nothing when it is dropped', async () => {
    await store.dropTables();
    expect(await store.status()).toBeNull();
  });

  async function expectSameTables(): Promise<void> {
    for (const [definition, name] of [
      [profileMetricsTable, tables.profile],
      [driftMetricsTable, tables.drift],
    ] as const) {
      const theirs = await sparkRows(definition, name);
      const ours = await duckRows(definition);
      expect([...theirs.keys()].toSorted()).toEqual([...ours.keys()].toSorted());
      for (const [key, row] of ours) {
        const difference = firstDifference(theirs.get(key), row, key);
        if (difference !== null) expect.fail(difference);
      }
    }
  }

  /** Rows by window, slice and column; windows as epoch microseconds. */
  async function sparkRows({ columns }: MetricTable, name: string): Promise<Map<string, Record<string, unknown>>> {
    const others = columns.filter(({ type }) => type !== 'WINDOW').map((column) => `\`${column.name}\``);
    const cells = columns.filter(({ type }) => type === 'WINDOW').flatMap((column) => windowCells(column.name));
    const found = await run(
      `SELECT to_json(struct(${[...cells, ...others].join(', ')}), map('ignoreNullFields', 'false')) AS text FROM ${name}`,
    );
    return byKey(found.map(({ text }) => JSON.parse(String(text)) as Record<string, unknown>));
  }

  async function duckRows({ columns, suffix }: MetricTable): Promise<Map<string, Record<string, unknown>>> {
    const windows = columns.filter(({ type }) => type === 'WINDOW').map((column) => column.name);
    const cells = windows.flatMap((column) =>
      ['start', 'end'].map((end) => `epoch_us("${column}"."${end}") AS ${column}_${end}`),
    );
    const except = windows.map((column) => `"${column}"`).join(', ');
    return byKey(
      await duckdb.rows<Record<string, unknown>>(
        `SELECT ${cells.join(', ')}, * EXCLUDE (${except}) FROM ${goldTable}${suffix}`,
      ),
    );
  }
});

const windowCells = (column: string): string[] =>
  ['start', 'end'].map((end) => `unix_micros(\`${column}\`.\`${end}\`) AS ${column}_${end}`);

function byKey(list: readonly Record<string, unknown>[]): Map<string, Record<string, unknown>> {
  const keyOf = (row: Record<string, unknown>): string =>
    ['granularity', 'window_start', 'slice_key', 'slice_value', 'column_name']
      .map((name) => String(row[name]))
      .join('|');
  const map = new Map(list.map((row) => [keyOf(row), row]));
  expect(map.size).toBe(list.length);
  return map;
}

/** Where two values differ beyond the tolerance, or null. */
function firstDifference(theirs: unknown, ours: unknown, path: string): string | null {
  const difference = `${path}: ${String(theirs)} instead of ${String(ours)}`;
  if (typeof ours === 'number') return isNear(Number(theirs ?? Number.NaN), ours) ? null : difference;
  if (!isTree(ours) || !isTree(theirs)) return (theirs ?? null) === (ours ?? null) ? null : difference;
  const fields = Object.keys(ours);
  if (Object.keys(theirs).length !== fields.length) return `${path}: ${Object.keys(theirs).join(', ')}`;
  for (const field of fields) {
    const found = firstDifference(theirs[field], ours[field], `${path}.${field}`);
    if (found !== null) return found;
  }
  return null;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isNear = (one: number, other: number): boolean =>
  one === other || Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other));
