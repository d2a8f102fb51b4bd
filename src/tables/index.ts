/** Every table that tracelift owns, in the order in which they are written: gold last, the ledger after it. Pure. */
import { attachmentsTable } from './attachments.js';
import { deadLettersTable, metaTable, windowsTable } from './bookkeeping.js';
import { assessmentsTable, metricCatalogTable } from './quality.js';
import { documentsTable, goldTracesTable, rawTracesTable, spansTable } from './traces.js';

export const tables = {
  assessments: assessmentsTable,
  spans: spansTable,
  documents: documentsTable,
  attachments: attachmentsTable,
  catalog: metricCatalogTable,
  raw: rawTracesTable,
  deadLetters: deadLettersTable,
  gold: goldTracesTable,
  windows: windowsTable,
  meta: metaTable,
} as const;

/** Role of a table, as configuration and code name it. */
export type TableRole = keyof typeof tables;

/**
 * Version of the whole set of definitions. Raised with every release that changes a column of an existing table (see
 * schema-changes.ts) or adds one: an older tracelift then refuses the tables.
 */
export const schemaVersion = 3;
