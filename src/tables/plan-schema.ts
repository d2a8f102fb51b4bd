/**
 * What has to be done so that the tables of a warehouse are those of the definitions. Pure: every warehouse executes the
 * same plan.
 *
 * Tables are compared with the definitions, so an upgrade that was interrupted plans what is left of it.
 */
import { TraceliftError } from '../errors/index.js';
import { schemaVersion, type TableRole, tables } from './index.js';
import { schemaChanges, type SchemaChange } from './schema-changes.js';
import type { DynamicColumn, ExistingColumn, Table } from './table.js';

/** One change of a table that exists. `comment` with a null column speaks of the table itself. */
export type TableChange =
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'drop'; readonly column: string }
  | { readonly kind: 'add'; readonly column: DynamicColumn }
  | { readonly kind: 'comment'; readonly column: string | null; readonly comment: string };

/** What is to be done for one table. */
export interface TablePlan {
  readonly role: TableRole;
  readonly isNew: boolean;
  /** In the order in which they have to be made. */
  readonly changes: readonly TableChange[];
}

/** What a warehouse has. */
export interface FoundSchema {
  /** Columns by role; null where the table does not exist. */
  readonly columns: ReadonlyMap<TableRole, readonly ExistingColumn[] | null>;
  /** As {@link readSchemaVersion} gives it. */
  readonly version: number | null;
  /** Where the tables are, for messages. */
  readonly location: string;
  /** Full name of a table, for messages. */
  readonly nameOf: (role: TableRole) => string;
}

/** The tables that there shall be. */
export interface WantedSchema {
  readonly version: number;
  readonly tables: Readonly<Record<TableRole, Table>>;
  readonly changes: readonly SchemaChange[];
}

const currentSchema: WantedSchema = { version: schemaVersion, tables, changes: schemaChanges };

/**
 * The version of existing tables out of the text in the meta table; null where none was written.
 * @throws WarehouseSchemaNewer for one that this tracelift does not know
 */
export function readSchemaVersion(text: string | undefined, location: string): number | null {
  if (text === undefined) return null;
  const found = Number(text);
  if (Number.isInteger(found) && found <= schemaVersion) return found;
  throw new TraceliftError('WarehouseSchemaNewer', { path: location, found: text, known: schemaVersion });
}

/**
 * One plan per table, in the order of the definitions.
 *
 * Columns that others added are left alone. A column that a definition has and the table lacks is added where the table
 * is ours (it has a version) and the column may be NULL; `adopt` adds it to any table.
 * @throws TableShapeDiffers for the first table that cannot be brought to its definition
 */
export function planSchema(found: FoundSchema, adopt: boolean, wanted: WantedSchema = currentSchema): TablePlan[] {
  return (Object.keys(wanted.tables) as TableRole[]).map((role) => {
    const existing = found.columns.get(role) ?? null;
    if (existing === null) return { role, isNew: true, changes: [] };
    const { changes, problems } = planTable(role, existing, found.version, adopt, wanted);
    if (problems.length === 0) return { role, isNew: false, changes };
    const names = { table: found.nameOf(role), path: found.location };
    throw new TraceliftError('TableShapeDiffers', { ...names, problems: problems.join('; ') });
  });
}

function planTable(
  role: TableRole,
  existing: readonly ExistingColumn[],
  version: number | null,
  adopt: boolean,
  wanted: WantedSchema,
): { changes: TableChange[]; problems: string[] } {
  // SQL compares names whatever their case.
  const columns = new Map(existing.map((column) => [column.name.toLowerCase(), column]));
  const changes: TableChange[] = [];
  for (const change of dueChanges(role, version, wanted)) {
    if (applyTo(columns, change)) changes.push(change);
  }
  const table = wanted.tables[role];
  const ofOtherType: string[] = [];
  const missing: string[] = [];
  for (const [name, { type, nullable, comment }] of Object.entries(table.columns)) {
    const column = columns.get(name);
    if (column !== undefined) {
      if (column.type !== (type === 'JSON' ? 'STRING' : type)) ofOtherType.push(`column ${name} is ${column.sqlType}`);
    } else if (adopt || (version !== null && nullable)) {
      changes.push({ kind: 'add', column: { name, type, comment } });
    } else {
      missing.push(`column ${name} is missing`);
    }
  }
  // Only with a new version: whoever wrote better comments since then keeps them.
  if (version !== null && version < wanted.version) changes.push(...newComments(table, columns));
  return { changes, problems: [...ofOtherType, ...missing] };
}

type OwnChange = Extract<TableChange, { kind: 'rename' | 'drop' }>;

const dueChanges = (role: TableRole, version: number | null, { changes }: WantedSchema): OwnChange[] =>
  changes
    .filter(({ table, since }) => table === role && version !== null && since > version)
    .map((change) =>
      change.kind === 'rename'
        ? { kind: 'rename', from: change.from, to: change.to }
        : { kind: 'drop', column: change.column },
    );

/** Makes a change in `columns`; false where it was made before. */
function applyTo(columns: Map<string, ExistingColumn>, change: OwnChange): boolean {
  if (change.kind === 'drop') return columns.delete(change.column);
  const column = columns.get(change.from);
  if (column === undefined || columns.has(change.to)) return false;
  columns.delete(change.from);
  columns.set(change.to, { ...column, name: change.to });
  return true;
}

function newComments(table: Table, columns: ReadonlyMap<string, ExistingColumn>): TableChange[] {
  const ofColumns = Object.entries(table.columns).flatMap(([name, { comment }]): TableChange[] => {
    const column = columns.get(name);
    return column === undefined || column.comment === comment ? [] : [{ kind: 'comment', column: name, comment }];
  });
  return [{ kind: 'comment', column: null, comment: table.comment }, ...ofColumns];
}
