/** Statements that make and change tables. Imports the table definitions and quoting. */
import { tables, type TableRole } from '../../../tables/index.js';
import type { Column, Columns, ColumnType, DynamicColumn } from '../../../tables/table.js';
import type { Place } from './names.js';
import { quoteConstant, quoteName } from './quoting.js';

/** Types of Delta for ours. */
export const sqlTypes: Readonly<Record<ColumnType, string>> = {
  STRING: 'STRING',
  JSON: 'STRING',
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP',
};

const columnDefinition = (name: string, { type, nullable, comment }: Column): string =>
  `${quoteName(name)} ${sqlTypes[type]}${nullable ? '' : ' NOT NULL'} COMMENT ${quoteConstant(comment)}`;

/** Tables that are read by time are clustered by it; keys alone would spread every commit over all files. */
const clusteredBy: Partial<Readonly<Record<TableRole, string>>> = {
  raw: 'start_time',
  gold: 'start_time',
  spans: 'start_time',
};

/** `delta.enableChangeDataFeed`: the quality monitor then reads only what changed. */
export function createTable(role: TableRole, place: Place): string {
  const { columns, comment }: { columns: Columns; comment: string } = tables[role];
  const definitions = Object.entries(columns).map(([name, column]) => columnDefinition(name, column));
  const cluster = clusteredBy[role];
  return [
    `CREATE TABLE IF NOT EXISTS ${place.table(role)} (`,
    `  ${definitions.join(',\n  ')}`,
    `) USING DELTA`,
    ...(cluster === undefined ? [] : [`CLUSTER BY (${quoteName(cluster)})`]),
    `COMMENT ${quoteConstant(comment)}`,
    `TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')`,
  ].join('\n');
}

/** One statement for all columns. A column that exists already fails it (SQLSTATE 42710). */
export function addColumns(table: string, columns: readonly DynamicColumn[]): string {
  const definitions = columns.map(({ name, type, comment }) =>
    columnDefinition(name, { type, nullable: true, comment }),
  );
  return `ALTER TABLE ${table} ADD COLUMNS (${definitions.join(', ')})`;
}

/** What only Databricks has: an informational key and a tag that says which tool owns the table. */
export function describeToCatalog(role: TableRole, place: Place): string[] {
  const { key, name } = tables[role];
  const table = place.table(role);
  return [
    `ALTER TABLE ${table} SET TAGS ('tracelift' = ${quoteConstant(role)})`,
    `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(`${name}_key`)} PRIMARY KEY (${key.map((column) => quoteName(column)).join(', ')})`,
  ];
}

export const describeTable = (table: string): string => `DESCRIBE TABLE ${table}`;

export const describeSchema = (catalog: string, schema: string): string =>
  `DESCRIBE SCHEMA ${quoteName(catalog, schema)}`;

export const createSchema = (catalog: string, schema: string): string =>
  `CREATE SCHEMA IF NOT EXISTS ${quoteName(catalog, schema)}`;
