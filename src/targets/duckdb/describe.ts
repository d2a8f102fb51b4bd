/** What tables and views a DuckDB file has. Imports domain, the database and its SQL. */
import { type TableRole, tables } from '../../tables/index.js';
import type { Columns, ExistingColumn } from '../../tables/table.js';
import type { TableDescription } from '../warehouse.js';
import type { DuckDbDatabase } from './database.js';
import { existingColumns, type TableNames } from './prepare.js';
import { qualifiedName } from './sql/names.js';
import { countRows } from './sql/reads.js';
import { listRelations } from './sql/schema.js';

interface Relation {
  readonly name: string;
  readonly comment: string;
  readonly is_view: boolean;
}

/** Every table by its role, also those that do not exist yet, then the monitor's tables and the views that exist. */
export async function describeTables(database: DuckDbDatabase, names: TableNames): Promise<TableDescription[]> {
  const existing = await existingColumns(database);
  const described: TableDescription[] = [];
  for (const role of Object.keys(tables) as TableRole[]) {
    const name = names[role];
    const { comment, columns } = tables[role];
    const found = existing.get(name);
    described.push({
      role,
      name,
      comment,
      columns: found === undefined ? asListed(columns) : found.map((column) => asColumn(column, columns)),
      rows: found === undefined ? null : await rowsOf(database, name),
    });
  }
  const isMonitor = (name: string): boolean => name.startsWith(`${names.gold}_`) && name.endsWith('_metrics');
  for (const { name, comment, is_view } of await database.rows<Relation>(listRelations)) {
    if (!is_view && !isMonitor(name)) continue;
    const columns = (existing.get(name) ?? []).map((column) => asColumn(column, {}));
    // To count the rows of a view would be to compute it.
    const rows = is_view ? null : await rowsOf(database, name);
    described.push({ role: is_view ? 'view' : 'monitor', name, comment, columns, rows });
  }
  return described;
}

type DescribedColumn = TableDescription['columns'][number];

const asListed = (columns: Columns): DescribedColumn[] =>
  Object.entries(columns).map(([name, column]) => ({ name, ...column }));

/** JSON is text to DuckDB, so that word comes from the definition. */
function asColumn({ name, type, nullable, comment }: ExistingColumn, defined: Columns): DescribedColumn {
  return { name, type: defined[name]?.type ?? type ?? 'STRING', nullable, comment };
}

async function rowsOf(database: DuckDbDatabase, name: string): Promise<number> {
  const [row] = await database.rows<{ rows: number }>(countRows(qualifiedName(name)));
  return row?.rows ?? 0;
}
