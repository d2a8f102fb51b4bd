/**
 * The tables in Unity Catalog as they are: creating, checking, adding columns, views. Imports the tables, the SQL client
 * and its SQL.
 */
import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { TraceliftError } from '../../errors/index.js';
import { schemaVersion, tables, type TableRole } from '../../tables/index.js';
import { dynamicColumnsIn } from '../../tables/plan-columns.js';
import { planSchema, readSchemaVersion, type TablePlan } from '../../tables/plan-schema.js';
import type { DynamicColumn, ExistingColumn, StoredType } from '../../tables/table.js';
import type { Log } from '../../log.js';
import { retryConflicts } from './conflicts.js';
import type { SqlClient } from './sql-client.js';
import { textOf } from '../sql/read-rows.js';
import type { SqlRow } from '../sql/rows.js';
import { Reads } from '../sql/reads.js';
import { viewQueries } from '../sql/views.js';
import * as ddl from './sql/ddl.js';
import { sparkDialect } from './sql/dialect.js';
import { type Place, tablesOf } from './sql/names.js';
import type { PreparedTables } from '../warehouse.js';

/** What the parts of the warehouse share. */
export interface WarehouseContext {
  readonly sql: SqlClient;
  readonly place: Place;
  /** Host, catalog and schema, for messages. */
  readonly location: string;
  readonly log: Log;
}

const roles = Object.keys(tables) as TableRole[];

/** Statements in flight at once while preparing. */
const maxParallel = 4;

/**
 * Creates and upgrades the tables in an order that a crash may interrupt anywhere: the version is written last, and
 * nothing is written before every table was looked at. `adopt`: adds columns that tables of others lack instead of
 * refusing them.
 * @throws WarehouseSchemaNewer, TableShapeDiffers
 */
export async function prepareTables(context: WarehouseContext, adopt: boolean): Promise<PreparedTables> {
  const { place, location } = context;
  await ensureSchemas(context);
  const columns = await existingTables(context);
  const meta = columns.get('meta') === null ? new Map<string, string>() : await readMeta(context);
  const version = readSchemaVersion(meta.get('schema_version'), location);
  const found = { columns, version, location, nameOf: (role: TableRole) => place.plainTable(role) };
  const plans = planSchema(found, adopt);
  const limit = pLimit(maxParallel);
  await Promise.all(plans.map((plan) => limit(() => executePlan(context, plan))));
  await refreshViews(context, meta.get('views'));
  if (version !== schemaVersion) await writeMeta(context, 'schema_version', String(schemaVersion));
  return {
    created: plans.filter(({ isNew }) => isNew).map(({ role }) => place.plainTable(role)),
    upgradedFrom: version === schemaVersion ? null : version,
  };
}

async function ensureSchemas({ sql, place }: WarehouseContext): Promise<void> {
  for (const schema of new Set([place.schema, place.textSchema])) {
    const doing = `finding the schema ${place.catalog}.${schema}`;
    try {
      await sql.run(ddl.describeSchema(place.catalog, schema), { doing });
    } catch (failure) {
      if (!isMissing(failure)) throw failure;
      const create = ddl.createSchema(place.catalog, schema);
      await retryConflicts(() => sql.run(create, { doing: `creating the schema ${schema}` }));
    }
  }
}

const isMissing = (failure: unknown): boolean =>
  failure instanceof TraceliftError && failure.code === 'WarehouseObjectMissing';

/** Columns by role; null for a table that does not exist. */
async function existingTables(context: WarehouseContext): Promise<Map<TableRole, ExistingColumn[] | null>> {
  const limit = pLimit(maxParallel);
  const found = await Promise.all(
    roles.map((role) => limit(async () => [role, await columnsOfTable(context, context.place.table(role))] as const)),
  );
  return new Map(found);
}

/** Columns of a table or view; null where it does not exist. `name`: quoted. */
export async function columnsOfTable(
  { sql }: Pick<WarehouseContext, 'sql'>,
  name: string,
): Promise<ExistingColumn[] | null> {
  try {
    return readDescription(await sql.run(ddl.describeTable(name), { doing: `describing ${name}` }));
  } catch (failure) {
    if (isMissing(failure)) return null;
    throw failure;
  }
}

/** Clustering and partition columns follow behind an empty name or one that begins with `#`. */
function readDescription(rows: readonly SqlRow[]): ExistingColumn[] {
  const end = rows.findIndex((row) => /^(?:$|#)/.test(textOf(row, 'col_name')));
  return (end === -1 ? rows : rows.slice(0, end)).map((row) => {
    const sqlType = textOf(row, 'data_type').toUpperCase();
    const comment = textOf(row, 'comment');
    // DESCRIBE does not tell which columns may be NULL.
    return { name: textOf(row, 'col_name'), sqlType, type: columnTypeOf(sqlType), nullable: true, comment };
  });
}

function columnTypeOf(sqlType: string): StoredType | null {
  const known = ['STRING', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'TIMESTAMP'] as const;
  return known.find((type) => type === sqlType) ?? null;
}

/** Gold's metric and dimension columns as they are. */
export async function dynamicColumnsOf(context: WarehouseContext): Promise<DynamicColumn[]> {
  return dynamicColumnsIn((await columnsOfTable(context, context.place.table('gold'))) ?? []);
}

/** Adds columns to gold in one statement and makes the views anew. A column that appeared meanwhile is fine. */
export async function addDynamicColumns(context: WarehouseContext, wanted: readonly DynamicColumn[]): Promise<void> {
  const gold = context.place.table('gold');
  await retryConflicts(async () => {
    const present = new Set(((await columnsOfTable(context, gold)) ?? []).map(({ name }) => name.toLowerCase()));
    const missing = wanted.filter(({ name }) => !present.has(name.toLowerCase()));
    if (missing.length === 0) return;
    await context.sql.run(ddl.addColumns(gold, missing), { doing: 'adding metric columns to the gold table' });
  });
  await refreshViews(context, undefined);
}

async function readMeta({ sql, place }: WarehouseContext): Promise<Map<string, string>> {
  const statement = readsOf(place).meta();
  const rows = await sql.run(statement.sql, statement);
  return new Map(rows.map((row) => [textOf(row, 'name'), textOf(row, 'value')]));
}

async function writeMeta({ sql, place }: WarehouseContext, name: string, value: string): Promise<void> {
  const statement = readsOf(place).upsertMeta(name, value);
  await retryConflicts(() => sql.run(statement.sql, statement));
}

/** The statements over the tables of a place. */
export const readsOf = (place: Place): Reads => new Reads(sparkDialect, tablesOf(place));

async function executePlan(context: WarehouseContext, { role, isNew, changes }: TablePlan): Promise<void> {
  if (isNew) return createTable(context, role);
  const { sql, place } = context;
  const doing = `upgrading the table ${place.plainTable(role)}`;
  for (const statement of ddl.changeTable(place.table(role), changes)) {
    await retryConflicts(() => sql.run(statement, { doing }));
  }
}

async function createTable({ sql, place, log }: WarehouseContext, role: TableRole): Promise<void> {
  const table = place.plainTable(role);
  await retryConflicts(() => sql.run(ddl.createTable(role, place), { doing: `creating the table ${table}` }));
  for (const statement of ddl.describeToCatalog(role, place)) {
    // Tags and informational keys help readers only, and need rights of their own.
    await sql.run(statement, { doing: `describing the table ${table} to the catalog` }).catch((failure: unknown) => {
      log.warn('The catalog takes no tag or key', { table, code: codeOf(failure) });
    });
  }
}

const codeOf = (failure: unknown): string => (failure instanceof TraceliftError ? failure.code : 'unknown');

/** `known`: digest of the views as they were made last; they are left alone when nothing changed. */
async function refreshViews(context: WarehouseContext, known: string | undefined): Promise<void> {
  const { sql, place } = context;
  const tables = { gold: place.table('gold'), spans: place.table('spans'), raw: place.table('raw') };
  const queries = viewQueries(sparkDialect, tables, await dynamicColumnsOf(context));
  const statements = queries.map((query) => ddl.createView(place, query));
  const digest = JSON.stringify(createHash('sha256').update(statements.join('\n')).digest('hex'));
  if (digest === known) return;
  for (const statement of statements) {
    await retryConflicts(() => sql.run(statement, { doing: 'making the views' }));
  }
  await writeMeta(context, 'views', digest);
}
