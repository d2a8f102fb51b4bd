/**
 * MERGE of spans, documents and attachments, which follow the spans part of their trace. Imports the tables and the
 * dialect only.
 */
import { stagedTraceSchema, traceKeyNames } from '../../tables/staged-trace.js';
import { tables } from '../../tables/index.js';
import type { CommitRelations } from './commit-relations.js';
import { prefixed, copyNumber, insertRow, mergeStatement, sameKey, updateSet } from './fragments.js';

/**
 * Replaces the rows of every trace whose spans are taken, in one statement: rows that the trace no longer has are part
 * of the source, marked as gone, so that a list that became shorter leaves no tail.
 */
export function mergeChildren(
  list: 'spans' | 'documents' | 'attachments',
  target: string,
  relations: CommitRelations,
): string {
  const { key } = tables[list];
  const fields = Object.keys(stagedTraceSchema[list].fields);
  const own = key.filter((name) => !(traceKeyNames as string[]).includes(name));
  const facts = fields.filter((name) => !own.includes(name));
  const values = [...facts, 'spans_observed_at'];
  const source = `
WITH numbered AS (
  SELECT ${prefixed('x', [...key, ...facts])}, d.spans_observed_at, ${copyNumber(
    key.map((name) => `x.${name}`),
    ['x.position'],
  )} AS copy
  FROM ${relations.elements(list)} x JOIN ${relations.decisions} d ON x.row_id = d.spans_row
  WHERE d.takes_spans AND ${own.map((name) => `x.${name} IS NOT NULL`).join(' AND ')}
),
fresh AS (SELECT ${[...key, ...values].join(', ')} FROM numbered WHERE copy = 1)
SELECT ${[...key, ...values].join(', ')}, FALSE AS is_gone FROM fresh
UNION ALL
SELECT ${prefixed('o', [...key, ...values])}, TRUE AS is_gone
FROM ${target} o JOIN ${relations.decisions} d ON ${sameKey('o', 'd')}
LEFT JOIN fresh f ON ${sameKey('o', 'f', key)}
WHERE d.takes_spans AND f.trace_id IS NULL`;
  const assignments = (names: readonly string[]) => names.map((name) => [name, `s.${name}`] as const);
  return mergeStatement(target, source, key, [
    { when: 'MATCHED AND s.is_gone', then: 'DELETE' },
    { when: 'MATCHED', then: updateSet(list === 'attachments' ? keepingCopies(values) : assignments(values)) },
    { when: 'NOT MATCHED', then: insertRow(assignments([...key, ...values])) },
  ]);
}

const columnsOfCopy: ReadonlySet<string> = new Set(['copied_path', 'sha256', 'copy_missing_reason']);

/** A file never changes: a copy that was made stays, and where none was tried now, what was said of it before. */
function keepingCopies(values: readonly string[]): readonly (readonly [string, string])[] {
  const keeps = "s.copied_path IS NULL AND (t.copied_path IS NOT NULL OR s.copy_missing_reason = 'not_tried')";
  return values.map((name) => [
    name,
    columnsOfCopy.has(name) ? `CASE WHEN ${keeps} THEN t.${name} ELSE s.${name} END` : `s.${name}`,
  ]);
}
