/** A gold table for the monitor's tests: every column of the definition, plus the dynamic ones that are asked for. */
import { expect } from 'vitest';
import { DuckDbDatabase } from '../../../../src/targets/duckdb/database.js';
import { createDuckDbMonitor } from '../../../../src/targets/duckdb/monitor/duckdb-monitor.js';
import { identifier } from '../../../../src/targets/duckdb/sql/names.js';
import { duckDbTypes } from '../../../../src/targets/duckdb/sql/types.js';
import { goldTracesTable } from '../../../../src/tables/traces.js';
import type { ColumnType } from '../../../../src/tables/table.js';
import { silentLog } from '../../../../src/log.js';
import type { DriftReader, QualityMonitor } from '../../../../src/monitor/quality-monitor.js';
import type { MonitorSpec } from '../../../../src/monitor/spec.js';

export const goldTable = 'genai_processed_traces_gold';
export const profileTable = `${goldTable}_profile_metrics`;
export const driftTable = `${goldTable}_drift_metrics`;

/** The instant at which the tests' monitors believe to be. */
export const nowMs = Date.UTC(2026, 4, 31, 12, 34);

export const spec: MonitorSpec = {
  timestampColumn: 'start_time',
  granularities: ['1 hour', '1 day'],
  slicingColumns: [],
};

export type Row = Record<string, unknown>;

const opened: DuckDbDatabase[] = [];

/** Closes what {@link openGold} opened. */
export async function closeGold(): Promise<void> {
  for (const database of opened.splice(0)) await database.close();
}

export const monitorOf = (database: DuckDbDatabase, clock = (): number => nowMs): QualityMonitor & DriftReader =>
  createDuckDbMonitor({ database, goldTable, log: silentLog, clock });

/** A monitor with these settings, refreshed over what gold holds. */
export async function refreshedMonitor(
  database: DuckDbDatabase,
  settings: MonitorSpec = spec,
): Promise<QualityMonitor & DriftReader> {
  const monitor = monitorOf(database);
  await monitor.ensure(settings);
  await monitor.refresh();
  return monitor;
}

/** The one profile row of a column of the whole table. */
export async function profileOf(database: DuckDbDatabase, column: string, granularity = '1 day'): Promise<Row> {
  const rows = await database.rows<Row>(
    `SELECT * FROM ${profileTable} WHERE column_name = $1 AND granularity = $2 AND slice_key IS NULL`,
    [column, granularity],
  );
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

/** Everything both metric tables hold, in a form that equal tables share; numbers to 12 digits. */
export async function metricRows(database: DuckDbDatabase): Promise<{ profile: string[]; drift: string[] }> {
  const read = async (table: string): Promise<string[]> => {
    const rows = await database.rows<Row>(`SELECT * FROM ${table}`);
    return rows
      .map((row) =>
        JSON.stringify(row, (_, value: unknown) => (typeof value === 'number' ? value.toPrecision(12) : value)),
      )
      .toSorted();
  };
  return { profile: await read(profileTable), drift: await read(driftTable) };
}

/** Values of one gold row; what is left out is NULL. Times are SQL texts. */
export type GoldValues = Readonly<Record<string, string | number | boolean | null>>;

/** A database with an empty gold table. */
export async function openGold(
  dynamic: Readonly<Record<string, ColumnType>> = {},
  path = ':memory:',
): Promise<DuckDbDatabase> {
  const database = await DuckDbDatabase.open({ path, log: silentLog });
  opened.push(database);
  const definition = Object.entries(goldTracesTable.columns).map(([name, { type }]) => [name, type] as const);
  const columns = [...definition, ...Object.entries(dynamic)].map(
    ([name, type]) => `${identifier(name)} ${duckDbTypes[type]}`,
  );
  await database.run(`CREATE TABLE ${goldTable} (${columns.join(', ')})`);
  return database;
}

let nextTrace = 0;

/** Adds rows; `start_time` must be given, `committed_at` grows from row to row unless given. */
export async function addGold(database: DuckDbDatabase, rows: readonly GoldValues[]): Promise<void> {
  for (const row of rows) {
    nextTrace += 1;
    const values: GoldValues = {
      trace_id: `tr-${String(nextTrace)}`,
      status: 'OK',
      committed_at: `2026-01-01 00:00:00.${String(nextTrace).padStart(6, '0')}`,
      ...row,
    };
    const names = Object.keys(values);
    const holes = names.map((_, index) => `$${String(index + 1)}`);
    await database.run(
      `INSERT INTO ${goldTable} (${names.map(identifier).join(', ')}) VALUES (${holes.join(', ')})`,
      Object.values(values),
    );
  }
}

/** Adds `count` made-up rows spread evenly over the days before `endMs`. Deterministic. */
export async function addManyGold(database: DuckDbDatabase, count: number, days: number, endMs: number): Promise<void> {
  await database.run(
    `INSERT INTO ${goldTable} BY NAME
     SELECT 'tr-' || i AS trace_id, 'OK' AS status, 'app' AS trace_origin, 'agent-' || (i % 5) AS trace_name,
       make_timestamptz($3 - CAST(i * ($2 / $1) AS BIGINT)) AS start_time,
       100 + (i * 7919) % 4001 AS execution_time_ms, 3 + i % 9 AS num_spans, i % 3 AS num_llm_spans,
       ((i * 104729) % 10007) / 10.0 AS llm_time_ms, (i * 31) % 2000 AS token_count_request,
       (i * 37) % 900 AS token_count_response, (i * 31) % 2100 AS input_tokens, (i * 37) % 950 AS output_tokens,
       ((i * 61) % 997) / 1e5 AS cost_usd, i % 4 AS num_assessments, 0 AS num_assessment_errors,
       make_timestamptz($3) AS committed_at
     FROM range($1) AS r(i)`,
    [count, days * 86_400_000_000, endMs * 1000],
  );
}
