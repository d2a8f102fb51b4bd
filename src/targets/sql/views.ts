/** The SELECT of each view. Imports the definitions and the dialect only. */
import type { DynamicColumn } from '../../tables/table.js';
import {
  costDailyView,
  metricsLongView,
  sessionsView,
  sessionTurnsView,
  spanErrorsView,
  type View,
} from '../../tables/views.js';
import type { Dialect } from './dialect.js';
import { spanErrors, type ViewedTables } from './error-view.js';
import { experimentNames, withExperimentName } from './experiment-names.js';
import { sameKey } from './fragments.js';
import { metricsLong } from './metrics-view.js';

/** A view and its SELECT, whose columns are those of the definition, in that order. */
export interface ViewQuery {
  readonly view: View;
  readonly sql: string;
}

/** @param dynamic gold's columns that data named */
export function viewQueries(dialect: Dialect, tables: ViewedTables, dynamic: readonly DynamicColumn[]): ViewQuery[] {
  return [
    { view: metricsLongView, sql: metricsLong(dialect, tables.gold, dynamic) },
    { view: costDailyView, sql: costDaily(dialect, tables) },
    { view: sessionsView, sql: sessions(tables.gold) },
    { view: sessionTurnsView, sql: sessionTurns(tables.gold) },
    { view: spanErrorsView, sql: spanErrors(dialect, tables) },
  ];
}

/** Sums of doubles in another order differ in their last digits. */
const isSameCost = (left: string, right: string): string =>
  `abs(${left} - ${right}) <= CAST(1e-9 AS DOUBLE) * greatest(abs(${left}), abs(${right}))`;

const tokens = ['input_tokens', 'output_tokens', 'total_tokens'] as const;

/**
 * A trace is told by the spans that own its tokens, where they add up to its gold row; what they do not add up to, such
 * as a cost that MLflow stored for the whole trace, is told by the gold row itself. So every amount counts once, and the
 * sums are those of gold.
 */
export function costDaily(dialect: Dialect, { gold, spans }: ViewedTables): string {
  const key = 'source_id, experiment_id, trace_id';
  const sums = tokens.map((name) => `sum(${name}) AS ${name}`).join(', ');
  const isToldByCalls = tokens.map((name) => `c.${name} IS NOT DISTINCT FROM g.${name}`).join(' AND ');
  const shared = ['day', 'source_id', 'experiment_id', 'trace_id', 'trace_origin', 'is_unpriced'];
  const ofTrace = shared.map((name) => `e.${name}`).join(', ');
  const onlyIf = (condition: string, value: string, name: string): string =>
    `CASE WHEN ${condition} THEN ${value}.${name} END AS ${name}`;
  const parts = (condition: 'e.has' | 'NOT e.has', value: string): string =>
    [
      ...tokens.map((name) => onlyIf(`${condition}_tokens`, value, name)),
      onlyIf(`${condition}_cost`, value, 'cost_usd'),
    ].join(', ');
  return `WITH names AS (${experimentNames(gold)}),
calls AS (
  SELECT ${key}, model, ${tokens.join(', ')}, cost_usd FROM ${spans} WHERE is_token_owner
),
told AS (
  SELECT ${key}, ${sums}, sum(cost_usd) AS cost_usd,
    CASE WHEN count(DISTINCT model) = 1 AND count(model) = count(*) THEN max(model) END AS model
  FROM calls GROUP BY ${key}
),
examined AS (
  SELECT ${dialect.utcDay('g.start_time')} AS day, g.source_id, g.experiment_id, g.trace_id, g.trace_origin,
    g.total_tokens IS NOT NULL AND g.cost_usd IS NULL AS is_unpriced, ${tokens.map((name) => `g.${name}`).join(', ')},
    g.cost_usd, c.model, c.trace_id IS NOT NULL AS has_calls, c.trace_id IS NOT NULL AND ${isToldByCalls} AS has_tokens,
    coalesce(${isSameCost('c.cost_usd', 'g.cost_usd')}, FALSE) AS has_cost
  FROM ${gold} g LEFT JOIN told c ON ${sameKey('c', 'g')}
  WHERE g.deleted_at_source IS NULL
),
parts AS (
  SELECT ${ofTrace}, c.model, 1 AS is_call, ${parts('e.has', 'c')}
  FROM examined e JOIN calls c ON ${sameKey('c', 'e')}
  UNION ALL
  SELECT ${ofTrace}, e.model, 0 AS is_call, ${parts('NOT e.has', 'e')}
  FROM examined e
  WHERE NOT has_calls OR (NOT has_tokens AND total_tokens IS NOT NULL) OR (NOT has_cost AND cost_usd IS NOT NULL)
)
SELECT day, p.source_id, p.experiment_id, max(n.experiment_name) AS experiment_name, trace_origin, model,
  count(DISTINCT trace_id) AS num_traces, count(DISTINCT CASE WHEN is_unpriced THEN trace_id END) AS num_unpriced_traces,
  CAST(sum(is_call) AS BIGINT) AS num_calls, ${tokens.map((name) => `CAST(sum(${name}) AS BIGINT) AS ${name}`).join(', ')},
  CAST(coalesce(sum(CASE WHEN is_unpriced THEN total_tokens END), 0) AS BIGINT) AS unpriced_tokens,
  sum(cost_usd) AS cost_usd
FROM parts p ${withExperimentName('p')}
GROUP BY day, p.source_id, p.experiment_id, trace_origin, model`;
}

const sessions = (gold: string): string => `WITH names AS (${experimentNames(gold)})
SELECT g.source_id, g.experiment_id, max(n.experiment_name) AS experiment_name, session_id, min(user_id) AS user_id,
  count(*) AS num_traces, min(start_time) AS first_start_time, max(start_time) AS last_start_time,
  count(CASE WHEN status = 'ERROR' THEN 1 END) AS num_error_traces,
  CAST(sum(total_tokens) AS BIGINT) AS total_tokens, sum(cost_usd) AS cost_usd
FROM ${gold} g ${withExperimentName('g')}
WHERE session_id IS NOT NULL AND deleted_at_source IS NULL
GROUP BY g.source_id, g.experiment_id, session_id`;

/** Numbers follow from all traces that are there, so they are right whatever order the traces came in. */
function sessionTurns(gold: string): string {
  const session = 'PARTITION BY g.source_id, g.experiment_id, session_id';
  const inOrder = `OVER (${session} ORDER BY start_time, trace_id)`;
  return `WITH names AS (${experimentNames(gold)})
SELECT g.source_id, g.experiment_id, n.experiment_name, session_id,
  CAST(row_number() ${inOrder} AS BIGINT) AS turn, count(*) OVER (${session}) AS num_turns, trace_id, trace_origin,
  start_time, execution_time_ms, status, total_tokens, total_tokens - lag(total_tokens) ${inOrder} AS tokens_growth,
  cost_usd
FROM ${gold} g ${withExperimentName('g')}
WHERE session_id IS NOT NULL AND deleted_at_source IS NULL`;
}
