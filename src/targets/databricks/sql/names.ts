/** Which table stands behind which role, by its full name. Imports the table definitions and quoting. */
import { tables, type TableRole } from '../../../tables/index.js';
import type { View } from '../../../tables/views.js';
import { quoteName } from './quoting.js';

export interface PlaceOptions {
  readonly catalog: string;
  readonly schema: string;
  /** Schema of the tables that hold free text. Default: `schema`. */
  readonly textSchema?: string;
  /** Names where the default ones do not fit. */
  readonly tableNames?: Partial<Readonly<Record<TableRole, string>>>;
}

type NamedView = Pick<View, 'name' | 'sensitivity'>;

/** Full names of tables and views. */
export interface Place {
  readonly catalog: string;
  readonly schema: string;
  readonly textSchema: string;
  /** Quoted for SQL. */
  table(role: TableRole): string;
  /** `catalog.schema.table`, as the REST APIs take it. */
  plainTable(role: TableRole): string;
  /** A view, quoted, in the schema that its contents belong to. */
  view(view: NamedView): string;
  /** `catalog.schema.view`. */
  plainView(view: NamedView): string;
}

export function placeOf({ catalog, schema, textSchema = schema, tableNames = {} }: PlaceOptions): Place {
  const parts = (role: TableRole): [string, string, string] => {
    const definition = tables[role];
    const name = tableNames[role] ?? definition.name;
    return [catalog, definition.sensitivity === 'text' ? textSchema : schema, name];
  };
  const viewParts = ({ name, sensitivity }: NamedView): [string, string, string] => [
    catalog,
    sensitivity === 'text' ? textSchema : schema,
    name,
  ];
  return {
    catalog,
    schema,
    textSchema,
    table: (role) => quoteName(...parts(role)),
    plainTable: (role) => parts(role).join('.'),
    view: (view) => quoteName(...viewParts(view)),
    plainView: (view) => viewParts(view).join('.'),
  };
}

/** Tables as SQL writes them, by role. */
export function tablesOf(place: Place): Record<TableRole, string> {
  const roles = Object.keys(tables) as TableRole[];
  return Object.fromEntries(roles.map((role) => [role, place.table(role)])) as Record<TableRole, string>;
}
