/**
 * Statements that ask gold about traces: what is landed of them, in which version, and what the source no longer has.
 *
 * Integers and instants come exactly, in the form of `dialect.exactInteger`; instants as epoch microseconds.
 */
import { tables, type TableRole } from '../../tables/index.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { KeyedRole } from '../warehouse.js';
import { mergeDeletionMarks } from './deletion-marks.js';
import type { Dialect, SqlParameter } from './dialect.js';

/** A statement, the values of its named parameters, and what it does, for messages. */
export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, SqlParameter>>;
  /** "reading the ledger" */
  readonly doing: string;
}

/** Tables as SQL writes them, by role. */
export type SqlTables = Readonly<Record<TableRole, string>>;

/** What of a trace is the same whatever table it is asked from, and what gold holds of it. */
export class GoldReads {
  constructor(
    protected readonly dialect: Dialect,
    protected readonly tables: SqlTables,
  ) {}

  landedById(scope: TraceScope, traceIds: readonly string[]): Statement {
    return {
      sql: `SELECT ${this.#landedColumns} FROM ${this.tables.gold} WHERE ${this.ofScope} AND ${this.ofIds} ORDER BY trace_id`,
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

  /** Keys that a table of traces holds more than once: their number, and the traces of the first ones. */
  duplicates(role: KeyedRole, scope: TraceScope, fromMs: number, toMs: number): Statement {
    const [from, to] = ['from_ms', 'to_ms'].map((name) => this.dialect.parameter(name));
    const isWithin = `start_time_ms >= ${from} AND start_time_ms < ${to}`;
    // Child rows have no start of their own.
    const within =
      role === 'gold' || role === 'raw'
        ? isWithin
        : `trace_id IN (SELECT trace_id FROM ${this.tables.gold} WHERE ${this.ofScope} AND ${isWithin})`;
    return {
      sql: `SELECT ${this.dialect.exactInteger('count(*) OVER ()')} AS num_keys, trace_id FROM (
  SELECT ${tables[role].key.join(', ')} FROM ${this.tables[role]} WHERE ${this.ofScope} AND ${within}
  GROUP BY ${tables[role].key.join(', ')} HAVING count(*) > 1
) twice ORDER BY trace_id LIMIT 10`,
      parameters: { ...scopeOf(scope), from_ms: fromMs, to_ms: toMs },
      doing: 'looking for duplicate rows',
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
    const ofListed = `${this.ofScope} AND trace_id IN (SELECT trace_id FROM listed)`;
    return {
      sql: `WITH listed AS (SELECT position, item.trace_id AS trace_id, item.source_hash AS source_hash FROM ${listed} AS items),
compared AS (SELECT listed.position, landed.*,
  dead.trace_id AS dead_trace_id, dead.source_hash AS dead_source_hash, dead.retry_after AS dead_retry_after,
  coalesce(landed.source_hash = listed.source_hash AND landed.span_state = 'complete' AND NOT landed.is_deleted
    AND dead.trace_id IS NULL, FALSE) AS is_same
  FROM listed
  LEFT JOIN (SELECT ${this.#landedColumns} FROM ${tables.gold} WHERE ${ofListed}) AS landed
    ON landed.trace_id = listed.trace_id
  LEFT JOIN (SELECT ${this.deadLetterColumns} FROM ${tables.deadLetters} WHERE closed_at IS NULL AND ${ofListed}) AS dead
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
    const { where, parameters } = this.filtered(scope, [this.#isOtherVersion]);
    return {
      sql: `SELECT ${this.dialect.exactInteger('count(*)')} AS num_rows FROM ${this.tables.gold}${where}`,
      parameters: { ...parameters, process_version: processVersion },
      doing: 'counting traces of other versions',
    };
  }

  ofOtherVersions(scope: TraceScope, traceIds: readonly string[], processVersion: string): Statement {
    return {
      sql: `SELECT trace_id FROM ${this.tables.gold}
WHERE ${this.ofScope} AND ${this.ofIds} AND ${this.#isOtherVersion} ORDER BY trace_id`,
      parameters: { ...scopeOf(scope), ...idsOf(traceIds), process_version: processVersion },
      doing: 'looking up traces of other versions',
    };
  }

  protected get ofScope(): string {
    const [source, experiment] = ['source_id', 'experiment_id'].map((name) => this.dialect.parameter(name));
    return `source_id = ${source} AND experiment_id = ${experiment}`;
  }

  protected get ofIds(): string {
    return `trace_id IN (SELECT ${this.dialect.unfoldJsonTexts(this.dialect.parameter('trace_ids'))} AS trace_id)`;
  }

  protected get deadLetterColumns(): string {
    const retryAfter = this.dialect.exactInteger(this.dialect.microsOfTimestamp('retry_after'));
    return `trace_id, source_hash, ${retryAfter} AS retry_after`;
  }

  /** Conditions over the columns whose values are given, and `always`. */
  protected filtered(
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
  /** Of `g`, by the TIMESTAMP column, which Delta clusters the table by, and then exactly. */
  get #presentBetween(): string {
    const [from, to] = ['from_ms', 'to_ms'].map((name) => this.dialect.parameter(name));
    const at = (bound: string | undefined): string => this.dialect.timestampOfMicros(`(${bound ?? ''} * 1000)`);
    return `${this.ofScope}
  AND start_time >= ${at(from)} AND start_time < ${at(to)}
  AND start_time_ms >= ${from} AND start_time_ms < ${to} AND deleted_at_source IS NULL`;
  }

  get #isOtherVersion(): string {
    return `deleted_at_source IS NULL AND process_version <> ${this.dialect.parameter('process_version')}`;
  }

  get #landedColumns(): string {
    const exact = ['start_time_ms', 'execution_time_ms', 'num_spans', 'num_assessments'].map(
      (name) => `${this.dialect.exactInteger(name)} AS ${name}`,
    );
    const observedAt = this.dialect.exactInteger(this.dialect.microsOfTimestamp('observed_at'));
    return `trace_id, source_hash, span_state, ${exact.join(', ')}, ${observedAt} AS observed_at,
  deleted_at_source IS NOT NULL AS is_deleted`;
  }
}

export const scopeOf = ({ sourceId, experimentId }: TraceScope): Record<string, SqlParameter> => ({
  source_id: sourceId,
  experiment_id: experimentId,
});

export const idsOf = (traceIds: readonly string[]): Record<string, SqlParameter> => ({
  trace_ids: JSON.stringify(traceIds.map((traceId) => traceId.toWellFormed())),
});
