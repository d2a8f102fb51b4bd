/** Statements that read tracelift's tables, and those that write single rows. Imports table definitions and quoting. */
import { deadLettersTable, metaTable, windowsTable } from '../../../tables/bookkeeping.js';
import { traceKeyNames } from '../../../tables/staged-trace.js';
import type { DynamicColumn, Table } from '../../../tables/table.js';
import { rawTracesTable } from '../../../tables/traces.js';
import { insertRow, mergeStatement, updateSet } from '../../sql/fragments.js';
import { mergeDeletionMarks } from '../../sql/deletion-marks.js';
import type { Place } from './names.js';
import { quoteName } from './quoting.js';
import { rowsFromJson, selectColumns, textsFromJson } from './rows.js';

const ofScope = 'source_id = :source_id AND experiment_id = :experiment_id';
const ofIds = `trace_id IN (${textsFromJson('trace_ids', 'trace_id')})`;

const landedColumns = `trace_id, source_hash, span_state, CAST(start_time_ms AS STRING) AS start_time_ms,
  CAST(execution_time_ms AS STRING) AS execution_time_ms, CAST(num_spans AS STRING) AS num_spans,
  CAST(num_assessments AS STRING) AS num_assessments,
  CAST(unix_micros(observed_at) AS STRING) AS observed_at, deleted_at_source IS NOT NULL AS is_deleted`;

export const landedByIds = (place: Place): string =>
  `SELECT ${landedColumns} FROM ${place.table('gold')} WHERE ${ofScope} AND ${ofIds} ORDER BY trace_id`;

/** By the TIMESTAMP column, which the table is clustered by, and then exactly. */
export const landedBetween = (place: Place): string =>
  `SELECT trace_id FROM ${place.table('gold')} g WHERE ${ofScope}
  AND start_time >= timestamp_millis(:from_ms) AND start_time < timestamp_millis(:to_ms)
  AND g.start_time_ms >= :from_ms AND g.start_time_ms < :to_ms
  AND deleted_at_source IS NULL ORDER BY g.start_time_ms, trace_id`;

const deadLetterColumns = `trace_id, source_hash,
  CAST(unix_micros(retry_after) AS STRING) AS retry_after`;

export const openDeadLetters = (place: Place): string =>
  `SELECT ${deadLetterColumns}
FROM ${place.table('deadLetters')} WHERE ${ofScope} AND closed_at IS NULL AND ${ofIds} ORDER BY trace_id`;

/**
 * One row per differing version: its place in `:versions`, a JSON array of trace id and source hash, from 0, with what
 * gold has of the trace and, with `dead_` before the names, its dead letter. Of all others one row, with `is_same` and
 * their number, so that an answer that lost rows is not taken for agreement. Spark can only broadcast the right side of
 * a LEFT JOIN, so that gold is first brought down to the ids by a join that it can broadcast.
 */
export const differingVersions = (place: Place): string =>
  `WITH listed AS (SELECT position, item.trace_id, item.source_hash
  FROM (SELECT posexplode(from_json(:versions, 'ARRAY<STRUCT<trace_id: STRING, source_hash: STRING>>')) AS (position, item))),
compared AS (SELECT listed.position, landed.*,
  dead.trace_id AS dead_trace_id, dead.source_hash AS dead_source_hash,
  dead.retry_after AS dead_retry_after,
  coalesce(landed.source_hash = listed.source_hash AND landed.span_state = 'complete' AND NOT landed.is_deleted
    AND dead.trace_id IS NULL,
    false) AS is_same
  FROM listed
  LEFT JOIN (SELECT ${landedColumns} FROM ${place.table('gold')}
    WHERE ${ofScope} AND trace_id IN (SELECT trace_id FROM listed)) AS landed ON landed.trace_id = listed.trace_id
  LEFT JOIN (SELECT ${deadLetterColumns} FROM ${place.table('deadLetters')}
    WHERE ${ofScope} AND closed_at IS NULL AND trace_id IN (SELECT trace_id FROM listed)) AS dead
    ON dead.trace_id = listed.trace_id),
counted AS (SELECT compared.*, count(*) OVER (PARTITION BY is_same) AS num_versions,
  row_number() OVER (PARTITION BY is_same ORDER BY position) AS nth FROM compared)
SELECT is_same, CAST(position AS STRING) AS place, CAST(num_versions AS STRING) AS num_versions, trace_id, source_hash,
  span_state, start_time_ms, execution_time_ms, num_spans, num_assessments, observed_at, is_deleted,
  dead_trace_id, dead_source_hash, dead_retry_after
FROM counted WHERE NOT is_same OR nth = 1`;

/** `columns`: those that a filter names; each has a parameter of its own name. */
const where = (columns: readonly string[], always: readonly string[] = []): string => {
  const conditions = [...always, ...columns.map((column) => `${quoteName(column)} = :${column}`)];
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
};

export const listDeadLetters = (place: Place, filter: readonly string[], limit: number): string =>
  `SELECT ${selectColumns(deadLettersTable.columns)} FROM ${place.table('deadLetters')} t${where(filter, ['t.closed_at IS NULL'])}
ORDER BY t.last_failed_at DESC, ${traceKeyNames.join(', ')} LIMIT ${checkedLimit(limit)}`;

export const readRaw = (place: Place): string =>
  `SELECT ${selectColumns(rawTracesTable.columns)} FROM ${place.table('raw')} WHERE ${ofScope} AND ${ofIds} ORDER BY trace_id`;

/** Pages by keyset; without `after` the first one. */
export function listRawKeys(place: Place, isFirst: boolean, limit: number): string {
  const behind = `source_id > :source_id OR (source_id = :source_id AND (experiment_id > :experiment_id
  OR (experiment_id = :experiment_id AND trace_id > :trace_id)))`;
  return `SELECT ${traceKeyNames.join(', ')} FROM ${place.table('raw')}${isFirst ? '' : ` WHERE ${behind}`}
ORDER BY ${traceKeyNames.join(', ')} LIMIT ${checkedLimit(limit)}`;
}

export const listWindows = (place: Place, filter: readonly string[], limit: number): string =>
  `SELECT ${selectColumns(windowsTable.columns)} FROM ${place.table('windows')} t${where(filter)}
ORDER BY t.verified_at DESC, workflow_id DESC, first_run_id DESC, t.window_index DESC LIMIT ${checkedLimit(limit)}`;

/** What lay ahead when it was verified is not verified. A window that something is missing from has not passed, whatever its state. */
export const windowChecks = (place: Place): string =>
  `SELECT CAST(w.from_ms AS STRING) AS from_ms, CAST(greatest(w.from_ms, least(w.to_ms, unix_millis(w.verified_at))) AS STRING) AS to_ms,
  CASE WHEN state IN ('complete', 'moving') AND missing = 0 THEN 'passed' ELSE 'failed' END AS outcome
FROM ${place.table('windows')} w WHERE ${ofScope} AND state <> 'suspicious'
ORDER BY w.verified_at, workflow_id, first_run_id, w.window_index`;

export const countOtherVersions = (place: Place): string =>
  `SELECT CAST(count(*) AS STRING) AS traces FROM ${place.table('gold')}
WHERE ${ofScope} AND process_version <> :process_version`;

export const markDeleted = (place: Place): string =>
  mergeDeletionMarks(
    place.table('gold'),
    `SELECT :source_id AS source_id, :experiment_id AS experiment_id, trace_id,
  timestamp_micros(CAST(:at_us AS BIGINT)) AS deleted_at_source
FROM (${textsFromJson('trace_ids', 'trace_id')})`,
  );

export const readMeta = (place: Place): string => `SELECT name, value FROM ${place.table('meta')}`;

/** Inserts or replaces rows by their key, out of the parameter `:rows`. */
function upsert(table: Table, name: string): string {
  const assignments = Object.keys(table.columns).map(
    (column) => [quoteName(column), `s.${quoteName(column)}`] as const,
  );
  return mergeStatement(name, rowsFromJson(table.columns), table.key, [
    { when: 'MATCHED', then: updateSet(assignments) },
    { when: 'NOT MATCHED', then: insertRow(assignments) },
  ]);
}

export const upsertWindow = (place: Place): string => upsert(windowsTable, place.table('windows'));
export const upsertMeta = (place: Place): string => upsert(metaTable, place.table('meta'));

export const countRows = (table: string): string => `SELECT CAST(count(*) AS STRING) AS num_rows FROM ${table}`;

/** Row counts of several tables; `place` is the position in the list, as text. */
export const countEach = (names: readonly string[]): string =>
  names
    .map((name, place) => `SELECT '${place}' AS place, CAST(count(*) AS STRING) AS num_rows FROM ${name}`)
    .join(' UNION ALL ');

/** Totals over gold: sums are NULL where nothing was known, so that unknown never reads as 0. */
export function goldSummary(place: Place, filter: readonly string[], metrics: readonly DynamicColumn[]): string {
  const sums = ['input_tokens', 'output_tokens', 'total_tokens', 'token_count_request', 'token_count_response'];
  const perMetric = metrics.flatMap(({ name }, index) => [
    `CAST(count(${quoteName(name)}) AS STRING) AS count_${index}`,
    `avg(${quoteName(name)}) AS mean_${index}`,
  ]);
  return `SELECT CAST(count(*) AS STRING) AS traces,
  CAST(min(start_time_ms) AS STRING) AS first_start_ms, CAST(max(start_time_ms) AS STRING) AS last_start_ms,
  ${sums.map((name) => `CAST(sum(${name}) AS STRING) AS ${name}`).join(', ')},
  sum(cost_usd) AS cost_usd, CAST(count_if(status = 'ERROR') AS STRING) AS error_traces${['', ...perMetric].join(', ')}
FROM ${place.table('gold')}${where(filter, ['deleted_at_source IS NULL'])}`;
}

export const countOpenDeadLetters = (place: Place, filter: readonly string[]): string =>
  `${countRows(place.table('deadLetters'))}${where(filter, ['closed_at IS NULL'])}`;

/** Limits stand in the text: not every warehouse takes a parameter there. */
const checkedLimit = (limit: number): string => String(Math.max(0, Math.trunc(limit)));
