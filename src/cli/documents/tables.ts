/** Writes docs/tables.md out of the table definitions. Pure. */
import { schemaVersion, tables, type TableRole } from '../../tables/index.js';
import type { Table } from '../../tables/table.js';
import { metricsLongView, type View, views } from '../../tables/views.js';

const introduction = `# Tables

Generated from the definitions (\`src/tables\`) by \`npm run docs\`; do not edit. Schema version: ${schemaVersion}.

The same tables exist in DuckDB and in Delta. Names are the default ones; the configuration can change them. JSON is
stored as text. Unknown is NULL, never 0 or an empty text. Free text of users and models is only in the tables marked
*text*, which can sit in a schema of their own.

The gold table gets further columns while data arrives: \`metric_<name>\` (judges: LLM and code), \`metric_<name>_human\`
(people), both DOUBLE; the same with \`_label\` (values that are words) and \`dim_<name>\` (configured dimensions), all STRING.
Yes/no, true/false and pass/fail are stored as 1 and 0.
Which assessment feeds which column is in \`${tables.catalog.name}\`.
`;

/** Order in which a reader wants to meet the tables. */
const readingOrder: readonly TableRole[] = [
  'gold',
  'raw',
  'assessments',
  'catalog',
  'spans',
  'documents',
  'attachments',
  'windows',
  'deadLetters',
  'meta',
];

const agreement = `## Do judges and people agree?

One query over \`${metricsLongView.name}\`, per judge and person, on what both judged:

\`\`\`sql
SELECT j.metric, j.source_name AS judge, h.source_name AS person, count(*) AS num_judged,
  avg(CASE WHEN j.value = h.value OR j.label = h.label THEN 1.0 ELSE 0.0 END) AS agreement
FROM ${metricsLongView.name} j
JOIN ${metricsLongView.name} h ON h.source_id = j.source_id AND h.experiment_id = j.experiment_id
  AND h.trace_id = j.trace_id AND h.metric = j.metric AND h.span_id IS NOT DISTINCT FROM j.span_id
WHERE j.is_newest AND j.source_type <> 'HUMAN' AND h.is_newest AND h.source_type = 'HUMAN'
GROUP BY j.metric, j.source_name, h.source_name
ORDER BY j.metric, judge, person
\`\`\`

A judge that fails has rows with \`is_error\`, which no query over values counts.
`;

/** The whole document. */
export function tablesMarkdown(): string {
  const ofTables = readingOrder.map((role) => tableSection(tables[role]));
  return [introduction, ...ofTables, ...views.map(viewSection), agreement].join('\n');
}

function tableSection(table: Table): string {
  return [
    `## \`${table.name}\``,
    '',
    `${table.comment}.`,
    '',
    `Key: ${table.key.map((column) => `\`${column}\``).join(', ')}. Holds: *${table.sensitivity}*.`,
    '',
    '| column | type | meaning |',
    '|---|---|---|',
    ...Object.entries(table.columns).map(([name, column]) => {
      const type = column.nullable ? column.type : `${column.type}, never NULL`;
      return `| \`${name}\` | ${type} | ${column.comment.replaceAll('|', '\\|')} |`;
    }),
    '',
  ].join('\n');
}

function viewSection({ name, comment, sensitivity, columns }: View): string {
  return [
    `## View \`${name}\``,
    '',
    `${comment}. Holds: *${sensitivity}*.`,
    '',
    '| column | type | meaning |',
    '|---|---|---|',
    ...Object.entries(columns).map(
      ([column, { type, comment: meaning }]) => `| \`${column}\` | ${type} | ${meaning} |`,
    ),
    '',
  ].join('\n');
}
