/**
 * Statements that read the tables, and those that write their bookkeeping. Imports tables and the dialect only.
 *
 * Integers and instants come exactly, in the form of `dialect.exactInteger`; instants as epoch microseconds.
 */
import { deadLettersTable, metaTable, windowsTable } from '../../tables/bookkeeping.js';
import type { TableRole } from '../../tables/index.js';
import { traceKeyNames } from '../../tables/staged-trace.js';
import type { DynamicColumn, RowOf } from '../../tables/table.js';
import type { TraceKey, TraceScope } from '../../tables/trace-key.js';
import { rawTracesTable } from '../../tables/traces.js';
import { mergeDeletionMarks } from './deletion-marks.js';
import type { Dialect, SqlParameter } from './dialect.js';
import { selectColumns } from './rows.js';
import { upsert } from './upsert.js';

/** A statement, the values of its named parameters, and what it does, for messages. */
export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, SqlParameter>>;
  /** "reading the ledger" */
  readonly doing: string;
}

/** Tables as SQL writes them, by role. */
export type SqlTables = Readonly<Record<TableRole, string>>;

const key = traceKeyNames.join(', ');

/** The statements of one warehouse over its tables. */
export class Reads {
  constructor(
    private readonly dialect: Dialect,
    private readonly tables: SqlTables,
  ) {}

  landedById(scope: TraceScope, traceIds: readonly string[]): Statement {
    return {
      sql: `SELECT ${this.#landedColumns} FROM ${this.tables.gold} WHERE ${this.#ofScope} AND ${this.#ofIds} ORDER BY trace_id`,
      parameters: { ...scopeOf(scope), ...idsOf(traceIds) },
      doing: 'looking up landed traces',
    };
  }

  landedBetween(scope: TraceScope, fromMs: number, toMs: number): Statement {
    return {
      sql: `SELECT trace_id FROM ${this.tables.gold} g WHERE ${this.#presentBetween} ORDER BY g.start_time_ms, trace_id`,
      parameters: { ...scopeOf(scope), from_ms: fromMs, to_ms: toMs },
      doing: 'looking up landed traces',
    };
  }

  sumSpans(scope: TraceScope, fromMs: number, toMs: number): Statement {
    const { dialect } = this;
    return {
      sql: `SELECT ${dialect.exactInteger('count(*)')} AS num_traces,
  ${dialect.exactInteger('CAST(coalesce(sum(g.num_spans), 0) AS BIGINT)')} AS num_spans
FROM ${this.tables.gold} g WHERE ${this.#presentBetween}`,
      parameters: { ...scopeOf(scope), from_ms: fromMs, to_ms: toMs },
      doing: 'counting landed spans',
    };
  }

  /**
   * One row per differing version: its `place` in the list, from 0, with what gold has of the trace and, with `dead_`
   * before the names, its dead letter. Of all others one row, with `is_same` and their number, so that an answer that
   * lost rows is not taken for agreement. Spark can only broadcast the right side of a LEFT JOIN, so that gold is first
   * brought down to the ids by a join that it can broadcast.
   */
  compare(scope: TraceScope, versions: readonly (readonly [traceId: string, sourceHash: string])[]): Statement {
    const { dialect, tables } = this;
    const listed = dialect.structsFromJson(dialect.parameter('versions'), {
      trace_id: 'STRING',
      source_hash: 'STRING',
    });
    const ofListed = `${this.#ofScope} AND trace_id IN (SELECT trace_id FROM listed)`;
    return {
      sql: `WITH listed AS (SELECT position, item.trace_id AS trace_id, item.source_hash AS source_hash FROM ${listed} AS items),
compared AS (SELECT listed.position, landed.*,
  dead.trace_id AS dead_trace_id, dead.source_hash AS dead_source_hash, dead.retry_after AS dead_retry_after,
  coalesce(landed.source_hash = listed.source_hash AND landed.span_state = 'complete' AND NOT landed.is_deleted
    AND dead.trace_id IS NULL, FALSE) AS is_same
  FROM listed
  LEFT JOIN (SELECT ${this.#landedColumns} FROM ${tables.gold} WHERE ${ofListed}) AS landed
    ON landed.trace_id = listed.trace_id
  LEFT JOIN (SELECT ${this.#deadLetterColumns} FROM ${tables.deadLetters} WHERE closed_at IS NULL AND ${ofListed}) AS dead
    ON dead.trace_id = listed.trace_id),
counted AS (SELECT compared.*, count(*) OVER (PARTITION BY is_same) AS num_versions,
  row_number() OVER (PARTITION BY is_same ORDER BY position) AS nth FROM compared)
SELECT is_same, ${dialect.exactInteger('counted.position')} AS place,
  ${dialect.exactInteger('num_versions')} AS num_versions, trace_id, source_hash, span_state, start_time_ms,
  execution_time_ms, num_spans, num_assessments, observed_at, is_deleted, dead_trace_id, dead_source_hash, dead_retry_after
FROM counted WHERE NOT is_same OR nth = 1`,
      parameters: {
        ...scopeOf(scope),
        versions: JSON.stringify(
          versions.map(([traceId, sourceHash]) => ({ trace_id: traceId.toWellFormed(), source_hash: sourceHash })),
        ),
      },
      doing: 'comparing with landed traces',
    };
  }

  markDeleted(scope: TraceScope, traceIds: readonly string[], atMs: number | null): Statement {
    const { dialect } = this;
    const at = dialect.timestampOfMicros(`CAST(${dialect.parameter('at_us')} AS BIGINT)`);
    const source = `SELECT ${dialect.parameter('source_id')} AS source_id,
  ${dialect.parameter('experiment_id')} AS experiment_id, trace_id, ${at} AS deleted_at_source
FROM (SELECT ${dialect.unfoldJsonTexts(dialect.parameter('trace_ids'))} AS trace_id) ids`;
    return {
      sql: mergeDeletionMarks(this.tables.gold, source),
      parameters: { ...scopeOf(scope), ...idsOf(traceIds), at_us: atMs === null ? null : atMs * 1000 },
      doing: 'marking traces that the source no longer has',
    };
  }

  countOtherVersions(scope: Partial<TraceScope>, processVersion: string): Statement {
    const { where, parameters } = this.#filtered(scope, [this.#isOtherVersion]);
    return {
      sql: `SELECT ${this.dialect.exactInteger('count(*)')} AS num_rows FROM ${this.tables.gold}${where}`,
      parameters: { ...parameters, process_version: processVersion },
      doing: 'counting traces of other versions',
    };
  }

  ofOtherVersions(scope: TraceScope, traceIds: readonly string[], processVersion: string): Statement {
    return {
      sql: `SELECT trace_id FROM ${this.tables.gold}
WHERE ${this.#ofScope} AND ${this.#ofIds} AND ${this.#isOtherVersion} ORDER BY trace_id`,
      parameters: { ...scopeOf(scope), ...idsOf(traceIds), process_version: processVersion },
      doing: 'looking up traces of other versions',
    };
  }

  openDeadLettersById(scope: TraceScope, traceIds: readonly string[]): Statement {
    return {
      sql: `SELECT ${this.#deadLetterColumns} FROM ${this.tables.deadLetters}
WHERE ${this.#ofScope} AND closed_at IS NULL AND ${this.#ofIds} ORDER BY trace_id`,
      parameters: { ...scopeOf(scope), ...idsOf(traceIds) },
      doing: 'looking up dead letters',
    };
  }

  /** Open ones, the latest failure first. */
  deadLetterRows(filter: Partial<TraceScope>, limit: number): Statement {
    const { where, parameters } = this.#filtered(filter, ['t.closed_at IS NULL']);
    return {
      sql: `SELECT ${selectColumns(this.dialect, deadLettersTable.columns)} FROM ${this.tables.deadLetters} t${where}
ORDER BY t.last_failed_at DESC, ${key} ${limited(limit)}`,
      parameters,
      doing: 'listing dead letters',
    };
  }

  rawById(scope: TraceScope, traceIds: readonly string[]): Statement {
    return {
      sql: `SELECT ${selectColumns(this.dialect, rawTracesTable.columns)} FROM ${this.tables.raw}
WHERE ${this.#ofScope} AND ${this.#ofIds} ORDER BY trace_id`,
      parameters: { ...scopeOf(scope), ...idsOf(traceIds) },
      doing: 'reading raw traces',
    };
  }

  /** Pages by keyset; null for the first one. */
  rawKeys(after: TraceKey | null, limit: number): Statement {
    const [source, experiment, trace] = traceKeyNames.map((name) => this.dialect.parameter(name));
    const behind = ` WHERE source_id > ${source} OR (source_id = ${source} AND (experiment_id > ${experiment}
  OR (experiment_id = ${experiment} AND trace_id > ${trace})))`;
    return {
      sql: `SELECT ${key} FROM ${this.tables.raw}${after === null ? '' : behind} ORDER BY ${key} ${limited(limit)}`,
      parameters: after === null ? {} : { ...scopeOf(after), trace_id: after.traceId },
      doing: 'listing raw traces',
    };
  }

  ledgerRows(
    filter: Partial<TraceScope> & { readonly workflowId?: string; readonly firstRunId?: string },
    limit: number,
  ): Statement {
    const { where, parameters } = this.#filtered(filter, []);
    return {
      sql: `SELECT ${selectColumns(this.dialect, windowsTable.columns)} FROM ${this.tables.windows} t${where}
ORDER BY t.verified_at DESC, workflow_id DESC, first_run_id DESC, t.window_index DESC ${limited(limit)}`,
      parameters,
      doing: 'reading the ledger',
    };
  }

  /**
   * What lay ahead when it was verified is not verified. A window that something is missing from has not passed, whatever
   * its state.
   */
  windowChecks(scope: TraceScope): Statement {
    const { dialect } = this;
    const from = dialect.exactInteger('w.from_ms');
    const to = dialect.exactInteger(
      `greatest(w.from_ms, least(w.to_ms, CAST(floor(${dialect.microsOfTimestamp('w.verified_at')} / 1000) AS BIGINT)))`,
    );
    return {
      sql: `SELECT ${from} AS from_ms, ${to} AS to_ms, state IN ('complete', 'moving') AND missing = 0 AS passed
FROM ${this.tables.windows} w WHERE ${this.#ofScope} AND state <> 'suspicious'
ORDER BY w.verified_at, workflow_id, first_run_id, w.window_index`,
      parameters: scopeOf(scope),
      doing: 'reading the ledger',
    };
  }

  upsertWindow(row: RowOf<typeof windowsTable>): Statement {
    return { ...upsert(this.dialect, windowsTable, this.tables.windows, row), doing: 'writing the ledger' };
  }

  upsertMeta(name: string, value: string): Statement {
    const row = { name, value, updated_at: Date.now() * 1000 };
    const doing = 'writing the facts about the tables';
    return { ...upsert(this.dialect, metaTable, this.tables.meta, row), doing };
  }

  meta(): Statement {
    return { sql: `SELECT name, value FROM ${this.tables.meta}`, parameters: {}, doing: 'reading the schema version' };
  }

  /** One row: totals over gold, and `count_<n>`, `mean_<n>` for the n-th metric; sums of nothing known are NULL. */
  goldTotals(filter: Partial<TraceScope>, metrics: readonly DynamicColumn[]): Statement {
    const { dialect } = this;
    const { where, parameters } = this.#filtered(filter, ['deleted_at_source IS NULL']);
    const sums = ['input_tokens', 'output_tokens', 'total_tokens', 'token_count_request', 'token_count_response'];
    const exact: Readonly<Record<string, string>> = {
      traces: 'count(*)',
      first_start_ms: 'min(start_time_ms)',
      last_start_ms: 'max(start_time_ms)',
      ...Object.fromEntries(sums.map((name) => [name, `sum(${name})`])),
      error_traces: "count(CASE WHEN status = 'ERROR' THEN 1 END)",
      ...Object.fromEntries(metrics.map(({ name }, index) => [`count_${index}`, `count(${dialect.identifier(name)})`])),
    };
    const totals = [
      ...Object.entries(exact).map(([name, sql]) => `${dialect.exactInteger(sql)} AS ${name}`),
      'sum(cost_usd) AS cost_usd',
      ...metrics.map(({ name }, index) => `avg(${dialect.identifier(name)}) AS mean_${index}`),
    ];
    return {
      sql: `SELECT ${totals.join(', ')} FROM ${this.tables.gold}${where}`,
      parameters,
      doing: 'summing up the gold table',
    };
  }

  countOpenDeadLetters(filter: Partial<TraceScope>): Statement {
    const { where, parameters } = this.#filtered(filter, ['closed_at IS NULL']);
    const count = this.dialect.exactInteger('count(*)');
    const sql = `SELECT ${count} AS num_rows FROM ${this.tables.deadLetters}${where}`;
    return { sql, parameters, doing: 'counting dead letters' };
  }

  get #ofScope(): string {
    const [source, experiment] = ['source_id', 'experiment_id'].map((name) => this.dialect.parameter(name));
    return `source_id = ${source} AND experiment_id = ${experiment}`;
  }

  /** Of `g`, by the TIMESTAMP column, which Delta clusters the table by, and then exactly. */
  get #presentBetween(): string {
    const [from, to] = ['from_ms', 'to_ms'].map((name) => this.dialect.parameter(name));
    const at = (bound: string | undefined): string => this.dialect.timestampOfMicros(`(${bound ?? ''} * 1000)`);
    return `${this.#ofScope}
  AND start_time >= ${at(from)} AND start_time < ${at(to)}
  AND start_time_ms >= ${from} AND start_time_ms < ${to} AND deleted_at_source IS NULL`;
  }

  get #isOtherVersion(): string {
    return `deleted_at_source IS NULL AND process_version <> ${this.dialect.parameter('process_version')}`;
  }

  get #ofIds(): string {
    return `trace_id IN (SELECT ${this.dialect.unfoldJsonTexts(this.dialect.parameter('trace_ids'))} AS trace_id)`;
  }

  get #landedColumns(): string {
    const exact = ['start_time_ms', 'execution_time_ms', 'num_spans', 'num_assessments'].map(
      (name) => `${this.dialect.exactInteger(name)} AS ${name}`,
    );
    const observedAt = this.dialect.exactInteger(this.dialect.microsOfTimestamp('observed_at'));
    return `trace_id, source_hash, span_state, ${exact.join(', ')}, ${observedAt} AS observed_at,
  deleted_at_source IS NOT NULL AS is_deleted`;
  }

  get #deadLetterColumns(): string {
    const retryAfter = this.dialect.exactInteger(this.dialect.microsOfTimestamp('retry_after'));
    return `trace_id, source_hash, ${retryAfter} AS retry_after`;
  }

  /** Conditions over the columns whose values are given, and `always`. */
  #filtered(
    filter: Partial<TraceScope> & { readonly workflowId?: string; readonly firstRunId?: string },
    always: readonly string[],
  ): { where: string; parameters: Record<string, SqlParameter> } {
    const wanted = {
      source_id: filter.sourceId,
      experiment_id: filter.experimentId,
      workflow_id: filter.workflowId,
      first_run_id: filter.firstRunId,
    };
    const given = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const conditions = [...always, ...given.map(([name]) => `${name} = ${this.dialect.parameter(name)}`)];
    return {
      where: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`,
      parameters: Object.fromEntries(given),
    };
  }
}

const scopeOf = ({ sourceId, experimentId }: TraceScope): Record<string, SqlParameter> => ({
  source_id: sourceId,
  experiment_id: experimentId,
});

const idsOf = (traceIds: readonly string[]): Record<string, SqlParameter> => ({
  trace_ids: JSON.stringify(traceIds.map((traceId) => traceId.toWellFormed())),
});

/** Limits stand in the text: not every warehouse takes a parameter there. */
const limited = (limit: number): string => `LIMIT ${Math.max(0, Math.trunc(limit))}`;
