/** How names and texts are written into DuckDB's SQL. Nothing else in this adapter quotes. Imports the tables only. */
import { type TableRole, tables } from '../../../tables/index.js';

/** A name as SQL writes it, whatever characters it has. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A table name, with or without a schema before it. */
export const qualifiedName = (name: string): string => name.split('.').map(identifier).join('.');

/** A text constant: comments and names of our own, file paths. Values of users travel as parameters or in files. */
export const textConstant = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A path for DuckDB's file functions, which take `*`, `?` and `[` as patterns. */
export const pathConstant = (path: string): string =>
  textConstant(path.replace(/[*?[]/g, (character) => `[${character}]`));

/** The schema of a table name, or null for the default one. */
export const schemaOf = (name: string): string | null => (name.includes('.') ? (name.split('.')[0] ?? null) : null);

/** Configured table names over the default ones. */
export function tableNamesOf(configured: Partial<Record<TableRole, string>>): Record<TableRole, string> {
  const defaults = Object.fromEntries(Object.entries(tables).map(([role, { name }]) => [role, name]));
  return { ...(defaults as Record<TableRole, string>), ...configured };
}

/** Configured names as SQL writes them. */
export function sqlNamesOf(names: Readonly<Record<TableRole, string>>): Record<TableRole, string> {
  return Object.fromEntries(Object.entries(names).map(([role, name]) => [role, qualifiedName(name)])) as Record<
    TableRole,
    string
  >;
}
