/** Writes one row of a table of our own bookkeeping. Imports the table definitions, the dialect and the fragments. */
import type { Table } from '../../tables/table.js';
import type { Dialect, SqlParameter } from './dialect.js';
import { insertRow, mergeStatement, updateSet } from './fragments.js';
import { rowsFromJson, rowsJson, type SqlRow } from './rows.js';

/** Inserts a row, or replaces the one with its key. */
export function upsert(
  dialect: Dialect,
  table: Table,
  sqlName: string,
  row: SqlRow,
): { sql: string; parameters: Record<string, SqlParameter> } {
  const assignments = Object.keys(table.columns).map((column) => {
    const quoted = dialect.identifier(column);
    return [quoted, `s.${quoted}`] as const;
  });
  const source = rowsFromJson(dialect, table.columns, dialect.parameter('rows'));
  return {
    sql: mergeStatement(sqlName, source, table.key, [
      { when: 'MATCHED', then: updateSet(assignments) },
      { when: 'NOT MATCHED', then: insertRow(assignments) },
    ]),
    parameters: { rows: rowsJson(table.columns, [row]) },
  };
}
