/** Which table stands behind which role, by its full name. Imports the table definitions and quoting. */
import { tables, type TableRole } from '../../../tables/index.js';
import { quoteName } from './quoting.js';

export interface PlaceOptions {
  readonly catalog: string;
  readonly schema: string;
  /** Schema of the tables that hold free text. Default: `schema`. */
  readonly textSchema?: string;
  /** Names where the default ones do not fit. */
  readonly tableNames?: Partial<Readonly<Record<TableRole, string>>>;
}

/** Full names of tables and views. */
export interface Place {
  readonly catalog: string;
  readonly schema: string;
  readonly textSchema: string;
  /** Quoted for SQL. */
  table(role: TableRole): string;
  /** `catalog.schema.table`, as the REST APIs take it. */
  plainTable(role: TableRole): string;
  /** A view or another table in the schema of the facts, quoted. */
  beside(name: string): string;
}

export function placeOf({ catalog, schema, textSchema = schema, tableNames = {} }: PlaceOptions): Place {
  const parts = (role: TableRole): [string, string, string] => {
    const definition = tables[role];
    const name = tableNames[role] ?? definition.name;
    return [catalog, definition.sensitivity === 'text' ? textSchema : schema, name];
  };
  return {
    catalog,
    schema,
    textSchema,
    table: (role) => quoteName(...parts(role)),
    plainTable: (role) => parts(role).join('.'),
    beside: (name) => quoteName(catalog, schema, name),
  };
}

/** Tables as SQL writes them, by role. */
export function tablesOf(place: Place): Record<TableRole, string> {
  const roles = Object.keys(tables) as TableRole[];
  return Object.fromEntries(roles.map((role) => [role, place.table(role)])) as Record<TableRole, string>;
}
