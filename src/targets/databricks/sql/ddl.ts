/** Statements that make and change tables. Imports the table definitions and quoting. */
import { tables, type TableRole } from '../../../tables/index.js';
import type { TableChange } from '../../../tables/plan-schema.js';
import type { Column, Columns, ColumnType, DynamicColumn } from '../../../tables/table.js';
import type { ViewQuery } from '../../sql/views.js';
import type { Place } from './names.js';
import { quoteConstant, quoteName } from './quoting.js';

/** Types of Delta for ours. */
const sqlTypes: Readonly<Record<ColumnType, string>> = {
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

/**
 * The changes of one table, in their order, the new columns in one statement. Delta renames and drops columns only
 * where names are mapped to files: https://docs.databricks.com/aws/en/delta/column-mapping
 */
export function changeTable(table: string, changes: readonly TableChange[]): string[] {
  const added = changes.flatMap((change) => (change.kind === 'add' ? [change.column] : []));
  const others = changes.flatMap((change) => {
    switch (change.kind) {
      case 'rename':
        return [`ALTER TABLE ${table} RENAME COLUMN ${quoteName(change.from)} TO ${quoteName(change.to)}`];
      case 'drop':
        return [`ALTER TABLE ${table} DROP COLUMN ${quoteName(change.column)}`];
      case 'add':
        return [];
      case 'comment':
        return [commentOn(table, change.column, change.comment)];
    }
  });
  const needsMapping = changes.some(({ kind }) => kind === 'rename' || kind === 'drop');
  return [
    ...(needsMapping ? [`ALTER TABLE ${table} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')`] : []),
    ...others,
    ...(added.length > 0 ? [addColumns(table, added)] : []),
  ];
}

/** `column`: null for the table itself. */
const commentOn = (table: string, column: string | null, comment: string): string =>
  column === null
    ? `COMMENT ON TABLE ${table} IS ${quoteConstant(comment)}`
    : `ALTER TABLE ${table} ALTER COLUMN ${quoteName(column)} COMMENT ${quoteConstant(comment)}`;

export function createView(place: Place, { view, sql }: ViewQuery): string {
  const columns = Object.entries(view.columns).map(
    ([name, { comment }]) => `${quoteName(name)} COMMENT ${quoteConstant(comment)}`,
  );
  return `CREATE OR REPLACE VIEW ${place.view(view)} (${columns.join(', ')})
COMMENT ${quoteConstant(view.comment)} AS ${sql}`;
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
