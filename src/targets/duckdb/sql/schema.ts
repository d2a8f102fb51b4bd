/** Statements that create tables, columns and their comments. Imports the tables and the quoting only. */
import type { TableChange } from '../../../tables/plan-schema.js';
import type { DynamicColumn, Table } from '../../../tables/table.js';
import type { ViewQuery } from '../../sql/views.js';
import { identifier, qualifiedName, schemaOf, textConstant } from './names.js';
import { duckDbTypes } from './types.js';

/**
 * Creates a table with its comments. Without PRIMARY KEY: its index would have to be kept in memory and slows every
 * MERGE down, and MERGE by key already keeps rows unique.
 */
export function createTable(name: string, table: Table): string[] {
  const columns = Object.entries(table.columns).map(
    ([column, { type, nullable }]) => `${identifier(column)} ${duckDbTypes[type]}${nullable ? '' : ' NOT NULL'}`,
  );
  const sqlName = qualifiedName(name);
  const schema = schemaOf(name);
  return [
    ...(schema === null ? [] : [`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`]),
    `CREATE TABLE IF NOT EXISTS ${sqlName} (${columns.join(', ')})`,
    commentOn(name, null, table.comment),
    ...Object.entries(table.columns).map(([column, { comment }]) => commentOn(name, column, comment)),
  ];
}

export function addColumn(table: string, { name, type, comment }: DynamicColumn): string[] {
  return [
    `ALTER TABLE ${qualifiedName(table)} ADD COLUMN IF NOT EXISTS ${identifier(name)} ${duckDbTypes[type]}`,
    commentOn(table, name, comment),
  ];
}

/** One change of a table that exists. */
export function changeTable(table: string, change: TableChange): string[] {
  const alter = `ALTER TABLE ${qualifiedName(table)}`;
  switch (change.kind) {
    case 'rename':
      return [`${alter} RENAME COLUMN ${identifier(change.from)} TO ${identifier(change.to)}`];
    case 'drop':
      return [`${alter} DROP COLUMN ${identifier(change.column)}`];
    case 'add':
      return addColumn(table, change.column);
    case 'comment':
      return [commentOn(table, change.column, change.comment)];
  }
}

/** `column`: null for the table itself. */
function commentOn(table: string, column: string | null, comment: string): string {
  const sqlName = qualifiedName(table);
  const subject = column === null ? `TABLE ${sqlName}` : `COLUMN ${sqlName}.${identifier(column)}`;
  return `COMMENT ON ${subject} IS ${textConstant(comment)}`;
}

export function createView({ view, sql }: ViewQuery): string[] {
  const names = Object.keys(view.columns).map(identifier);
  return [
    `CREATE OR REPLACE VIEW ${identifier(view.name)} (${names.join(', ')}) AS ${sql}`,
    `COMMENT ON VIEW ${identifier(view.name)} IS ${textConstant(view.comment)}`,
    ...Object.entries(view.columns).map(([column, { comment }]) => commentOn(view.name, column, comment)),
  ];
}

/** Columns of all tables and views, sorted by name: `table_name` with its schema where that is not the default one. */
export const listColumns = `
SELECT CASE WHEN schema_name = 'main' THEN table_name ELSE schema_name || '.' || table_name END AS table_name,
  column_name, data_type, is_nullable, comment
FROM duckdb_columns() WHERE NOT internal AND database_name = current_database() ORDER BY ALL`;

/** Names of all tables and views, likewise, with their comments. */
export const listRelations = `
SELECT CASE WHEN schema_name = 'main' THEN name ELSE schema_name || '.' || name END AS name,
  coalesce(comment, '') AS comment, is_view
FROM (
  SELECT schema_name, view_name AS name, comment, TRUE AS is_view FROM duckdb_views()
  WHERE NOT internal AND database_name = current_database()
  UNION ALL
  SELECT schema_name, table_name, comment, FALSE FROM duckdb_tables()
  WHERE NOT internal AND database_name = current_database()
) ORDER BY is_view, name`;

export const countRows = (table: string): string => `SELECT count(*) AS rows FROM ${table}`;
