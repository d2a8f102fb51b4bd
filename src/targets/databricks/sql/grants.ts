/** The GRANT statements that people run for tracelift: printed, never run by it. Imports table definitions and quoting. */
import { tables, type TableRole } from '../../../tables/index.js';
import type { Place } from './names.js';
import { quoteName } from './quoting.js';
import { views } from '../../../tables/views.js';

const roles = Object.keys(tables) as TableRole[];

/**
 * What readers of the facts need: gold, spans, documents, attachments, catalogue, bookkeeping and views; neither raw
 * nor assessments, which hold free text.
 * https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges
 */
export function grantsForReader(place: Place, principal: string): string[] {
  const to = ` TO ${quoteName(principal)};`;
  const facts = roles.filter((role) => tables[role].sensitivity === 'facts');
  return [
    `GRANT USE CATALOG ON CATALOG ${quoteName(place.catalog)}${to}`,
    `GRANT USE SCHEMA ON SCHEMA ${quoteName(place.catalog, place.schema)}${to}`,
    ...facts.map((role) => `GRANT SELECT ON TABLE ${place.table(role)}${to}`),
    ...views
      .filter(({ sensitivity }) => sensitivity === 'facts')
      .map((view) => `GRANT SELECT ON VIEW ${place.view(view)}${to}`),
  ];
}

/** What readers of the gold table alone need: no other table of the schema. */
export function grantsForGold(place: Place, principal: string): string[] {
  const to = ` TO ${quoteName(principal)};`;
  return [
    `GRANT USE CATALOG ON CATALOG ${quoteName(place.catalog)}${to}`,
    `GRANT USE SCHEMA ON SCHEMA ${quoteName(place.catalog, place.schema)}${to}`,
    `GRANT SELECT ON TABLE ${place.table('gold')}${to}`,
  ];
}

/** A right that the worker itself needs, and the statement that gives it. */
export type WorkerRight = 'catalog' | 'schema' | 'create' | 'volume' | 'tables' | 'monitor';

/** What the worker's principal needs, by what it is for. `volume`: in the schema of the texts. */
export function grantsForWorker(place: Place, volume: string, principal: string): Record<WorkerRight, string[]> {
  const to = ` TO ${quoteName(principal)};`;
  const schemas = [...new Set([place.schema, place.textSchema])].map((schema) => quoteName(place.catalog, schema));
  return {
    catalog: [`GRANT USE CATALOG ON CATALOG ${quoteName(place.catalog)}${to}`],
    schema: schemas.map((schema) => `GRANT USE SCHEMA ON SCHEMA ${schema}${to}`),
    create: [
      ...schemas.map((schema) => `GRANT CREATE TABLE ON SCHEMA ${schema}${to}`),
      `GRANT CREATE VOLUME ON SCHEMA ${quoteName(place.catalog, place.textSchema)}${to}`,
    ],
    volume: [`GRANT READ VOLUME, WRITE VOLUME ON VOLUME ${quoteName(place.catalog, place.textSchema, volume)}${to}`],
    tables: schemas.map((schema) => `GRANT SELECT, MODIFY ON SCHEMA ${schema}${to}`),
    monitor: [
      `GRANT MANAGE ON TABLE ${place.table('gold')}${to}`,
      `GRANT CREATE TABLE ON SCHEMA ${quoteName(place.catalog, place.schema)}${to}`,
    ],
  };
}
