/**
 * Rows of tracelift's own tables, out of SQL and into it, exactly. Imports the table definitions and quoting.
 *
 * Out: the driver rounds BIGINT and shows times as text in a zone, so both are selected as text of an integer.
 * In: one JSON text per statement, parsed in SQL: no limit of parameters, and no value in the SQL text.
 */
import type { Column, Columns, RowOf, Table } from '../../../tables/table.js';
import { quoteName } from './quoting.js';
import { sqlTypes } from './ddl.js';

/** Select list for whole rows. `of`: a table alias, with its dot. */
export function selectColumns(columns: Columns, of = ''): string {
  return Object.entries(columns)
    .map(([name, column]) => `${exactText(`${of}${quoteName(name)}`, column)} AS ${quoteName(name)}`)
    .join(', ');
}

function exactText(value: string, { type }: Column): string {
  if (type === 'TIMESTAMP') return `CAST(unix_micros(${value}) AS STRING)`;
  return type === 'BIGINT' ? `CAST(${value} AS STRING)` : value;
}

/** Turns a row that {@link selectColumns} asked for into one of the table's. */
export function readRow<T extends Table>(table: T, row: Readonly<Record<string, unknown>>): RowOf<T> {
  const entries = Object.entries(table.columns).map(([name, column]) => [name, readValue(row[name], column)]);
  return Object.fromEntries(entries) as RowOf<T>;
}

function readValue(value: unknown, { type }: Column): unknown {
  if (value === null || value === undefined) return null;
  return type === 'BIGINT' || type === 'TIMESTAMP' ? exactInteger(value) : value;
}

/** A number where that is exact, else a bigint. */
function exactInteger(value: unknown): number | bigint {
  const exact = BigInt(value as string | number);
  const isSafe = exact <= BigInt(Number.MAX_SAFE_INTEGER) && exact >= BigInt(Number.MIN_SAFE_INTEGER);
  return isSafe ? Number(exact) : exact;
}

/** Text of rows for {@link rowsFromJson}: integers and times as text, so that no JSON parser rounds them. */
export function rowsJson(columns: Columns, rows: readonly Readonly<Record<string, unknown>>[]): string {
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

/** A relation of typed rows out of the parameter `:rows`. */
export function rowsFromJson(columns: Columns): string {
  const entries = Object.entries(columns);
  const wire = entries.map(([name, { type }]) => `${quoteName(name)}: ${wireType(type)}`).join(', ');
  const typed = entries.map(([name, column]) => `${fromWire(`item.${quoteName(name)}`, column)} AS ${quoteName(name)}`);
  return `SELECT ${typed.join(', ')} FROM (SELECT explode(from_json(:rows, 'ARRAY<STRUCT<${wire}>>')) AS item)`;
}

const wireType = (type: Column['type']): string =>
  type === 'BIGINT' || type === 'TIMESTAMP' ? 'STRING' : sqlTypes[type];

function fromWire(value: string, { type }: Column): string {
  if (type === 'BIGINT') return `CAST(${value} AS BIGINT)`;
  return type === 'TIMESTAMP' ? `timestamp_micros(CAST(${value} AS BIGINT))` : value;
}

/** A relation of one text column out of a parameter that holds a JSON array of texts. */
export const textsFromJson = (parameter: string, column: string): string =>
  `SELECT explode(from_json(:${parameter}, 'ARRAY<STRING>')) AS ${quoteName(column)}`;
