/** Statements that only try whether something is allowed. Imports quoting. */
import type { Place } from './names.js';
import { quoteName } from './quoting.js';
import { describeSchema } from './ddl.js';

export const selectOne = 'SELECT 1';

export const lookAtSchema = (place: Place, schema: string): string => describeSchema(place.catalog, schema);

export const createProbe = (place: Place, schema: string, name: string): string =>
  `CREATE TABLE ${quoteName(place.catalog, schema, name)} (probe STRING) USING DELTA`;

export const dropProbe = (place: Place, schema: string, name: string): string =>
  `DROP TABLE IF EXISTS ${quoteName(place.catalog, schema, name)}`;

export const readNothing = (table: string): string => `SELECT 1 FROM ${table} LIMIT 0`;

/** Needs MODIFY, and changes nothing. */
export const deleteNothing = (table: string): string => `DELETE FROM ${table} WHERE FALSE`;

export const readText = (location: string): string => `SELECT value FROM text.${quoteName(location)}`;
