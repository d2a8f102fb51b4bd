/**
 * Spark's side of a commit: staged files as relations, and its dialect. Every relation is a subquery, so that a
 * statement needs no state of its session. Imports domain, adapters/sql and the quoting.
 */
import { stagedRowNumber, stagedTraceSchema, traceKeyNames } from '../../../domain/tables/staged-trace.js';
import { decisionsQuery } from '../../sql/decisions.js';
import type { CommitDialect, CommitRelations, StagedList } from '../../sql/dialect.js';
import { quoteConstant, quoteFiles, quoteName } from './quoting.js';

export const commitDialect: CommitDialect = {
  identifier: (name) => quoteName(name),
  text: quoteConstant,
  mapValue: (sql, key) => `${sql}[${quoteConstant(key)}]`,
  plusMinutes: (timestampSql, minutesSql) =>
    `timestamp_micros(unix_micros(${timestampSql}) + CAST(${minutesSql} AS BIGINT) * 60000000)`,
  sortedJsonTexts: (sql) => `to_json(array_sort(collect_set(${sql})))`,
  catalogSourceTypes: (table) =>
    `(SELECT column_name, raw_name, explode(from_json(source_types, 'ARRAY<STRING>')) AS source_type FROM ${table})`,
};

/** `file_name` alone would do for files of one folder; the path keeps apart those of two. */
const rowId = `concat(staged_file, '#', ${stagedRowNumber})`;

const withoutRaw = Object.keys(stagedTraceSchema).filter((name) => name !== 'raw');

/** The relations of a commit of these files. */
export function relationsOf(locations: readonly string[], gold: string): CommitRelations {
  const files = quoteFiles(locations);
  const staged = `(SELECT ${rowId} AS row_id, ${withoutRaw.join(', ')} FROM (${files}))`;
  return {
    staged,
    stagedRaw: `(SELECT ${rowId} AS row_id, raw FROM (${files}))`,
    decisions: `(${decisionsQuery(staged, gold, commitDialect)})`,
    elements: (list) => elements(list, staged),
  };
}

function elements(list: StagedList, staged: string): string {
  const fields = Object.keys(stagedTraceSchema[list].fields).map((name) => `item.${name} AS ${name}`);
  const own = ['row_id', ...traceKeyNames, 'observed_at', 'source_hash', 'process_version', 'position'];
  return `(SELECT ${[...own, ...fields].join(', ')} FROM (
    SELECT row_id, ${traceKeyNames.join(', ')}, gold.observed_at AS observed_at, gold.source_hash AS source_hash,
      gold.process_version AS process_version, posexplode(${list}) AS (position, item)
    FROM ${staged} WHERE dead_letter IS NULL))`;
}

/** What each file holds, to be compared with the manifest; files without rows are left out. */
export function countStaged(locations: readonly string[]): string {
  const sizes = (['spans', 'documents', 'assessments'] as const).map(
    (list) => `CAST(coalesce(sum(greatest(coalesce(size(${list}), 0), 0)), 0) AS STRING) AS num_${list}`,
  );
  const keyIsMissing = traceKeyNames.map((name) => `${name} IS NULL`).join(' OR ');
  return `SELECT staged_file, CAST(count(*) AS STRING) AS num_traces,
  CAST(count(dead_letter) AS STRING) AS num_dead_letters,
  CAST(count_if(${keyIsMissing}) AS STRING) AS num_without_key, ${sizes.join(', ')}
FROM (${quoteFiles(locations)}) GROUP BY staged_file`;
}

/** Names and types of the dynamic values that landed rows bring. */
export const wantedColumns = ({ staged }: CommitRelations): string => `
SELECT DISTINCT explode(map_keys(numbers)) AS name, 'DOUBLE' AS type FROM ${staged}
UNION ALL SELECT DISTINCT explode(map_keys(texts)) AS name, 'STRING' AS type FROM ${staged}`;

/** What a commit is going to do, before it does. */
export const countDecisions = ({ decisions }: CommitRelations): string => `
SELECT CAST(count_if(is_new) AS STRING) AS inserted,
  CAST(count_if(NOT is_new AND (takes_info OR takes_spans)) AS STRING) AS updated
FROM ${decisions}`;

export const countDeadLetters = ({ staged }: CommitRelations): string => `
SELECT CAST(count(DISTINCT ${traceKeyNames.join(', ')}) AS STRING) AS dead_lettered
FROM ${staged} WHERE dead_letter IS NOT NULL`;
