/** Statements that sum up costs. Every sum is that of gold: calls count where they add up to it (views.ts). */
import type { CostAnswer, CostGrouping, CostQuestion, CostRow, CostTotals, UnpricedModel } from '../../answers/cost.js';
import type { Dialect, SqlParameter } from './dialect.js';
import { sameKey } from './fragments.js';
import type { SqlTables, Statement } from './gold-reads.js';
import { doubleOrNull, integerOrNull } from './read-rows.js';
import type { SqlRow } from './rows.js';
import { costDaily } from './views.js';

const calendar: readonly string[] = ['day', 'week', 'month'];

export function costRowsStatement(dialect: Dialect, tables: SqlTables, question: CostQuestion): Statement {
  const { sql, parameters } = goldBetween(dialect, tables, question);
  const order = calendar.includes(question.by.kind) ? 'name NULLS LAST' : 'cost_usd DESC NULLS LAST, name NULLS LAST';
  const { kind } = question.by;
  const query =
    kind === 'model' || kind === 'provider'
      ? byCall(dialect, tables, sql, kind)
      : `SELECT ${groupName(dialect, question.by)} AS name, ${sumsOfGold(dialect)} FROM ${sql} g GROUP BY 1`;
  return { sql: `${query} ORDER BY ${order}`, parameters, doing: 'summing up costs' };
}

export function costTotalsStatement(dialect: Dialect, tables: SqlTables, question: CostQuestion): Statement {
  const { sql, parameters } = goldBetween(dialect, tables, question);
  const partIf = (condition: string, name: string, column = 'cost_usd'): string =>
    `sum(CASE WHEN ${condition} THEN ${column} END) AS ${name}`;
  const parts = [
    partIf("trace_origin = 'judge'", 'judge_cost_usd'),
    partIf("trace_origin = 'evaluation'", 'evaluation_cost_usd'),
    partIf("price_match = 'family'", 'family_cost_usd'),
    partIf('cost_reported_usd IS NOT NULL', 'compared_cost_usd'),
    partIf('cost_usd IS NOT NULL', 'reported_cost_usd', 'cost_reported_usd'),
    'sum(cost_estimated_usd) AS estimated_cost_usd',
  ];
  return {
    sql: `SELECT ${sumsOfGold(dialect)}, ${parts.join(', ')} FROM ${sql} g`,
    parameters,
    doing: 'summing up costs',
  };
}

/** Calls that count and have no cost. */
export function unpricedStatement(dialect: Dialect, tables: SqlTables, question: CostQuestion): Statement {
  const { sql, parameters } = goldBetween(dialect, tables, question);
  return {
    sql: `SELECT model, provider, coalesce(c.cost_missing_reason, 'no_price') AS reason,
  ${dialect.exactInteger('count(*)')} AS calls,
  ${dialect.exactInteger('coalesce(sum(c.total_tokens), 0) + coalesce(sum(c.embedding_tokens), 0)')} AS total_tokens
FROM ${tables.spans} c JOIN ${sql} g ON ${sameKey('c', 'g')}
WHERE c.is_token_owner AND c.cost_usd IS NULL AND (c.total_tokens > 0 OR c.embedding_tokens > 0)
GROUP BY 1, 2, 3 ORDER BY model NULLS LAST, provider NULLS LAST, reason`,
    parameters,
    doing: 'looking for calls without a price',
  };
}

export function asCostAnswer(rows: readonly SqlRow[], totals: SqlRow, unpriced: readonly SqlRow[]): CostAnswer {
  // Sorted here: exact integers may come as text, which no database sorts as numbers.
  const byTokens = unpriced.map(asUnpriced).sort((left, right) => right.totalTokens - left.totalTokens);
  return { rows: rows.map(asCostRow), totals: asTotals(totals), unpriced: byTokens };
}

/** Gold without what the source no longer has, as a table. */
function goldBetween(
  dialect: Dialect,
  tables: SqlTables,
  { fromMs, toMs }: CostQuestion,
): { sql: string; parameters: Record<string, SqlParameter> } {
  const bounds = [
    ...(fromMs === null ? [] : [`start_time_ms >= ${dialect.parameter('from_ms')}`]),
    ...(toMs === null ? [] : [`start_time_ms < ${dialect.parameter('to_ms')}`]),
  ];
  return {
    sql: `(SELECT * FROM ${tables.gold} WHERE ${['deleted_at_source IS NULL', ...bounds].join(' AND ')})`,
    parameters: { ...(fromMs === null ? {} : { from_ms: fromMs }), ...(toMs === null ? {} : { to_ms: toMs }) },
  };
}

function sumsOfGold(dialect: Dialect): string {
  return [
    `${dialect.exactInteger('count(*)')} AS traces`,
    `${dialect.exactInteger('coalesce(sum(total_tokens), 0)')} AS total_tokens`,
    `${dialect.exactInteger('coalesce(sum(CASE WHEN cost_usd IS NULL THEN total_tokens END), 0)')} AS unpriced_tokens`,
    'sum(cost_usd) AS cost_usd',
  ].join(', ');
}

/** The view of costs over calls that are named by their model, or by their provider. */
function byCall(dialect: Dialect, tables: SqlTables, gold: string, kind: 'model' | 'provider'): string {
  const spans = `(SELECT source_id, experiment_id, trace_id, is_token_owner, ${kind} AS model, input_tokens, output_tokens,
  total_tokens, cost_usd FROM ${tables.spans})`;
  return `SELECT model AS name, ${dialect.exactInteger('sum(num_traces)')} AS traces,
  ${dialect.exactInteger('coalesce(sum(total_tokens), 0)')} AS total_tokens,
  ${dialect.exactInteger('sum(unpriced_tokens)')} AS unpriced_tokens, sum(cost_usd) AS cost_usd
FROM (${costDaily(dialect, { gold, spans, raw: tables.raw })}) daily GROUP BY model`;
}

function groupName(dialect: Dialect, by: CostGrouping): string {
  const day = dialect.utcDay('start_time');
  switch (by.kind) {
    case 'dimension':
      return dialect.identifier(`dim_${by.name}`);
    case 'day':
      return dialect.asText(day);
    case 'week':
      return dialect.asText(`CAST(date_trunc('week', ${day}) AS DATE)`);
    case 'month':
      return `substr(${dialect.asText(day)}, 1, 7)`;
    case 'user':
      return 'user_id';
    case 'session':
      return 'session_id';
    case 'experiment':
      return 'experiment_id';
    case 'trace-name':
      return 'trace_name';
    default:
      return 'trace_origin';
  }
}

const nameOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const asCostRow = (row: SqlRow): CostRow => ({ name: nameOrNull(row['name']), ...sumsIn(row) });

const sumsIn = (row: SqlRow): Omit<CostRow, 'name'> => ({
  traces: integerOrNull(row, 'traces') ?? 0,
  totalTokens: integerOrNull(row, 'total_tokens') ?? 0,
  unpricedTokens: integerOrNull(row, 'unpriced_tokens') ?? 0,
  costUsd: doubleOrNull(row, 'cost_usd'),
});

const asTotals = (row: SqlRow): CostTotals => ({
  ...sumsIn(row),
  judgeCostUsd: doubleOrNull(row, 'judge_cost_usd'),
  evaluationCostUsd: doubleOrNull(row, 'evaluation_cost_usd'),
  familyCostUsd: doubleOrNull(row, 'family_cost_usd'),
  comparedCostUsd: doubleOrNull(row, 'compared_cost_usd'),
  reportedCostUsd: doubleOrNull(row, 'reported_cost_usd'),
  estimatedCostUsd: doubleOrNull(row, 'estimated_cost_usd'),
});

const asUnpriced = (row: SqlRow): UnpricedModel => ({
  model: nameOrNull(row['model']),
  provider: nameOrNull(row['provider']),
  reason: nameOrNull(row['reason']) ?? 'no_price',
  calls: integerOrNull(row, 'calls') ?? 0,
  totalTokens: integerOrNull(row, 'total_tokens') ?? 0,
});
