/** What turns tables of older versions into those of today, as data. Pure. */
import type { TableRole } from './index.js';

/** A change of an existing column. `since`: the first schema version that has it. */
export type SchemaChange = { readonly since: number; readonly table: TableRole } & (
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'drop'; readonly column: string }
);

/**
 * Every change that cannot be found by comparing a definition with the table that exists, in the order in which they
 * were made. A new column needs no entry: a nullable one that a table lacks is added.
 */
export const schemaChanges: readonly SchemaChange[] = [
  { since: 2, table: 'windows', kind: 'rename', from: 'run_id', to: 'first_run_id' },
  { since: 2, table: 'windows', kind: 'drop', column: 'erased' },
  { since: 3, table: 'windows', kind: 'rename', from: 'changed', to: 'written' },
  { since: 3, table: 'raw', kind: 'rename', from: 'span_count', to: 'num_spans' },
  { since: 3, table: 'spans', kind: 'rename', from: 'observed_at', to: 'spans_observed_at' },
  { since: 3, table: 'documents', kind: 'rename', from: 'observed_at', to: 'spans_observed_at' },
];
