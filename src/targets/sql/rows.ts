/**
 * Rows of tracelift's own tables, out of SQL and into it, exactly. Imports the table definitions and the dialect.
 *
 * In: one JSON text per statement, parsed in SQL: no limit of parameters, and no value in the SQL text.
 */
import type { Column, Columns, RowOf, Table } from '../../tables/table.js';
import type { Dialect } from './dialect.js';

/** A row by column name, as a database gives it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Select list for whole rows. */
export function selectColumns(dialect: Dialect, columns: Columns): string {
  return Object.entries(columns)
    .map(([name, { type }]) => {
      const column = dialect.identifier(name);
      if (type === 'TIMESTAMP') return `${dialect.exactInteger(dialect.microsOfTimestamp(column))} AS ${column}`;
      return type === 'BIGINT' ? `${dialect.exactInteger(column)} AS ${column}` : column;
    })
    .join(', ');
}

/** Turns a row that {@link selectColumns} asked for into one of the table's. */
export function readRow<T extends Table>(table: T, row: SqlRow): RowOf<T> {
  const entries = Object.entries(table.columns).map(([name, column]) => [name, readValue(row[name], column)]);
  return Object.fromEntries(entries) as RowOf<T>;
}

function readValue(value: unknown, { type }: Column): unknown {
  if (value === null || value === undefined) return null;
  return type === 'BIGINT' || type === 'TIMESTAMP' ? exactInteger(value) : value;
}

/** A number where that is exact, else a bigint. */
function exactInteger(value: unknown): number | bigint {
  const exact = BigInt(value as string | number | bigint);
  const isSafe = exact <= BigInt(Number.MAX_SAFE_INTEGER) && exact >= BigInt(Number.MIN_SAFE_INTEGER);
  return isSafe ? Number(exact) : exact;
}

/** Text of rows for {@link rowsFromJson}: integers and times as text, so that no JSON parser rounds them. */
export function rowsJson(columns: Columns, rows: readonly SqlRow[]): string {
  const entries = Object.entries(columns);
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(entries.map(([name, column]) => [name, jsonField(row[name], column)]))),
  );
}

function jsonField(value: unknown, { type }: Column): unknown {
  if (value === null || value === undefined) return null;
  return typeof value !== 'string' && (type === 'BIGINT' || type === 'TIMESTAMP')
    ? `${value as number | bigint}`
    : value;
}

/** A query of typed rows out of a JSON text. */
export function rowsFromJson(dialect: Dialect, columns: Columns, jsonSql: string): string {
  const entries = Object.entries(columns);
  const wire = Object.fromEntries(entries.map(([name, { type }]) => [name, wireType(type)]));
  const typed = entries.map(([name, column]) => {
    const quoted = dialect.identifier(name);
    return `${fromWire(dialect, `item.${quoted}`, column)} AS ${quoted}`;
  });
  return `SELECT ${typed.join(', ')} FROM ${dialect.structsFromJson(jsonSql, wire)} AS items`;
}

const wireType = (type: Column['type']): 'STRING' | 'DOUBLE' | 'BOOLEAN' =>
  type === 'DOUBLE' || type === 'BOOLEAN' ? type : 'STRING';

function fromWire(dialect: Dialect, value: string, { type }: Column): string {
  if (type === 'BIGINT') return `CAST(${value} AS BIGINT)`;
  return type === 'TIMESTAMP' ? dialect.timestampOfMicros(`CAST(${value} AS BIGINT)`) : value;
}
