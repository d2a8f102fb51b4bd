/** The views over the tables: their columns and what they mean. Pure; the SQL is in targets/sql/views. */
import { bigint, type Column, double, text, timestamp } from './table.js';

/** A column of a view; days exist in views only. */
export interface ViewColumn {
  readonly type: Column['type'] | 'DATE';
  /** What it means, with its unit. */
  readonly comment: string;
}

/** A view, made anew whenever gold has a new column. */
export interface View {
  readonly name: string;
  readonly comment: string;
  /** In their order. */
  readonly columns: Readonly<Record<string, ViewColumn>>;
}

const source = {
  source_id: text('Name of the MLflow server'),
  experiment_id: text('MLflow experiment id on that server'),
} as const;

export const metricsLongView = {
  name: 'genai_metrics_long',
  comment: 'One row per trace and metric that is a number: for tools that cannot follow columns that appear',
  columns: {
    ...source,
    trace_id: text('MLflow trace id'),
    start_time: timestamp('Start of the trace'),
    metric: text("Name of the metric: that of gold's column without metric_"),
    value: double('Its value; traces without one have no row'),
  },
} as const satisfies View;

export const costDailyView = {
  name: 'genai_cost_daily',
  comment:
    'Model calls, tokens and cost per UTC day, experiment, origin and model. Tokens and cost add up to those of the gold table; what only the trace reports, and no span, is in rows with 0 calls',
  columns: {
    day: { type: 'DATE', comment: 'UTC day on which the traces started' },
    ...source,
    trace_origin: text('app, evaluation or judge, as in gold'),
    model: text('Language model; NULL where no span tells it'),
    num_traces: bigint('Traces with such calls; a trace that uses two models counts in both rows'),
    num_unpriced_traces: bigint('Those of them whose cost is unknown although tokens are known'),
    num_calls: bigint('Spans whose tokens count (is_token_owner)'),
    input_tokens: bigint('Prompt tokens; NULL where none were reported'),
    output_tokens: bigint('Completion tokens, likewise'),
    total_tokens: bigint('All tokens, likewise'),
    unpriced_tokens: bigint('Part of total_tokens in traces whose cost is unknown; 0 where every cost is known'),
    cost_usd: double('US dollars; NULL where no cost is known. It covers total_tokens without unpriced_tokens'),
  },
} as const satisfies View;

export const sessionsView = {
  name: 'genai_sessions',
  comment: 'One row per conversation',
  columns: {
    ...source,
    session_id: text('The conversation'),
    user_id: text('User of the application; the first in the alphabet where there are several'),
    num_traces: bigint('Traces of the conversation'),
    first_start_time: timestamp('Start of its first trace'),
    last_start_time: timestamp('Start of its last trace'),
    num_error_traces: bigint('Traces with status ERROR'),
    total_tokens: bigint('Sum over the traces where it is known; NULL where it is for none'),
    cost_usd: double('US dollars, likewise'),
  },
} as const satisfies View;

/** Every view. Traces that the source no longer has are in none. */
export const views: readonly View[] = [metricsLongView, costDailyView, sessionsView];
