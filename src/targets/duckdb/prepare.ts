/** Creates, checks and upgrades the tables of one DuckDB file. Imports domain, the database and its SQL. */
import { TraceliftError } from '../../errors/index.js';
import { schemaVersion, type TableRole, tables } from '../../tables/index.js';
import { isDynamicColumn } from '../../tables/plan-columns.js';
import type { ColumnType, DynamicColumn } from '../../tables/table.js';
import type { DuckDbDatabase, DuckDbSession } from './database.js';
import { sqlNamesOf } from './sql/names.js';
import { createTable, listColumns } from './sql/schema.js';
import { columnTypeOf } from './sql/types.js';
import { createView, viewsOver } from './sql/views.js';

export type TableNames = Readonly<Record<TableRole, string>>;

/** A column as the file has it. */
export interface ExistingColumn {
  readonly column_name: string;
  readonly data_type: string;
  readonly is_nullable: boolean;
  readonly comment: string | null;
}

/**
 * Brings tables from version `from` to `from + 1`. Statements run in the order of the list, inside one transaction with
 * the new version number.
 */
export interface Migration {
  readonly from: number;
  readonly statements: (names: TableNames) => readonly string[];
}

/** The version that tables shall have, and the ways to it. */
export interface SchemaPlan {
  readonly version: number;
  readonly migrations: readonly Migration[];
}

/** No migration yet: version 1 is the first one. */
const currentSchema: SchemaPlan = { version: schemaVersion, migrations: [] };

const roles = Object.keys(tables) as TableRole[];

/** Everything in one transaction: a second process never sees half of it. */
export function prepareTables(
  database: DuckDbDatabase,
  names: TableNames,
  schema: SchemaPlan = currentSchema,
): Promise<{ created: string[]; upgradedFrom: number | null }> {
  return database.transaction(async (session) => {
    const version = await readVersion(session, names, database.path, schema.version);
    if (version !== null) await migrate(session, names, version, schema.migrations);
    const created: string[] = [];
    for (const role of roles) {
      if (await ensureTable(session, role, names, database.path)) created.push(names[role]);
    }
    await createViews(session, names);
    if (version !== schema.version) await writeVersion(session, names, schema.version);
    return { created, upgradedFrom: version === schema.version ? null : version };
  });
}

/** Columns of every table and view, by its name. */
export async function existingColumns(session: DuckDbSession): Promise<Map<string, ExistingColumn[]>> {
  const byTable = new Map<string, ExistingColumn[]>();
  for (const row of await session.rows<ExistingColumn & { table_name: string }>(listColumns)) {
    const { table_name, ...column } = row;
    byTable.set(table_name, [...(byTable.get(table_name) ?? []), column]);
  }
  return byTable;
}

/** Gold's metric and dimension columns, as they are, sorted by name. */
export async function dynamicColumnsOf(session: DuckDbSession, gold: string): Promise<DynamicColumn[]> {
  const columns = (await existingColumns(session)).get(gold) ?? [];
  return columns.flatMap(({ column_name, data_type, comment }) => {
    const type = columnTypeOf(data_type);
    if (type === null || !isDynamicColumn(column_name)) return [];
    return [{ name: column_name, type, comment: comment ?? '' }];
  });
}

/** Makes the views anew: their columns are fixed when they are made. */
export async function createViews(session: DuckDbSession, names: TableNames): Promise<void> {
  const dynamic = await dynamicColumnsOf(session, names.gold);
  for (const view of viewsOver(sqlNamesOf(names), dynamic)) {
    for (const statement of createView(view)) await session.run(statement);
  }
}

async function readVersion(
  session: DuckDbSession,
  names: TableNames,
  path: string,
  known: number,
): Promise<number | null> {
  if (!(await existingColumns(session)).has(names.meta)) return null;
  const [row] = await session.rows<{ value: string }>(
    `SELECT value FROM ${sqlNamesOf(names).meta} WHERE name = 'schema_version'`,
  );
  if (row === undefined) return null;
  const found = Number(row.value);
  if (!Number.isInteger(found) || found > known) {
    throw new TraceliftError('WarehouseSchemaNewer', { path, found: row.value, known });
  }
  return found;
}

async function migrate(
  session: DuckDbSession,
  names: TableNames,
  version: number,
  migrations: readonly Migration[],
): Promise<void> {
  const due = migrations.filter(({ from }) => from >= version).sort((left, right) => left.from - right.from);
  for (const statement of due.flatMap(({ statements }) => statements(names))) await session.run(statement);
}

async function writeVersion(session: DuckDbSession, names: TableNames, version: number): Promise<void> {
  const { meta } = sqlNamesOf(names);
  await session.run(`DELETE FROM ${meta} WHERE name = 'schema_version'`);
  await session.run(`INSERT INTO ${meta} (name, value, updated_at) VALUES ('schema_version', ?, current_timestamp)`, [
    String(version),
  ]);
}

/** Returns whether the table was made. @throws TableShapeDiffers */
async function ensureTable(session: DuckDbSession, role: TableRole, names: TableNames, path: string): Promise<boolean> {
  const existing = (await existingColumns(session)).get(names[role]);
  if (existing === undefined) {
    for (const statement of createTable(names[role], tables[role])) await session.run(statement);
    return true;
  }
  const problems = shapeProblems(existing, tables[role].columns);
  if (problems.length === 0) return false;
  throw new TraceliftError('TableShapeDiffers', { table: names[role], path, problems: problems.join('; ') });
}

/** Columns that others added are fine: nothing here touches them. */
function shapeProblems(
  existing: readonly ExistingColumn[],
  wanted: Readonly<Record<string, { readonly type: ColumnType }>>,
): string[] {
  const types = new Map(existing.map(({ column_name, data_type }) => [column_name, data_type]));
  return Object.entries(wanted).flatMap(([name, { type }]) => {
    const found = types.get(name);
    if (found === undefined) return [`column ${name} is missing`];
    const expected = type === 'JSON' ? 'STRING' : type;
    return columnTypeOf(found) === expected ? [] : [`column ${name} is ${found}`];
  });
}
