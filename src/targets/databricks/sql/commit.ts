/**
 * Spark's side of a commit: staged files as relations, and its dialect. Every relation is a subquery, so that a
 * statement needs no state of its session. Imports the tables, targets/sql and the quoting.
 */
import { stagedRowNumber, stagedTraceSchema, traceKeyNames } from '../../../tables/staged-trace.js';
import { decisionsQuery } from '../../sql/decisions.js';
import type { CommitRelations, CommitTables, StagedList } from '../../sql/commit-relations.js';
import { sameKey } from '../../sql/fragments.js';
import { sparkDialect } from './dialect.js';
import { quoteConstant, quoteFiles, quoteName } from './quoting.js';

/** Paths of two folders may end in the same file name. */
const rowId = `concat(staged_file, '#', ${stagedRowNumber})`;

const withoutRaw = Object.keys(stagedTraceSchema).filter((name) => name !== 'raw');

/**
 * The relations of a commit of these files. `decisionsFile`: where the decisions lie that were made for it; without,
 * they are made anew inside of each statement that asks.
 */
export function relationsOf(locations: readonly string[], gold: string, decisionsFile?: string): CommitRelations {
  const files = quoteFiles(locations);
  const staged = `(SELECT ${rowId} AS row_id, ${withoutRaw.join(', ')} FROM (${files}))`;
  return {
    staged,
    stagedRaw: `(SELECT ${rowId} AS row_id, raw FROM (${files}))`,
    decisions: decisionsFile === undefined ? madeAnew(staged, gold) : readBack(decisionsFile),
    elements: (list) => elements(list, staged),
  };
}

const madeAnew = (staged: string, gold: string): string => `(${decisionsQuery(staged, gold, sparkDialect)})`;

/** Columns of the decisions, with their types; times as microseconds while they are outside of SQL. */
const decisionColumns = {
  source_id: 'STRING',
  experiment_id: 'STRING',
  trace_id: 'STRING',
  info_row: 'STRING',
  spans_row: 'STRING',
  info_observed_at: 'TIMESTAMP',
  info_source_hash: 'STRING',
  info_process_version: 'STRING',
  newest_observed_at: 'TIMESTAMP',
  spans_observed_at: 'TIMESTAMP',
  is_new: 'BOOLEAN',
  takes_info: 'BOOLEAN',
  takes_spans: 'BOOLEAN',
} as const;

/** One row per trace: the facts that are counted, and `line`, which {@link relationsOf} reads back. */
export function readDecisions({ decisions }: CommitRelations): string {
  const values = Object.entries(decisionColumns).map(([name, type]) =>
    type === 'TIMESTAMP' ? `unix_micros(${name}) AS ${name}` : name,
  );
  return `SELECT is_new, takes_info, takes_spans, to_json(struct(${values.join(', ')})) AS line FROM ${decisions}`;
}

function readBack(decisionsFile: string): string {
  const entries = Object.entries(decisionColumns);
  const wire = entries.map(([name, type]) => `${name} ${type === 'TIMESTAMP' ? 'BIGINT' : type}`).join(', ');
  const values = entries.map(([name, type]) =>
    type === 'TIMESTAMP' ? `timestamp_micros(d.${name}) AS ${name}` : `d.${name} AS ${name}`,
  );
  return `(SELECT ${values.join(', ')} FROM (
    SELECT from_json(value, '${wire}', map('mode', 'FAILFAST')) AS d FROM text.${quoteName(decisionsFile)}))`;
}

function elements(list: StagedList, staged: string): string {
  const fields = Object.keys(stagedTraceSchema[list].fields).map((name) => `item.${name} AS ${name}`);
  const own = ['row_id', ...traceKeyNames, 'observed_at', 'source_hash', 'process_version', 'position'];
  return `(SELECT ${[...own, ...fields].join(', ')} FROM (
    SELECT row_id, ${traceKeyNames.join(', ')}, gold.observed_at AS observed_at, gold.source_hash AS source_hash,
      gold.process_version AS process_version, posexplode(${list}) AS (position, item)
    FROM ${staged} WHERE dead_letter IS NULL))`;
}

/**
 * What each file holds, to be compared with the manifest, and the names of the dynamic values of its landed rows (JSON
 * arrays). Files without rows are left out.
 */
export function countStaged(locations: readonly string[]): string {
  const sizes = (['spans', 'documents', 'attachments', 'assessments'] as const).map(
    (list) => `CAST(coalesce(sum(greatest(coalesce(size(${list}), 0), 0)), 0) AS STRING) AS num_${list}`,
  );
  const names = (['numbers', 'texts'] as const).map(
    (map) => `to_json(array_distinct(flatten(collect_set(map_keys(${map}))))) AS names_of_${map}`,
  );
  const keyIsMissing = traceKeyNames.map((name) => `${name} IS NULL`).join(' OR ');
  return `SELECT staged_file, CAST(count(*) AS STRING) AS num_traces,
  CAST(count(dead_letter) AS STRING) AS num_dead_letters,
  CAST(count_if(${keyIsMissing}) AS STRING) AS num_without_key, ${[...sizes, ...names].join(', ')}
FROM (${quoteFiles(locations)}) GROUP BY staged_file`;
}

/** The roles whose tables hold rows of the traces to be landed already; `deadLetters`: open ones. */
export function findRows({ staged }: CommitRelations, tables: CommitTables): string {
  const roles = ['assessments', 'spans', 'documents', 'attachments', 'deadLetters'] as const;
  const found = roles.map((role) => {
    const open = role === 'deadLetters' ? ' WHERE t.closed_at IS NULL' : '';
    return `SELECT ${quoteConstant(role)} AS role FROM ${tables[role]} t LEFT SEMI JOIN landing d ON ${sameKey('t', 'd')}${open}`;
  });
  return `WITH landing AS (SELECT ${traceKeyNames.join(', ')} FROM ${staged} WHERE dead_letter IS NULL)
SELECT DISTINCT role FROM (${found.join(' UNION ALL ')})`;
}
