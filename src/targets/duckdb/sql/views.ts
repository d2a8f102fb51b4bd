/** The views over the tables. Imports domain and the quoting only. */
import type { TableRole } from '../../../tables/index.js';
import type { DynamicColumn } from '../../../tables/table.js';
import { identifier, textConstant } from './names.js';

export interface View {
  readonly name: string;
  readonly comment: string;
  readonly sql: string;
}

type SqlNames = Readonly<Record<TableRole, string>>;

/** Every view; they are made anew whenever gold has a new column. */
export function viewsOver(names: SqlNames, dynamic: readonly DynamicColumn[]): View[] {
  const metrics = dynamic.filter(({ name, type }) => type === 'DOUBLE' && /^metric_/i.test(name));
  return [metricsLong(names.gold, metrics), costDaily(names), sessions(names.gold)];
}

export function createView({ name, comment, sql }: View): string[] {
  return [
    `CREATE OR REPLACE VIEW ${identifier(name)} AS ${sql}`,
    `COMMENT ON VIEW ${identifier(name)} IS ${textConstant(comment)}`,
  ];
}

/** Each gold row is read once, whatever the number of metrics. */
function metricsLong(gold: string, metrics: readonly DynamicColumn[]): View {
  const key = 'source_id, experiment_id, trace_id, start_time';
  const values = metrics.map(
    ({ name }) => `{metric: ${textConstant(name.replace(/^metric_/i, ''))}, value: ${identifier(name)}}`,
  );
  const list = values.length === 0 ? '[]::STRUCT(metric VARCHAR, value DOUBLE)[]' : `[${values.join(', ')}]`;
  return {
    name: 'genai_metrics_long',
    comment: 'One row per trace and metric: for tools that cannot follow columns that appear',
    sql: `SELECT ${key}, item.metric AS metric, item.value AS value
FROM (SELECT ${key}, unnest(${list}) AS item FROM ${gold}) WHERE item.value IS NOT NULL`,
  };
}

/** Days are UTC days, whatever the time zone of the reader. */
function costDaily({ gold, spans }: SqlNames): View {
  return {
    name: 'genai_cost_daily',
    comment: 'Model calls, tokens and cost per UTC day, experiment and model, from the spans that count',
    sql: `SELECT CAST(g.start_time AT TIME ZONE 'UTC' AS DATE) AS day, s.source_id, s.experiment_id, s.model,
  count(DISTINCT s.trace_id) AS num_traces, count(*) AS num_calls, CAST(sum(s.input_tokens) AS BIGINT) AS input_tokens,
  CAST(sum(s.output_tokens) AS BIGINT) AS output_tokens, CAST(sum(s.total_tokens) AS BIGINT) AS total_tokens,
  sum(s.cost_usd) AS cost_usd
FROM ${spans} s JOIN ${gold} g USING (source_id, experiment_id, trace_id)
WHERE s.is_token_owner GROUP BY ALL`,
  };
}

function sessions(gold: string): View {
  return {
    name: 'genai_sessions',
    comment: 'One row per conversation',
    sql: `SELECT source_id, experiment_id, session_id, min(user_id) AS user_id, count(*) AS num_traces,
  min(start_time) AS first_start_time, max(start_time) AS last_start_time,
  count(*) FILTER (WHERE status = 'ERROR') AS num_error_traces, CAST(sum(total_tokens) AS BIGINT) AS total_tokens,
  sum(cost_usd) AS cost_usd
FROM ${gold} WHERE session_id IS NOT NULL GROUP BY source_id, experiment_id, session_id`,
  };
}
