/** MERGE that says which traces the source no longer has. Imports the tables and the fragments only. */
import { traceKeyNames } from '../../tables/staged-trace.js';
import { mergeStatement, updateSet } from './fragments.js';

/**
 * Marks gold rows, or takes their marks away; a row that has a mark keeps its time.
 *
 * `committed_at` moves on, so that whoever follows changed rows sees these.
 * @param source a query of the trace key and `deleted_at_source`: NULL takes the mark away
 */
export const mergeDeletionMarks = (gold: string, source: string): string =>
  mergeStatement(gold, source, traceKeyNames, [
    {
      when: 'MATCHED AND (t.deleted_at_source IS NULL) <> (s.deleted_at_source IS NULL)',
      then: updateSet([
        ['deleted_at_source', 's.deleted_at_source'],
        ['committed_at', 'current_timestamp'],
      ]),
    },
  ]);
