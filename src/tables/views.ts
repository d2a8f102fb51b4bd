/** The views over the tables: their columns and what they mean. Pure; the SQL is in targets/sql/views. */
import { bigint, boolean, type Column, double, type TableSensitivity, text, timestamp } from './table.js';

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
  /** As of a table: views of free text stand in the schema of the text tables. */
  readonly sensitivity: TableSensitivity;
  /** In their order. */
  readonly columns: Readonly<Record<string, ViewColumn>>;
}

const source = {
  source_id: text('Name of the MLflow server'),
  experiment_id: text('MLflow experiment id on that server'),
  experiment_name: text('Name of the experiment, as the newest trace has it'),
} as const;

export const metricsLongView = {
  name: 'genai_metrics_long',
  comment:
    'One row per value that somebody gave for a metric of a trace: judges, code and people, numbers and words. The rows with is_counted give the metric columns of gold',
  sensitivity: 'facts',
  columns: {
    ...source,
    trace_id: text('MLflow trace id'),
    start_time: timestamp('Start of the trace'),
    metric: text("Name of the metric: that of gold's column without metric_, the same for judges and people"),
    raw_name: text('Name as logged, with the path to a nested value'),
    value: double('Value as a number, 1 and 0 for truth values; NULL for words and where the judge failed'),
    label: text('Value as a word; true or false for truth values, however they were written'),
    is_counted: boolean(
      "True for the values that gold's column is made of: the newest of the trace, else the newest of each judged span",
    ),
    is_newest: boolean('True for the newest value that its source gave for this metric and span'),
    is_error: boolean('True where the judge failed: then there is neither value nor label'),
    source_type: text('HUMAN, LLM_JUDGE, CODE, …'),
    source_name: text(
      'Which judge or program, or who: a person is a keyed hash if configured (MLflow calls it source_id)',
    ),
    span_id: text('Span that was judged; NULL for a verdict on the trace or on its root span'),
    assessment_id: text('Its row in the assessments table; NULL where the configuration took the value from elsewhere'),
    judged_at: timestamp('When it was given; NULL where nobody says'),
  },
} as const satisfies View;

export const costDailyView = {
  name: 'genai_cost_daily',
  comment:
    'Model calls, tokens and cost per UTC day, experiment, origin and model. Tokens and cost add up to those of the gold table; what only the trace reports, and no span, is in rows with 0 calls',
  sensitivity: 'facts',
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
  sensitivity: 'facts',
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

export const sessionTurnsView = {
  name: 'genai_session_turns',
  comment: 'One row per trace of a conversation, in the order in which they started',
  sensitivity: 'facts',
  columns: {
    ...source,
    session_id: text('The conversation'),
    turn: bigint('Number of the trace in its conversation, from 1'),
    num_turns: bigint('Traces of the conversation'),
    trace_id: text('MLflow trace id'),
    trace_origin: text('app, evaluation or judge, as in gold'),
    start_time: timestamp('Start of the trace'),
    execution_time_ms: bigint('Duration in milliseconds; NULL while in progress'),
    status: text('OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED'),
    total_tokens: bigint('All tokens; NULL where none were reported'),
    tokens_growth: bigint(
      'More tokens than in the turn before. Growth by about as much in every turn is a sign of usage that is carried along',
    ),
    cost_usd: double('US dollars; NULL where it is not known'),
  },
} as const satisfies View;

export const spanErrorsView = {
  name: 'genai_span_errors',
  comment: 'One row per failed span and exception that it recorded, and one per failed span that recorded none',
  sensitivity: 'text',
  columns: {
    ...source,
    trace_id: text('MLflow trace id'),
    span_id: text('Span that failed'),
    name: text('Name of the span'),
    kind: text('MLflow span type'),
    start_time: timestamp('Start of the span'),
    status_message: text('Message of its status'),
    exception_type: text('Type of the exception; NULL where none was recorded'),
    exception_message: text('Message of the exception'),
    exception_stack: text('Stack of the exception'),
  },
} as const satisfies View;

/** Every view. Traces that the source no longer has are in none. */
export const views: readonly View[] = [metricsLongView, costDailyView, sessionsView, sessionTurnsView, spanErrorsView];
