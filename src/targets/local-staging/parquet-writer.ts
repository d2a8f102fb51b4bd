/**
 * Writes staged traces as one Parquet file, by an in-memory DuckDB of its own. Imports the tables, the DuckDB client and
 * Node's file system.
 *
 * The way goes through lines of JSON in a file beside the target: for 100 traces of 16 KB it takes about 40 ms, and
 * DuckDB reads it in parallel and without holding all of it, which binding the lines as a parameter would not allow.
 */
import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { stagedRowNumber, stagedTraceSchema, type StagedType } from '../../tables/staged-trace.js';
import type { Columns, ColumnType } from '../../tables/table.js';
import type { TraceFileWriter } from '../staging.js';
import { writeStagedLines } from './staged-lines.js';

/** As src/targets/duckdb/sql/types.ts has them: a file is read into these columns. */
export const duckDbTypes: Readonly<Record<ColumnType, string>> = {
  STRING: 'VARCHAR',
  JSON: 'VARCHAR',
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
};

const structType = (fields: Columns): string =>
  `STRUCT(${Object.entries(fields)
    .map(([name, { type }]) => `"${name}" ${duckDbTypes[type]}`)
    .join(', ')})`;

function duckDbType(type: StagedType): string {
  switch (type.kind) {
    case 'value':
      return duckDbTypes[type.type];
    case 'map':
      return `MAP(VARCHAR, ${duckDbTypes[type.valueType]})`;
    case 'struct':
      return structType(type.fields);
    case 'list':
      return `${structType(type.fields)}[]`;
  }
}

const columnTypes = Object.entries(stagedTraceSchema)
  .map(([name, type]) => `${name}: '${duckDbType(type)}'`)
  .join(', ');

const quotedPath = (path: string): string => `'${path.replaceAll("'", "''")}'`;

/**
 * One thread: a file is too small for a second one to find work, and waiting for work took as long as the work
 * (0.31 instead of 0.18 ms of CPU a trace).
 *
 * No folder to spill to: DuckDB's own would be `.tmp` in the current folder, open to others and outside of every sweep.
 */
const writerSettings = { threads: '1', temp_directory: '' };

/** Opens its DuckDB at the first file. One copy at a time: more at once only hold more in memory. */
export function createParquetWriter(): TraceFileWriter {
  let opening: Promise<DuckDBInstance> | undefined;
  const instance = (): Promise<DuckDBInstance> => (opening ??= DuckDBInstance.create(':memory:', writerSettings));
  const inTurn = pLimit(1);
  return {
    async write(path, traces, signal) {
      signal?.throwIfAborted();
      const linesPath = `${path}.${randomUUID()}.ndjson`;
      try {
        const { longestBytes, ...counts } = await writeStagedLines(linesPath, traces, signal);
        await inTurn(async () => copyToParquet(await instance(), linesPath, path, longestBytes, signal));
        return { ...counts, bytes: (await stat(path)).size };
      } finally {
        await rm(linesPath, { force: true });
      }
    },
    async close() {
      const closing = opening;
      opening = undefined;
      (await closing)?.closeSync();
    },
  };
}

async function copyToParquet(
  instance: DuckDBInstance,
  linesPath: string,
  path: string,
  maxLineBytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    await connection.run(
      `COPY (SELECT row_number() OVER () AS ${stagedRowNumber}, * FROM read_json(${quotedPath(linesPath)}, format = 'newline_delimited', ` +
        `columns = {${columnTypes}}, maximum_object_size = ${maxLineBytes + 1024})) ` +
        `TO ${quotedPath(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } catch (failure) {
    signal?.throwIfAborted();
    throw failure;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
  }
}
