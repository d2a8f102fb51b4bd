/** DuckDB's side of a commit: staged files as relations, and its dialect. Imports the tables, targets/sql and the quoting. */
import { stagedTraceSchema, traceKeyNames } from '../../../tables/staged-trace.js';
import { decisionsQuery } from '../../sql/decisions.js';
import type { CommitRelations, StagedList } from '../../sql/commit-relations.js';
import { duckDbDialect } from './dialect.js';
import { pathConstant } from './names.js';

/** Temporary relations of the connection that commits. */
export const relations: CommitRelations = {
  staged: 'temp.tracelift_staged',
  stagedRaw: 'temp.tracelift_staged_raw',
  decisions: 'temp.tracelift_decisions',
  elements,
};

/** Lists are unfolded together with their positions, from the columns that are needed. */
function elements(list: StagedList): string {
  const fields = Object.keys(stagedTraceSchema[list].fields).map((name) => `item.${name} AS ${name}`);
  const own = ['row_id', ...traceKeyNames, 'observed_at', 'source_hash', 'process_version', 'position'];
  return `(SELECT ${[...own, ...fields].join(', ')} FROM (
    SELECT row_id, ${traceKeyNames.join(', ')}, gold.observed_at AS observed_at, gold.source_hash AS source_hash,
      gold.process_version AS process_version, unnest(${list}) AS item, generate_subscripts(${list}, 1) AS position
    FROM ${relations.staged} WHERE dead_letter IS NULL))`;
}

const rowId = "filename || '#' || CAST(file_row_number AS VARCHAR)";

const readFiles = (locations: readonly string[]): string =>
  `read_parquet([${locations.map(pathConstant).join(', ')}], filename = true, file_row_number = true)`;

/** Puts the staged rows without their texts into memory; the texts stay in their files until raw is merged. */
export function stageFiles(locations: readonly string[]): string[] {
  const columns = Object.keys(stagedTraceSchema).filter((name) => name !== 'raw');
  const files = readFiles(locations);
  return [
    `CREATE OR REPLACE TEMP TABLE tracelift_staged AS SELECT ${rowId} AS row_id, filename, ${columns.join(', ')} FROM ${files}`,
    `CREATE OR REPLACE TEMP VIEW tracelift_staged_raw AS SELECT ${rowId} AS row_id, raw FROM ${files}`,
  ];
}

/** Raw of some of the files only, as the relation to merge from. */
export const stagedRawOf = (locations: readonly string[]): string =>
  `(SELECT ${rowId} AS row_id, raw FROM ${readFiles(locations)})`;

/** Bytes that raw takes in each of the files, uncompressed. */
export const textSizes = (locations: readonly string[]): string => `
SELECT file_name AS filename, CAST(sum(total_uncompressed_size) AS BIGINT) AS bytes
FROM parquet_metadata([${locations.map(pathConstant).join(', ')}])
WHERE starts_with(path_in_schema, 'raw, ') GROUP BY file_name`;

/** Whether any trace takes its info from one staged row and its spans from another. */
export const countMixed = `
SELECT count(*) AS mixed FROM ${relations.decisions} WHERE (takes_info OR takes_spans) AND info_row <> spans_row`;

/** Fixes the decisions of the commit, which are the same for all of its steps. */
export const decide = (gold: string): string =>
  `CREATE OR REPLACE TEMP TABLE tracelift_decisions AS ${decisionsQuery(relations.staged, gold, duckDbDialect)}`;

export const unstage: readonly string[] = [
  'DROP VIEW IF EXISTS temp.tracelift_staged_raw',
  'DROP TABLE IF EXISTS temp.tracelift_staged',
  'DROP TABLE IF EXISTS temp.tracelift_decisions',
];

/** What the files hold, one row per file, to be compared with the manifest. */
export const countStaged = `
SELECT filename, count(*) AS traces, count(dead_letter) AS dead_letters,
  CAST(coalesce(sum(len(spans)), 0) AS BIGINT) AS spans,
  CAST(coalesce(sum(len(assessments)), 0) AS BIGINT) AS assessments,
  CAST(coalesce(sum(len(documents)), 0) AS BIGINT) AS documents,
  CAST(coalesce(sum(len(attachments)), 0) AS BIGINT) AS attachments,
  count(*) FILTER (WHERE source_id IS NULL OR experiment_id IS NULL OR trace_id IS NULL) AS without_key
FROM ${relations.staged} GROUP BY filename`;

/** Names of metric and dimension columns that landed rows bring. */
export const wantedColumns = `
SELECT name, type FROM (
  SELECT DISTINCT unnest(map_keys(numbers)) AS name, 'DOUBLE' AS type FROM ${relations.staged}
  UNION ALL SELECT DISTINCT unnest(map_keys(texts)), 'STRING' FROM ${relations.staged}
) ORDER BY name, type`;

export const countDecisions = `
SELECT count(*) FILTER (WHERE is_new) AS inserted,
  count(*) FILTER (WHERE NOT is_new AND (takes_info OR takes_spans)) AS updated
FROM ${relations.decisions}`;
