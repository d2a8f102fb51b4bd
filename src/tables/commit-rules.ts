/**
 * What a commit decides, as data and pure functions, the same for every warehouse. Pure.
 *
 * A trace has two parts that age apart. Its *info* (state, times, tags, assessments) follows the newest observation.
 * Its *spans* (and what was computed from them) follow the fullest reading, and the newest among equally full ones: a
 * newer observation that could not read the spans must not wipe those that were read before. Each part is a maximum in
 * a total order, so the tables end the same whatever the order of commits, and however often one is repeated.
 *
 * The gold row decides for all tables of its trace, and is written last: until then every step of an interrupted
 * commit decides the same again.
 */
import type { SpanState } from './trace-key.js';
import type { goldTracesTable, rawTracesTable } from './traces.js';

/** Least read first. */
export const spanStatesInOrder = ['unknown', 'missing', 'partial', 'complete'] as const satisfies readonly SpanState[];

/**
 * Where a column of a trace row comes from. `info-first` columns are read from the info and fall back to the spans,
 * `spans-first` ones the other way round.
 */
export type ColumnOrigin = 'info' | 'spans' | 'info-first' | 'spans-first';

type Origins<T extends { readonly columns: object }, Left extends string> = Readonly<
  Record<Exclude<keyof T['columns'], 'source_id' | 'experiment_id' | 'trace_id' | Left>, ColumnOrigin>
>;

/** Columns that no staged row has: the commit itself fills them. */
export const goldColumnsOfCommit = ['committed_at', 'deleted_at_source'] as const;

/** Every other gold column that is not part of the key. Metric and dimension columns are `info`. */
export const goldColumnOrigins: Origins<typeof goldTracesTable, (typeof goldColumnsOfCommit)[number]> = {
  experiment_name: 'info',
  request_id: 'info',
  client_request_id: 'info',
  trace_name: 'info-first',
  trace_origin: 'info',
  session_id: 'info-first',
  user_id: 'info-first',
  status: 'info',
  error_type: 'spans',
  start_time: 'info',
  end_time: 'info',
  start_time_ms: 'info',
  execution_time_ms: 'info',
  model_id: 'info',
  models: 'spans',
  run_id: 'info',
  git_commit: 'info',
  git_branch: 'info',
  git_repo_url: 'info',
  prompt_versions: 'spans-first',
  step_path: 'spans',
  request_hash: 'spans',
  request_hash_normalized: 'spans',
  num_attachments: 'spans',
  finish_reason: 'spans',
  time_to_first_token_ms: 'spans',
  num_spans: 'spans',
  num_llm_spans: 'spans',
  num_model_calls: 'spans',
  num_tool_spans: 'spans',
  num_retriever_spans: 'spans',
  num_error_spans: 'spans',
  num_retrieved_documents: 'spans',
  llm_time_ms: 'spans',
  tool_time_ms: 'spans',
  retriever_time_ms: 'spans',
  token_count_request: 'spans',
  token_count_response: 'spans',
  input_tokens: 'spans',
  output_tokens: 'spans',
  cached_input_tokens: 'spans',
  total_tokens: 'spans',
  embedding_tokens: 'spans',
  cache_write_5m_tokens: 'spans',
  cache_write_1h_tokens: 'spans',
  reasoning_tokens: 'spans',
  audio_input_tokens: 'spans',
  audio_output_tokens: 'spans',
  cache_added_to_input: 'spans',
  tokens_disagree: 'spans',
  tokens_source: 'spans',
  cost_usd: 'spans',
  input_cost_usd: 'spans',
  output_cost_usd: 'spans',
  cache_cost_usd: 'spans',
  cost_source: 'spans',
  cost_missing_reason: 'spans',
  price_id: 'spans',
  price_match: 'spans',
  price_book_version: 'spans',
  cost_reported_usd: 'spans',
  input_cost_reported_usd: 'spans',
  output_cost_reported_usd: 'spans',
  cost_estimated_usd: 'spans',
  num_assessments: 'info',
  num_human_assessments: 'info',
  num_assessment_errors: 'info',
  feedback_values: 'info',
  num_values_left_out: 'info',
  values_left_out: 'info',
  source_hash: 'info',
  span_state: 'spans',
  observed_at: 'info',
  process_version: 'info',
  spans_observed_at: 'spans',
};

export const rawColumnOrigins: Origins<typeof rawTracesTable, never> = {
  experiment_name: 'info',
  request_id: 'info',
  client_request_id: 'info',
  start_time: 'info',
  start_time_ms: 'info',
  execution_time_ms: 'info',
  status: 'info',
  request: 'spans',
  response: 'spans',
  request_preview: 'info',
  response_preview: 'info',
  tags: 'info',
  trace_metadata: 'info',
  assessments: 'info',
  spans: 'spans',
  num_spans: 'spans',
  source_hash: 'info',
  span_state: 'spans',
  observed_at: 'info',
  spans_observed_at: 'spans',
};

/**
 * Columns of `gold` by which staged rows of one trace are ranked, greatest first: the first row gives the info.
 * Against the table the same order decides, with one exception: where observation and hash are equal, a *different*
 * process version wins, since versions have no order in which one is the better one, and a rebuild must be able to
 * go back.
 */
export const infoOrder = ['observed_at', 'source_hash', 'process_version'] as const;

/**
 * The same for the row that gives the spans; `span_state` by {@link spanStatesInOrder}. Of rows that were made of one
 * reading the newest observation counts, as above: where only the info changed, the spans that were read before go on
 * under the newer version.
 */
export const spansOrder = [
  'span_state',
  'spans_observed_at',
  'num_spans',
  'observed_at',
  'source_hash',
  'process_version',
] as const;

/** Dead letters wait 10 minutes, twice as long after each further failure, a day at the most. */
export const deadLetterRetry = { firstMinutes: 10, factor: 2, maxMinutes: 24 * 60 } as const;

/** Failures that last until somebody fixes them at the source: tried again once a day from the start. */
export const dailyRetryCodes = ['TraceUnreadable', 'TraceInfoUnusable'] as const;
