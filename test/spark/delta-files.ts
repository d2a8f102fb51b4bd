/**
 * Reads Delta tables without Spark: the transaction log says which Parquet files belong to a table, DuckDB reads those.
 * An independent eye on what was written, and a fast one. For tests only.
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { QueryResult } from '../../src/targets/warehouse.js';

interface LogAction {
  readonly add?: { readonly path: string; readonly deletionVector?: unknown };
  readonly remove?: { readonly path: string };
  readonly metaData?: { readonly schemaString: string };
}

interface DeltaTable {
  readonly files: readonly string[];
  /** Names and Delta types, in order. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** The newest version of the table in `folder`. */
async function readLog(folder: string): Promise<DeltaTable> {
  const log = join(folder, '_delta_log');
  const commits = (await readdir(log)).filter((name) => /^\d{20}\.json$/.test(name)).sort();
  const files = new Set<string>();
  let columns: DeltaTable['columns'] = [];
  for (const commit of commits) {
    const lines = (await readFile(join(log, commit), 'utf8')).split('\n').filter((line) => line !== '');
    for (const { add, remove, metaData } of lines.map((line) => JSON.parse(line) as LogAction)) {
      if (add?.deletionVector !== undefined) throw new Error('deletion vectors are not read here');
      if (remove !== undefined) files.delete(decodeURIComponent(remove.path));
      if (add !== undefined) files.add(decodeURIComponent(add.path));
      if (metaData !== undefined) {
        columns = (JSON.parse(metaData.schemaString) as { fields: { name: string; type: string }[] }).fields;
      }
    }
  }
  return { files: [...files].sort().map((path) => join(folder, path)), columns };
}

const duckDbTypes: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A relation with every column of the table; those that no file has yet are NULL. */
function relationOf({ files, columns }: DeltaTable): string {
  const typed = columns.map(({ name, type }) => `NULL::${duckDbTypes[type] ?? 'VARCHAR'} AS ${quoted(name)}`);
  const nothing = `SELECT ${typed.join(', ')} WHERE FALSE`;
  if (files.length === 0) return `(${nothing})`;
  const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
  // Files of a table with change data feed may hold columns that are no part of it.
  const own = columns.map(({ name }) => quoted(name)).join(', ');
  const all = `${nothing} UNION ALL BY NAME SELECT * FROM read_parquet([${list}], union_by_name = true)`;
  return `(SELECT ${own} FROM (${all}))`;
}

/**
 * Answers `SELECT * FROM catalog.schema.table …` from the files of a Spark warehouse. Integers as numbers where that is
 * exact, else as text; times as text.
 */
export async function readDelta(warehouseFolder: string, sql: string): Promise<QueryResult> {
  const match = /^SELECT \* FROM \w+\.(\w+)\.(\w+)( [\s\S]*)?$/.exec(sql);
  if (match === null) throw new Error(`not a statement that is read from files: ${sql}`);
  const [, schema = '', table = '', rest = ''] = match;
  const delta = await readLog(join(warehouseFolder, `${schema}.db`, table));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const reader = await connection.runAndReadAll(`SELECT * FROM ${relationOf(delta)}${rest}`);
    const rows = reader.getRows().map((row) => row.map(shown));
    return { columns: reader.columnNames(), rows, truncated: false };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function shown(value: DuckDBValue): string | number | boolean | null {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
  return typeof value === 'object' && value !== null ? String(value) : value;
}
