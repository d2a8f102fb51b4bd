/** The tables about assessments and metrics. Pure. */
import { bigint, boolean, defineTable, double, json, required, text, timestamp } from './table.js';
import { traceKeyColumns } from './traces.js';

export const assessmentsTable = defineTable({
  name: 'genai_trace_assessments',
  comment: 'Every version of every assessment that was ever seen, including replaced and deleted ones',
  sensitivity: 'text',
  key: ['source_id', 'experiment_id', 'trace_id', 'assessment_id', 'last_update_time_ms'],
  columns: {
    ...traceKeyColumns,
    assessment_id: required(text('MLflow assessment id; an edit keeps it')),
    last_update_time_ms: required(bigint('Time of this version, epoch milliseconds; 0 where the source gives none')),
    name: required(text('Raw name, as logged')),
    column_name: text('Metric column the value itself goes to; NULL where only values inside it have one, or none has'),
    kind: required(text('feedback, expectation or issue')),
    level: required(text('trace, span (has a span_id) or session (about a whole conversation)')),
    span_id: text('Span that was judged'),
    source_type: text('HUMAN, LLM_JUDGE, CODE, …'),
    source_name: text('Who or which judge (MLflow calls it source_id)'),
    run_id: text('Evaluation run that wrote it'),
    create_time: timestamp('When it was first written'),
    value_number: double('Value as a number: numbers, numeric text, and 1/0 for yes/no, true/false, pass/fail'),
    value_boolean: boolean('Value as a truth value, where it is one'),
    value_text: text('Value as text, where it is text'),
    value_json: json('Value exactly as the source gave it'),
    num_values_left_out: bigint(
      'Values inside value_json that are too deep or too many to be metrics; NULL where none is',
    ),
    values_left_out: json('Paths of the first ten of them, as a JSON array'),
    rationale: text("The judge's reasons"),
    error_code: text('Error instead of a value'),
    error_message: text('Message of that error'),
    error_stack: text('Stack of that error'),
    scorer_name: text('Registered scorer that made it'),
    scorer_version: text('Version of that scorer'),
    judge_input_tokens: bigint('Tokens that the judge read'),
    judge_output_tokens: bigint('Tokens that the judge wrote'),
    judge_cost_usd: double('What the judge cost, US dollars'),
    metadata: required(json('Metadata as a JSON object')),
    valid: required(boolean('False where a newer assessment overrides this one')),
    overrides: text('Id of the assessment that this one replaced'),
    is_current: required(boolean('True for the version that the source showed last, if it still shows it')),
    deleted_at: timestamp('When the source was first seen without it; NULL while it exists'),
    observed_at: required(timestamp('When this version was last seen')),
  },
});

export const metricCatalogTable = defineTable({
  name: 'genai_metric_catalog',
  comment: 'Which raw names (of assessments, tags, metadata and spans) feed which metric column',
  sensitivity: 'facts',
  key: ['column_name', 'raw_name'],
  columns: {
    column_name: required(text('Column of the gold table, without suffix')),
    raw_name: required(text('Name as logged, with the path to a nested value; several may share a column')),
    scale: required(text('boolean, number, text or mixed')),
    source_types: required(json('Source types seen, as a sorted JSON array')),
    first_seen_at: required(timestamp('When tracelift first committed it')),
  },
});

/** What a staged trace says about the names of its metrics; the catalogue is merged from it. */
export const stagedMetricColumns = {
  column_name: required(text('Column of the gold table, without suffix')),
  raw_name: required(text('Name as logged, with the path to a nested value')),
  scale: required(text('boolean, number or text')),
  source_type: text('HUMAN, LLM_JUDGE, CODE, …'),
} as const;
