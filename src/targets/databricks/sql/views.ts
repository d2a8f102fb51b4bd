/** The views over the tables, in Spark SQL. Imports table definitions and quoting. */
import type { DynamicColumn } from '../../../tables/table.js';
import type { Place } from './names.js';
import { quoteConstant, quoteName } from './quoting.js';

export interface View {
  readonly name: string;
  readonly comment: string;
  readonly sql: string;
}

/** Every view; they are made anew whenever gold has a new column. */
export function viewsOver(place: Place, dynamic: readonly DynamicColumn[]): View[] {
  const metrics = dynamic.filter(({ name, type }) => type === 'DOUBLE' && /^metric_/i.test(name));
  return [metricsLong(place.table('gold'), metrics), costDaily(place), sessions(place.table('gold'))];
}

export const createView = (place: Place, { name, comment, sql }: View): string =>
  `CREATE OR REPLACE VIEW ${place.beside(name)} COMMENT ${quoteConstant(comment)} AS ${sql}`;

/** Each gold row is read once, whatever the number of metrics. */
function metricsLong(gold: string, metrics: readonly DynamicColumn[]): View {
  const key = 'source_id, experiment_id, trace_id, start_time';
  const values = metrics.map(
    ({ name }) => `struct(${quoteConstant(name.replace(/^metric_/i, ''))} AS metric, ${quoteName(name)} AS value)`,
  );
  const rows = `SELECT ${key}, item.metric AS metric, item.value AS value
FROM (SELECT ${key}, explode(array(${values.join(', ')})) AS item FROM ${gold}) WHERE item.value IS NOT NULL`;
  const nothing = `SELECT ${key}, CAST(NULL AS STRING) AS metric, CAST(NULL AS DOUBLE) AS value FROM ${gold} WHERE FALSE`;
  return {
    name: 'genai_metrics_long',
    comment: 'One row per trace and metric: for tools that cannot follow columns that appear',
    sql: values.length === 0 ? nothing : rows,
  };
}

/** Days are UTC days, whatever the time zone of the reader. */
const utcDay = (time: string): string => `date_from_unix_date(CAST(floor(unix_seconds(${time}) / 86400) AS INT))`;

function costDaily(place: Place): View {
  return {
    name: 'genai_cost_daily',
    comment: 'Model calls, tokens and cost per UTC day, experiment and model, from the spans that count',
    sql: `SELECT ${utcDay('g.start_time')} AS day, s.source_id, s.experiment_id, s.model,
  count(DISTINCT s.trace_id) AS num_traces, count(*) AS num_calls, sum(s.input_tokens) AS input_tokens,
  sum(s.output_tokens) AS output_tokens, sum(s.total_tokens) AS total_tokens, sum(s.cost_usd) AS cost_usd
FROM ${place.table('spans')} s JOIN ${place.table('gold')} g
  ON g.source_id = s.source_id AND g.experiment_id = s.experiment_id AND g.trace_id = s.trace_id
WHERE s.is_token_owner GROUP BY 1, 2, 3, 4`,
  };
}

function sessions(gold: string): View {
  return {
    name: 'genai_sessions',
    comment: 'One row per conversation',
    sql: `SELECT source_id, experiment_id, session_id, min(user_id) AS user_id, count(*) AS num_traces,
  min(start_time) AS first_start_time, max(start_time) AS last_start_time,
  count_if(status = 'ERROR') AS num_error_traces, sum(total_tokens) AS total_tokens, sum(cost_usd) AS cost_usd
FROM ${gold} WHERE session_id IS NOT NULL GROUP BY source_id, experiment_id, session_id`,
  };
}
