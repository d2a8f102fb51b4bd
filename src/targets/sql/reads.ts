/**
 * Statements that read the tables, and those that write their bookkeeping. Imports tables and the dialect only.
 *
 * Integers and instants come exactly, in the form of `dialect.exactInteger`; instants as epoch microseconds.
 */
import type { CostQuestion } from '../../answers/cost.js';
import { deadLettersTable, metaTable, windowsTable } from '../../tables/bookkeeping.js';
import { traceKeyNames } from '../../tables/staged-trace.js';
import type { DynamicColumn, RowOf } from '../../tables/table.js';
import type { TraceKey, TraceScope } from '../../tables/trace-key.js';
import { rawTracesTable } from '../../tables/traces.js';
import { costRowsStatement, costTotalsStatement, unpricedStatement } from './costs.js';
import { GoldReads, idsOf, scopeOf } from './gold-reads.js';
import type { Statement } from './gold-reads.js';
import { GroupStatements } from './group-statements.js';
import { selectColumns } from './rows.js';
import { upsert } from './upsert.js';

const key = traceKeyNames.join(', ');

/** The statements of one warehouse over its tables. */
export class Reads extends GoldReads {
  /** Rows, totals, calls without a price. */
  costs(question: CostQuestion): readonly [Statement, Statement, Statement] {
    const { dialect, tables } = this;
    return [
      costRowsStatement(dialect, tables, question),
      costTotalsStatement(dialect, tables, question),
      unpricedStatement(dialect, tables, question),
    ];
  }

  /** Those of comparisons. */
  get groups(): GroupStatements {
    return new GroupStatements(this.dialect, this.tables.gold);
  }

  openDeadLettersById(scope: TraceScope, traceIds: readonly string[]): Statement {
    return {
      sql: `SELECT ${this.deadLetterColumns} FROM ${this.tables.deadLetters}
WHERE ${this.ofScope} AND closed_at IS NULL AND ${this.ofIds} ORDER BY trace_id`,
      parameters: { ...scopeOf(scope), ...idsOf(traceIds) },
      doing: 'looking up dead letters',
    };
  }

  /** Open ones, the latest failure first. */
  deadLetterRows(filter: Partial<TraceScope>, limit: number): Statement {
    const { where, parameters } = this.filtered(filter, ['t.closed_at IS NULL']);
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
WHERE ${this.ofScope} AND ${this.ofIds} ORDER BY trace_id`,
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
    const { where, parameters } = this.filtered(filter, []);
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
FROM ${this.tables.windows} w WHERE ${this.ofScope} AND state <> 'suspicious'
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

  metaNamed(name: string): Statement {
    return {
      sql: `SELECT name, value FROM ${this.tables.meta} WHERE name = ${this.dialect.parameter('name')}`,
      parameters: { name },
      doing: 'reading a fact about the tables',
    };
  }

  /** One row: totals over gold, and `count_<n>`, `mean_<n>` for the n-th metric; sums of nothing known are NULL. */
  goldTotals(filter: Partial<TraceScope>, metrics: readonly DynamicColumn[]): Statement {
    const { dialect } = this;
    const { where, parameters } = this.filtered(filter, ['deleted_at_source IS NULL']);
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
    const { where, parameters } = this.filtered(filter, ['closed_at IS NULL']);
    const count = this.dialect.exactInteger('count(*)');
    const sql = `SELECT ${count} AS num_rows FROM ${this.tables.deadLetters}${where}`;
    return { sql, parameters, doing: 'counting dead letters' };
  }
}

/** Limits stand in the text: not every warehouse takes a parameter there. */
const limited = (limit: number): string => `LIMIT ${Math.max(0, Math.trunc(limit))}`;
