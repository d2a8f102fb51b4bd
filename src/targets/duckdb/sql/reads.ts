/** Statements that read, and the ledger's MERGE. Imports the tables and the quoting only. */
import { deadLettersTable, windowsTable } from '../../../tables/bookkeeping.js';
import { traceKeyNames } from '../../../tables/staged-trace.js';
import type { DynamicColumn, Table } from '../../../tables/table.js';
import { rawTracesTable } from '../../../tables/traces.js';
import { mergeDeletionMarks } from '../../sql/deletion-marks.js';
import type { SqlValue } from '../values.js';
import { identifier } from './names.js';

/** A statement with its parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

const namesOf = (table: Table): string => Object.keys(table.columns).map(identifier).join(', ');
const key = traceKeyNames.join(', ');

const landedColumns =
  'trace_id, source_hash, span_state, start_time_ms, execution_time_ms, num_spans, num_assessments, epoch_ms(observed_at) AS observed_at_ms, deleted_at_source IS NOT NULL AS is_deleted';
const deadLetterColumns = 'trace_id, source_hash, epoch_ms(retry_after) AS retry_after_ms';

/** Parameters: source id, experiment id, list of trace ids. */
export const landedById = (gold: string): string =>
  `SELECT ${landedColumns} FROM ${gold}
WHERE source_id = ? AND experiment_id = ? AND trace_id IN (SELECT unnest(CAST(? AS VARCHAR[]))) ORDER BY trace_id`;

/** Parameters: source id, experiment id, start (inclusive) and end (exclusive) in epoch milliseconds. */
export const landedByTime = (gold: string): string =>
  `SELECT trace_id FROM ${gold}
WHERE source_id = ? AND experiment_id = ? AND start_time_ms >= ? AND start_time_ms < ?
  AND deleted_at_source IS NULL
ORDER BY start_time_ms, trace_id`;

/**
 * One row per differing version: its place in the lists from 1, and both rows as structs, NULL where there is none. Of
 * all others one row, with `is_same` and their number, so that an answer that lost rows is not taken for agreement.
 * Parameters: JSON lists of trace ids and of their source hashes, then source id and experiment id twice. Lists as JSON,
 * since binding one value at a time takes longer than the query.
 */
export const differingVersions = (gold: string, deadLetters: string): string =>
  `WITH lists AS (SELECT from_json(?, '["VARCHAR"]') AS trace_ids, from_json(?, '["VARCHAR"]') AS source_hashes),
listed AS (SELECT unnest(trace_ids) AS trace_id, unnest(source_hashes) AS source_hash,
  generate_subscripts(trace_ids, 1) AS place FROM lists),
compared AS (SELECT listed.place, landed, dead,
  coalesce(landed.source_hash = listed.source_hash AND landed.span_state = 'complete' AND NOT landed.is_deleted AND dead.trace_id IS NULL, false) AS is_same
  FROM listed
  LEFT JOIN (SELECT ${landedColumns} FROM ${gold} WHERE source_id = ? AND experiment_id = ?) AS landed
    ON landed.trace_id = listed.trace_id
  LEFT JOIN (SELECT ${deadLetterColumns} FROM ${deadLetters}
    WHERE closed_at IS NULL AND source_id = ? AND experiment_id = ?) AS dead ON dead.trace_id = listed.trace_id)
SELECT is_same, place, 1 AS num_versions, CASE WHEN landed.trace_id IS NOT NULL THEN landed END AS landed,
  CASE WHEN dead.trace_id IS NOT NULL THEN dead END AS dead FROM compared WHERE NOT is_same
UNION ALL
SELECT true, NULL, count(*), NULL, NULL FROM compared WHERE is_same`;

/** Parameters: source id, experiment id, list of trace ids. */
export const openDeadLettersById = (deadLetters: string): string =>
  `SELECT ${deadLetterColumns} FROM ${deadLetters}
WHERE closed_at IS NULL AND source_id = ? AND experiment_id = ?
  AND trace_id IN (SELECT unnest(CAST(? AS VARCHAR[]))) ORDER BY trace_id`;

/** Parameters: source id, experiment id, list of trace ids. */
export const rawById = (raw: string): string =>
  `SELECT ${namesOf(rawTracesTable)} FROM ${raw}
WHERE source_id = ? AND experiment_id = ? AND trace_id IN (SELECT unnest(CAST(? AS VARCHAR[]))) ORDER BY trace_id`;

export function rawKeys(raw: string, after: readonly [string, string, string] | null, limit: number): Statement {
  const behind = after === null ? '' : ` WHERE (${key}) > (?, ?, ?)`;
  return { sql: `SELECT ${key} FROM ${raw}${behind} ORDER BY ${key} LIMIT ?`, parameters: [...(after ?? []), limit] };
}

/** `WHERE` over the columns that have a value, and its parameters. */
function where(filter: Readonly<Record<string, string | undefined>>, ...more: readonly string[]): Statement {
  const set = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const conditions = [...more, ...set.map(([name]) => `${name} = ?`)];
  return {
    sql: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`,
    parameters: set.map(([, value]) => value),
  };
}

export interface ScopeFilter {
  readonly source_id: string | undefined;
  readonly experiment_id: string | undefined;
}

/** Open dead letters, the latest failure first. */
export function openDeadLetterRows(deadLetters: string, filter: ScopeFilter, limit: number): Statement {
  const { sql, parameters } = where({ ...filter }, 'closed_at IS NULL');
  return {
    sql: `SELECT ${namesOf(deadLettersTable)} FROM ${deadLetters}${sql} ORDER BY last_failed_at DESC, ${key} LIMIT ?`,
    parameters: [...parameters, limit],
  };
}

export function ledgerRows(
  windows: string,
  filter: ScopeFilter & { readonly workflow_id: string | undefined; readonly first_run_id: string | undefined },
  limit: number,
): Statement {
  const { sql, parameters } = where({ ...filter });
  const order = 'verified_at DESC, workflow_id DESC, first_run_id DESC, window_index DESC';
  return {
    sql: `SELECT ${namesOf(windowsTable)} FROM ${windows}${sql} ORDER BY ${order} LIMIT ?`,
    parameters: [...parameters, limit],
  };
}

/**
 * Parameters: source id, experiment id. What lay ahead when it was verified is not verified. A window that something is missing from has not passed,
 * whatever its state.
 */
export const windowChecks = (windows: string): string =>
  `SELECT from_ms, greatest(from_ms, least(to_ms, epoch_ms(verified_at))) AS to_ms, state IN ('complete', 'moving') AND missing = 0 AS passed FROM ${windows}
WHERE source_id = ? AND experiment_id = ? AND state <> 'suspicious'
ORDER BY verified_at, workflow_id, first_run_id, window_index`;

/** Parameters: source id, experiment id, version of the processing. */
export const countOtherVersions = (gold: string): string =>
  `SELECT count(*) AS traces FROM ${gold} WHERE source_id = ? AND experiment_id = ? AND process_version <> ?`;

/** Parameters: source id, experiment id, list of trace ids, time in epoch microseconds or NULL. */
export const markDeleted = (gold: string): string =>
  mergeDeletionMarks(
    gold,
    `SELECT CAST(? AS VARCHAR) AS source_id, CAST(? AS VARCHAR) AS experiment_id,
  unnest(CAST(? AS VARCHAR[])) AS trace_id, make_timestamptz(CAST(? AS BIGINT)) AS deleted_at_source`,
  );

/** Parameters: one per column of the ledger, in the definition's order; timestamps as epoch microseconds. */
export function mergeWindow(windows: string): string {
  const columns = Object.entries(windowsTable.columns);
  const values = columns.map(
    ([name, { type }]) => `${type === 'TIMESTAMP' ? 'make_timestamptz(?)' : '?'} AS ${identifier(name)}`,
  );
  const names = columns.map(([name]) => identifier(name));
  const keys = windowsTable.key.map((name) => `t.${identifier(name)} = s.${identifier(name)}`);
  return `MERGE INTO ${windows} AS t USING (SELECT ${values.join(', ')}) AS s ON ${keys.join(' AND ')}
WHEN MATCHED THEN UPDATE SET ${names.map((name) => `${name} = s.${name}`).join(', ')}
WHEN NOT MATCHED THEN INSERT (${names.join(', ')}) VALUES (${names.map((name) => `s.${name}`).join(', ')})`;
}

/** One row: totals over gold, and `count_<n>`, `mean_<n>` for the n-th metric. */
export function goldTotals(gold: string, filter: ScopeFilter, metrics: readonly DynamicColumn[]): Statement {
  const { sql, parameters } = where({ ...filter }, 'deleted_at_source IS NULL');
  const perMetric = metrics.map(({ name }, index) => {
    const column = identifier(name);
    return `count(${column}) AS count_${index}, avg(${column}) AS mean_${index}`;
  });
  const totals = [
    'count(*) AS traces',
    'min(start_time_ms) AS first_start_ms',
    'max(start_time_ms) AS last_start_ms',
    'sum(input_tokens) AS input_tokens',
    'sum(output_tokens) AS output_tokens',
    'sum(total_tokens) AS total_tokens',
    'sum(token_count_request) AS token_count_request',
    'sum(token_count_response) AS token_count_response',
    'sum(cost_usd) AS cost_usd',
    "count(*) FILTER (WHERE status = 'ERROR') AS error_traces",
    ...perMetric,
  ];
  return { sql: `SELECT ${totals.join(', ')} FROM ${gold}${sql}`, parameters };
}

export function countOpenDeadLetters(deadLetters: string, filter: ScopeFilter): Statement {
  const { sql, parameters } = where({ ...filter }, 'closed_at IS NULL');
  return { sql: `SELECT count(*) AS open FROM ${deadLetters}${sql}`, parameters };
}

export const countRows = (table: string): string => `SELECT count(*) AS rows FROM ${table}`;
