/**
 * The tables in Unity Catalog as they are: creating, checking, adding columns, views. Imports domain, the SQL client
 * and its SQL.
 */
import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { TraceliftError } from '../../errors/index.js';
import { schemaVersion, tables, type TableRole } from '../../tables/index.js';
import { isDynamicColumn } from '../../tables/plan-columns.js';
import { metaTable } from '../../tables/bookkeeping.js';
import type { Columns, ColumnType, DynamicColumn } from '../../tables/table.js';
import type { Log } from '../../log.js';
import { retryConflicts } from './conflicts.js';
import { textOf, type SqlClient, type SqlRow } from './sql-client.js';
import * as ddl from './sql/ddl.js';
import type { Place } from './sql/names.js';
import * as reads from './sql/reads.js';
import { rowsJson } from './sql/rows.js';
import { createView, viewsOver } from './sql/views.js';

/** What the parts of the warehouse share. */
export interface WarehouseContext {
  readonly sql: SqlClient;
  readonly place: Place;
  /** Host, catalog and schema, for messages. */
  readonly location: string;
  readonly log: Log;
}

/** A column as the table has it; null for a type that tracelift never makes. */
export interface ExistingColumn {
  readonly name: string;
  readonly sqlType: string;
  readonly type: Exclude<ColumnType, 'JSON'> | null;
  readonly comment: string;
}

const roles = Object.keys(tables) as TableRole[];

/** Statements in flight at once while preparing. */
const maxParallel = 4;

/**
 * Creates what is missing, in an order that a crash may interrupt anywhere: the version is written last. `adopt`: adds
 * columns that an existing table lacks instead of refusing it.
 * @throws WarehouseSchemaNewer, TableShapeDiffers
 */
export async function prepareTables(
  context: WarehouseContext,
  adopt: boolean,
): Promise<{ created: string[]; upgradedFrom: number | null }> {
  await ensureSchemas(context);
  const existing = await existingTables(context);
  const meta = existing.get('meta') === null ? new Map<string, string>() : await readMeta(context);
  const version = checkedVersion(context, meta.get('schema_version'));
  const isOlder = version !== null && version < schemaVersion;
  const steps = roles.map((role) => planTable(context, role, existing.get(role) ?? null, adopt || isOlder));
  const limit = pLimit(maxParallel);
  const made = await Promise.all(steps.map((step) => limit(() => makeTable(context, step))));
  await refreshViews(context, meta.get('views'));
  if (version !== schemaVersion) await writeMeta(context, 'schema_version', String(schemaVersion));
  return { created: made.filter((name) => name !== null), upgradedFrom: isOlder ? version : null };
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
    roles.map((role) => limit(async () => [role, await columnsOf(context, context.place.table(role))] as const)),
  );
  return new Map(found);
}

/** Columns of a table or view; null where it does not exist. `name`: quoted. */
export async function columnsOf(
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
    return { name: textOf(row, 'col_name'), sqlType, type: columnTypeOf(sqlType), comment };
  });
}

function columnTypeOf(sqlType: string): Exclude<ColumnType, 'JSON'> | null {
  const known = ['STRING', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'TIMESTAMP'] as const;
  return known.find((type) => type === sqlType) ?? null;
}

/** Gold's metric and dimension columns as they are. */
export async function dynamicColumnsOf(context: WarehouseContext): Promise<DynamicColumn[]> {
  const columns = (await columnsOf(context, context.place.table('gold'))) ?? [];
  return columns.flatMap(({ name, type, comment }) =>
    type !== null && isDynamicColumn(name) ? [{ name, type, comment }] : [],
  );
}

/** Adds columns to gold in one statement and makes the views anew. A column that appeared meanwhile is fine. */
export async function addDynamicColumns(context: WarehouseContext, wanted: readonly DynamicColumn[]): Promise<void> {
  const gold = context.place.table('gold');
  await retryConflicts(async () => {
    const present = new Set(((await columnsOf(context, gold)) ?? []).map(({ name }) => name.toLowerCase()));
    const missing = wanted.filter(({ name }) => !present.has(name.toLowerCase()));
    if (missing.length === 0) return;
    await context.sql.run(ddl.addColumns(gold, missing), { doing: 'adding metric columns to the gold table' });
  });
  await refreshViews(context, undefined);
}

async function readMeta({ sql, place }: WarehouseContext): Promise<Map<string, string>> {
  const rows = await sql.run(reads.readMeta(place), { doing: 'reading the schema version' });
  return new Map(rows.map((row) => [textOf(row, 'name'), textOf(row, 'value')]));
}

async function writeMeta({ sql, place }: WarehouseContext, name: string, value: string): Promise<void> {
  const rows = rowsJson(metaTable.columns, [{ name, value, updated_at: Date.now() * 1000 }]);
  const options = { doing: 'writing the schema version', parameters: { rows } };
  await retryConflicts(() => sql.run(reads.upsertMeta(place), options));
}

function checkedVersion({ location }: WarehouseContext, text: string | undefined): number | null {
  if (text === undefined) return null;
  const found = Number(text);
  if (Number.isInteger(found) && found <= schemaVersion) return found;
  throw new TraceliftError('WarehouseSchemaNewer', { path: location, found: text, known: schemaVersion });
}

/** What is to be done for one table. */
interface TableStep {
  readonly role: TableRole;
  readonly isNew: boolean;
  readonly missing: readonly DynamicColumn[];
}

/** Nothing is written before every table was looked at. @throws TableShapeDiffers */
function planTable(
  { place, location }: WarehouseContext,
  role: TableRole,
  existing: readonly ExistingColumn[] | null,
  adopt: boolean,
): TableStep {
  if (existing === null) return { role, isNew: true, missing: [] };
  const { problems, missing } = compareShape(existing, tables[role].columns);
  if (problems.length > 0 || (missing.length > 0 && !adopt)) {
    const all = [...problems, ...missing.map(({ name }) => `column ${name} is missing`)];
    const table = place.plainTable(role);
    throw new TraceliftError('TableShapeDiffers', { table, path: location, problems: all.join('; ') });
  }
  return { role, isNew: false, missing };
}

/** Returns the name of a table that was made, else null. */
async function makeTable(context: WarehouseContext, { role, isNew, missing }: TableStep): Promise<string | null> {
  const { sql, place, log } = context;
  const table = place.plainTable(role);
  if (!isNew) {
    if (missing.length > 0) {
      const doing = `adding columns to the table ${table}`;
      await retryConflicts(() => sql.run(ddl.addColumns(place.table(role), missing), { doing }));
    }
    return null;
  }
  await retryConflicts(() => sql.run(ddl.createTable(role, place), { doing: `creating the table ${table}` }));
  for (const statement of ddl.describeToCatalog(role, place)) {
    // Tags and informational keys help readers only, and need rights of their own.
    await sql.run(statement, { doing: `describing the table ${table} to the catalog` }).catch((failure: unknown) => {
      log.warn('The catalog takes no tag or key', { table, code: codeOf(failure) });
    });
  }
  return table;
}

const codeOf = (failure: unknown): string => (failure instanceof TraceliftError ? failure.code : 'unknown');

/** Columns that others added are fine: nothing here touches them. Names match whatever their case, as in the catalog. */
function compareShape(
  existing: readonly ExistingColumn[],
  wanted: Columns,
): { problems: string[]; missing: DynamicColumn[] } {
  const found = new Map(existing.map((column) => [column.name.toLowerCase(), column]));
  const problems: string[] = [];
  const missing: DynamicColumn[] = [];
  for (const [name, { type, comment }] of Object.entries(wanted)) {
    const column = found.get(name);
    if (column === undefined) missing.push({ name, type, comment });
    else if (column.sqlType !== ddl.sqlTypes[type]) problems.push(`column ${name} is ${column.sqlType}`);
  }
  return { problems, missing };
}

/** `known`: digest of the views as they were made last; they are left alone when nothing changed. */
async function refreshViews(context: WarehouseContext, known: string | undefined): Promise<void> {
  const { sql, place } = context;
  const statements = viewsOver(place, await dynamicColumnsOf(context)).map((view) => createView(place, view));
  const digest = JSON.stringify(createHash('sha256').update(statements.join('\n')).digest('hex'));
  if (digest === known) return;
  for (const statement of statements) {
    await retryConflicts(() => sql.run(statement, { doing: 'making the views' }));
  }
  await writeMeta(context, 'views', digest);
}
