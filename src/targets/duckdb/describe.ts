/** What tables and views a DuckDB file has. Imports the tables, the database and its SQL. */
import { type TableRole, tables } from '../../tables/index.js';
import type { Columns, ExistingColumn } from '../../tables/table.js';
import { type ViewColumn, views } from '../../tables/views.js';
import type { TableDescription } from '../warehouse.js';
import type { DuckDbDatabase } from './database.js';
import { existingColumns, type TableNames } from './prepare.js';
import { qualifiedName } from './sql/names.js';
import { countRows, listRelations } from './sql/schema.js';

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
      columns: found === undefined ? asListed(columns) : asColumns(found, columns),
      rows: found === undefined ? null : await rowsOf(database, name),
    });
  }
  const isMonitor = (name: string): boolean => name.startsWith(`${names.gold}_`) && name.endsWith('_metrics');
  for (const { name, comment, is_view } of await database.rows<Relation>(listRelations)) {
    if (!is_view && !isMonitor(name)) continue;
    const defined = views.find((view) => is_view && view.name === name)?.columns ?? {};
    const columns = asColumns(existing.get(name) ?? [], defined);
    // To count the rows of a view would be to compute it.
    const rows = is_view ? null : await rowsOf(database, name);
    described.push({ role: is_view ? 'view' : 'monitor', name, comment, columns, rows });
  }
  return described;
}

/** Of a table or a view. */
type Defined = Readonly<Record<string, ViewColumn>>;

type DescribedColumn = TableDescription['columns'][number];

const asListed = (columns: Columns): DescribedColumn[] =>
  Object.entries(columns).map(([name, column]) => ({ name, ...column }));

/** In the order of the definition, others behind. What DuckDB does not know of a type (JSON) comes from there too. */
function asColumns(found: readonly ExistingColumn[], defined: Defined): DescribedColumn[] {
  const places = new Map(Object.keys(defined).map((name, place) => [name, place]));
  const placeOf = ({ name }: ExistingColumn): number => places.get(name) ?? places.size;
  return found
    .toSorted((left, right) => placeOf(left) - placeOf(right))
    .map(({ name, type, nullable, comment }) => ({
      ...{ name, nullable, comment },
      type: defined[name]?.type ?? type ?? 'STRING',
    }));
}

async function rowsOf(database: DuckDbDatabase, name: string): Promise<number> {
  const [row] = await database.rows<{ rows: number }>(countRows(qualifiedName(name)));
  return row?.rows ?? 0;
}
