/** Creates, checks and upgrades the tables of one DuckDB file. Imports the tables, the database and its SQL. */
import { schemaVersion, type TableRole, tables } from '../../tables/index.js';
import { dynamicColumnsIn } from '../../tables/plan-columns.js';
import { planSchema, readSchemaVersion, type TablePlan } from '../../tables/plan-schema.js';
import type { DynamicColumn, ExistingColumn } from '../../tables/table.js';
import type { DuckDbDatabase, DuckDbSession } from './database.js';
import { Reads } from '../sql/reads.js';
import { viewQueries } from '../sql/views.js';
import { duckDbDialect } from './sql/dialect.js';
import { sqlNamesOf } from './sql/names.js';
import { changeTable, createTable, createView, listColumns } from './sql/schema.js';
import { columnTypeOf } from './sql/types.js';
import type { PreparedTables } from '../warehouse.js';

export type TableNames = Readonly<Record<TableRole, string>>;

const roles = Object.keys(tables) as TableRole[];

/**
 * Creates and upgrades the tables, all in one transaction: a second process never sees half of it.
 * @throws WarehouseSchemaNewer, TableShapeDiffers
 */
export function prepareTables(database: DuckDbDatabase, names: TableNames): Promise<PreparedTables> {
  return database.transaction(async (session) => {
    const existing = await existingColumns(session);
    const found = {
      columns: new Map(roles.map((role) => [role, existing.get(names[role]) ?? null])),
      version: existing.has(names.meta) ? await readVersion(session, names, database.path) : null,
      location: database.path,
      nameOf: (role: TableRole) => names[role],
    };
    const plans = planSchema(found, false);
    for (const statement of plans.flatMap((plan) => statementsOf(names, plan))) await session.run(statement);
    await createViews(session, names);
    if (found.version !== schemaVersion) await writeVersion(session, names);
    return {
      created: plans.filter(({ isNew }) => isNew).map(({ role }) => names[role]),
      upgradedFrom: found.version === schemaVersion ? null : found.version,
    };
  });
}

const statementsOf = (names: TableNames, { role, isNew, changes }: TablePlan): string[] =>
  isNew ? createTable(names[role], tables[role]) : changes.flatMap((change) => changeTable(names[role], change));

/** Columns of every table and view, by its name. */
export async function existingColumns(session: DuckDbSession): Promise<Map<string, ExistingColumn[]>> {
  const byTable = new Map<string, ExistingColumn[]>();
  for (const row of await session.rows<ListedColumn>(listColumns)) {
    const { table_name, column_name: name, data_type: sqlType, is_nullable: nullable, comment } = row;
    const column = { name, type: columnTypeOf(sqlType), sqlType, nullable, comment: comment ?? '' };
    byTable.set(table_name, [...(byTable.get(table_name) ?? []), column]);
  }
  return byTable;
}

interface ListedColumn {
  readonly table_name: string;
  readonly column_name: string;
  readonly data_type: string;
  readonly is_nullable: boolean;
  readonly comment: string | null;
}

/** Gold's metric and dimension columns, as they are, sorted by name. */
export async function dynamicColumnsOf(session: DuckDbSession, gold: string): Promise<DynamicColumn[]> {
  return dynamicColumnsIn((await existingColumns(session)).get(gold) ?? []);
}

/** Makes the views anew: their columns are fixed when they are made. */
export async function createViews(session: DuckDbSession, names: TableNames): Promise<void> {
  const dynamic = await dynamicColumnsOf(session, names.gold);
  for (const query of viewQueries(duckDbDialect, sqlNamesOf(names), dynamic)) {
    for (const statement of createView(query)) await session.run(statement);
  }
}

async function readVersion(session: DuckDbSession, names: TableNames, path: string): Promise<number | null> {
  const { sql } = readsOf(names).meta();
  const rows = await session.rows<{ name: string; value: string }>(sql);
  return readSchemaVersion(rows.find(({ name }) => name === 'schema_version')?.value, path);
}

async function writeVersion(session: DuckDbSession, names: TableNames): Promise<void> {
  const { sql, parameters } = readsOf(names).upsertMeta('schema_version', String(schemaVersion));
  await session.run(sql, parameters);
}

const readsOf = (names: TableNames): Reads => new Reads(duckDbDialect, sqlNamesOf(names));
