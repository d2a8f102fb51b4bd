/**
 * SQL that somebody typed, kept to reading the tables. Imports the SQL client.
 *
 * Rights come first: a query can do what the worker's principal can. On top, `DESCRIBE QUERY` takes nothing but a
 * query, so it tells a statement that writes from one that reads, and the columns before anything runs.
 */
import { TraceliftError } from '../../errors/index.js';
import type { QueryOptions, QueryResult } from '../warehouse.js';
import type { Namespace, SqlClient } from './sql-client.js';
import { textOf } from '../sql/read-rows.js';
import type { SqlRow } from '../sql/rows.js';
import { analysisText } from './sql-failures.js';
import { quoteConstant, quoteName } from './sql/quoting.js';

/** What is not SQL text to look into: literals, quoted names, comments. */
const opaque = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** Ways out of the tables: files by format, and functions that read files, call services or run code. */
const filesByFormat = /\b(?:parquet|json|csv|text|binaryfile|orc|avro|delta|xml)\s*\.\s*`/i;
const outside =
  /\b(?:read_files|read_kafka|read_kinesis|read_pubsub|read_pulsar|cloud_files_state|http_request|remote_query|list_secrets|secret|try_secret|java_method|reflect|try_reflect|ai_\w+|vector_search)\s*\(/i;

/** @throws QueryRefused, QueryFailed */
export async function runQuery(
  client: SqlClient,
  sql: string,
  namespace: Namespace,
  options: QueryOptions,
): Promise<QueryResult> {
  const statement = sql.trim().replace(/;\s*$/, '');
  refuseOutside(statement);
  const { limit, signal } = options;
  const bounds = { doing: 'a query', namespace, ...(signal && { signal }) };
  const described = await attempt(client.run(`DESCRIBE QUERY ${statement}`, bounds), true, signal);
  const columns = described.map((row) => ({ name: textOf(row, 'col_name'), type: textOf(row, 'data_type') }));
  const text = wrapped(statement, columns, limit + 1);
  const rows = await attempt(client.run(text, { ...bounds, maxRows: limit + 1 }), false, signal);
  return {
    columns: columns.map(({ name }) => name),
    rows: rows.slice(0, limit).map((row) => columns.map(({ type }, index) => shown(row[`c${index}`], type))),
    truncated: rows.length > limit,
  };
}

async function attempt(
  running: Promise<SqlRow[]>,
  isAnalysis: boolean,
  signal: AbortSignal | undefined,
): Promise<SqlRow[]> {
  try {
    return await running;
  } catch (failure) {
    signal?.throwIfAborted();
    throw queryFailure(failure, isAnalysis);
  }
}

function refuseOutside(statement: string): void {
  const visible = statement.replace(opaque, (piece) => (/^['"]/.test(piece) ? "''" : ' '));
  if (visible.trim() === '') throw refused('it holds no statement');
  if (visible.includes(';')) throw refused('it holds more than one statement');
  if (statement.includes('${')) throw refused('it holds ${…}');
  if (filesByFormat.test(visible) || outside.test(visible)) throw refused('files and services are out of its reach');
}

const refused = (reason: string): TraceliftError => new TraceliftError('QueryRefused', { reason });

/** Columns get names of our own, since a query may give two the same; everything but numbers travels as text. */
function wrapped(statement: string, columns: readonly { readonly type: string }[], limit: number): string {
  const names = columns.map((_, index) => quoteName(`c${index}`));
  const values = columns.map(({ type }, index) => `${asText(`q.c${index}`, type)} AS ${names[index] ?? ''}`);
  return `SELECT ${values.join(', ')} FROM (${statement}\n) AS q(${names.join(', ')}) LIMIT ${limit}`;
}

/** Left to themselves, times inside of nested values lose their microseconds, and members that are NULL vanish. */
const exactJson = `map('ignoreNullFields', 'false', 'timestampFormat', ${quoteConstant("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")})`;

function asText(value: string, type: string): string {
  if (/^(?:double|float|boolean|string)$/.test(type)) return value;
  if (/^(?:array|map|struct)</.test(type)) return `to_json(${value}, ${exactJson})`;
  // Bytes are no text: as such, those that are no UTF-8 would be lost.
  if (type === 'binary') return `hex(${value})`;
  if (type === 'timestamp') return `CAST(unix_micros(${value}) AS STRING)`;
  return type === 'void' ? 'CAST(NULL AS STRING)' : `CAST(${value} AS STRING)`;
}

/** Integers come back as numbers where that is exact; what JSON cannot show becomes text. */
function shown(value: unknown, type: string): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') {
    // Bytes are no text: as such, those that are no UTF-8 would be lost.
    if (type === 'binary') return `hex(${value})`;
    if (type === 'timestamp') return isoText(BigInt(value));
    const isInteger = /^(?:bigint|int|smallint|tinyint)$/.test(type);
    return isInteger && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'number') return null;
  return Number.isFinite(value) ? value : String(value);
}

/** ISO 8601 in UTC, with microseconds only where there are some. */
function isoText(micros: bigint): string {
  const microsOfMs = ((micros % 1000n) + 1000n) % 1000n;
  const date = new Date(Number((micros - microsOfMs) / 1000n));
  if (Number.isNaN(date.getTime())) return `${micros} microseconds`;
  const text = date.toISOString().replace(/^\+0*/, '');
  return microsOfMs === 0n ? text : `${text.slice(0, -1)}${microsOfMs.toString().padStart(3, '0')}Z`;
}

/** Statements that write do not parse behind DESCRIBE QUERY. */
function queryFailure(failure: unknown, isAnalysis: boolean): unknown {
  if (!(failure instanceof TraceliftError)) return failure;
  const { code, parameters, cause } = failure;
  const errorClass = parameters['errorClass'];
  if (errorClass === 'PARSE_SYNTAX_ERROR') return refused('it does not parse as one statement that reads');
  if (!queryCodes.has(code)) return failure;
  const reason = isAnalysis ? analysisText(cause) : String(errorClass ?? parameters['reason']);
  return new TraceliftError('QueryFailed', { reason }, { cause: failure });
}

/** Failures that speak of the query, as opposed to the connection. */
const queryCodes: ReadonlySet<string> = new Set([
  'WarehouseObjectMissing',
  'WarehouseGrantMissing',
  'WarehouseStatementFailed',
]);
