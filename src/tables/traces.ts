/** The tables that hold traces and what belongs to them: raw, gold, spans, documents. Pure. */
import { bigint, boolean, defineTable, double, json, required, text, timestamp } from './table.js';

/** The key of a trace, first in every table. */
export const traceKeyColumns = {
  source_id: required(text('Name of the MLflow server the trace came from')),
  experiment_id: required(text('MLflow experiment id on that server')),
  trace_id: required(text('MLflow trace id')),
} as const;

/** Bookkeeping that raw and gold share; decides what counts as landed. */
const landingColumns = {
  source_hash: required(text('SHA-256 (hex) of everything in the trace info that can change at the source')),
  span_state: required(text('complete, partial, missing or unknown: how much of the span tree was read')),
  observed_at: required(
    timestamp("When this version was listed, by the source's clock; an older version never replaces a newer one"),
  ),
} as const;

export const rawTracesTable = defineTable({
  name: 'genai_raw_traces',
  comment: 'Traces as read from MLflow, with full texts; every derived table can be rebuilt from here',
  sensitivity: 'text',
  key: ['source_id', 'experiment_id', 'trace_id'],
  columns: {
    ...traceKeyColumns,
    experiment_name: text('Name of the experiment when this version was copied'),
    request_id: required(text('Same as trace_id: the name in MLflow 2')),
    client_request_id: text("The application's own id of the request"),
    start_time: required(timestamp('Start of the trace')),
    start_time_ms: required(bigint('Start of the trace, epoch milliseconds')),
    execution_time_ms: bigint('Duration in milliseconds; NULL while in progress'),
    status: required(text('OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED')),
    request: text(
      'Full request: the inputs of the root span, or of the first span below that has inputs, as JSON, or as text where they are text',
    ),
    response: text('Full response: the outputs of the root span, likewise'),
    request_preview: text('Preview of the request as MLflow stores it, cut by the server'),
    response_preview: text('Preview of the response as MLflow stores it, cut by the server'),
    tags: required(json('Tags as a JSON object')),
    trace_metadata: required(json('Trace metadata as a JSON object; values cut to 250 characters by the server')),
    assessments: required(json('All assessments that the source showed, as a JSON array')),
    spans: json('Spans as a JSON array in one form for every MLflow version; NULL when never read'),
    num_spans: bigint('Number of spans; NULL when spans were never read'),
    ...landingColumns,
    spans_observed_at: timestamp(
      "When the version was listed that the spans were read for, by the source's clock; NULL in rows of older versions",
    ),
  },
});

export const goldTracesTable = defineTable({
  name: 'genai_processed_traces_gold',
  comment: 'One row per trace, no free text: tokens, cost, times, and one column per quality metric',
  sensitivity: 'facts',
  key: ['source_id', 'experiment_id', 'trace_id'],
  columns: {
    ...traceKeyColumns,
    experiment_name: text('Name of the experiment when this version was copied; views show the newest one'),
    request_id: required(text('Same as trace_id: the name in MLflow 2')),
    client_request_id: text("The application's own id of the request: join business data here"),
    trace_name: text('Name of the trace (tag mlflow.traceName, else the root span)'),
    trace_origin: required(text('app, evaluation (made by an evaluation run) or judge (made by a scorer itself)')),
    session_id: text('Conversation the trace belongs to'),
    user_id: text('User of the application; a keyed hash if configured'),
    status: required(text('OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED')),
    error_type: text('Exception type of the root span, else of the first failed span'),
    start_time: required(timestamp('Start of the trace')),
    end_time: timestamp('Start plus duration; NULL while in progress'),
    start_time_ms: required(bigint('Start of the trace, epoch milliseconds')),
    execution_time_ms: bigint('Duration in milliseconds; NULL while in progress'),
    model_id: text('MLflow logged model that served the request'),
    models: json('Names of the language models used, as a sorted JSON array'),
    run_id: text('MLflow run the trace was made in'),
    git_commit: text('Commit of the application code'),
    git_branch: text('Branch of the application code'),
    git_repo_url: text('Repository of the application code'),
    prompt_versions: json('Linked prompts as a JSON array of name/version'),
    step_path: text('Names of the top steps below the root, in order of start, joined by " > "'),
    request_hash: text('SHA-256 (hex) of the full request: finds repeated questions without showing them'),
    request_hash_normalized: text(
      'SHA-256 (hex) of the full request without white space, in lower case and one Unicode form: finds the same question written differently',
    ),
    num_attachments: bigint('Files that inputs and outputs of spans refer to (mlflow-attachment://), each once'),
    finish_reason: text(
      'Why the last language-model call stopped (stop, length, tool_calls, …); the last one that says so',
    ),
    time_to_first_token_ms: double(
      'From the start of the last language-model call that tells it to the first piece of its answer, milliseconds',
    ),
    num_spans: bigint('Number of spans; NULL when spans were never read'),
    num_llm_spans: bigint('Spans of type LLM or CHAT_MODEL'),
    num_model_calls: bigint('Calls of language models: spans of type LLM or CHAT_MODEL without another one inside'),
    num_tool_spans: bigint('Spans of type TOOL'),
    num_retriever_spans: bigint('Spans of type RETRIEVER'),
    num_error_spans: bigint('Spans with status ERROR'),
    num_retrieved_documents: bigint('Documents returned by all retriever spans; NULL where those of one are unknown'),
    llm_time_ms: double(
      'Time covered by LLM and CHAT_MODEL spans, overlaps counted once, milliseconds; NULL where the duration of one is unknown',
    ),
    tool_time_ms: double('The same for TOOL spans, milliseconds'),
    retriever_time_ms: double('The same for RETRIEVER spans, milliseconds'),
    token_count_request: bigint('Tokens of the full request in the configured encoding, without inline base64 data'),
    token_count_response: bigint('Tokens of the full response in the configured encoding, without inline base64 data'),
    input_tokens: bigint(
      'Prompt tokens that the model providers reported, the cached ones included, parents not counted twice',
    ),
    output_tokens: bigint('Completion tokens that the model providers reported'),
    cached_input_tokens: bigint('Part of input_tokens that was read from a prompt cache'),
    total_tokens: bigint('Reported total; the sum of input and output where no total was reported'),
    embedding_tokens: bigint('Tokens that embedding models read; no part of the other counts'),
    cache_write_5m_tokens: bigint(
      'Part of input_tokens that was written to a prompt cache for 5 minutes, or for a time that was not told',
    ),
    cache_write_1h_tokens: bigint('Part of input_tokens that was written to a prompt cache for an hour'),
    reasoning_tokens: bigint('Part of output_tokens that the models used for reasoning'),
    audio_input_tokens: bigint('Part of input_tokens that was sound'),
    audio_output_tokens: bigint('Part of output_tokens that was sound'),
    cache_added_to_input: boolean(
      'True where a provider left the cached part out of its input count: it was added to input_tokens',
    ),
    tokens_disagree: boolean(
      'True where a span reports more tokens than the calls below it, although all of them report; the calls are counted',
    ),
    tokens_source: text('spans (summed from spans), metadata (the total MLflow stored) or NULL (none reported)'),
    cost_usd: double(
      'Cost in US dollars of the calls whose tokens are counted, at the prices of their day; NULL when the cost of any call is unknown',
    ),
    input_cost_usd: double(
      'Part of cost_usd for the input, the cache included; NULL where a call reported its total alone',
    ),
    output_cost_usd: double('Part of cost_usd for the output, likewise'),
    cache_cost_usd: double(
      'Part of input_cost_usd for what was read from a cache or written to one; NULL where a cost was reported',
    ),
    cost_source: text(
      "Where the prices come from: user (the user's file), book (tracelift's), library (genai-prices), reported (MLflow's own figure), mixed, or NULL",
    ),
    cost_missing_reason: text(
      'Why cost_usd is NULL: no_usage, spans_not_read, or of the first call without a cost no_model, no_price, endpoint, provisioned, no_tier_price, tokens_not_split, counts_invalid, no_cache_price or tier_unknown (docs/cost.md)',
    ),
    price_id: text('The price of all calls; NULL where they have several: genai_trace_spans has that of each'),
    price_match: text('How the name of the model was found, the weakest of all calls: user, exact, alias or family'),
    price_book_version: text('Version of library, price book and user prices that the costs were computed with'),
    cost_reported_usd: double("MLflow's own figure for the same calls, in US dollars; NULL where it has none for some"),
    input_cost_reported_usd: double('Part of cost_reported_usd for the input'),
    output_cost_reported_usd: double('Part of cost_reported_usd for the output'),
    cost_estimated_usd: double(
      'Where no tokens were reported: the counted tokens of request and response at the price of the only model; no part of cost_usd',
    ),
    num_assessments: required(bigint('Valid assessments, expectations included')),
    num_human_assessments: bigint('Valid feedback given by people'),
    num_assessment_errors: required(bigint('Valid assessments that carry an error instead of a value')),
    feedback_values: json(
      'Every value behind the metric columns as a JSON array, with who gave it; genai_metrics_long shows it as rows',
    ),
    num_values_left_out: bigint(
      'Values that the configuration takes from tags, metadata or spans and that are too deep or too many to be metrics; NULL where none is. For assessments: num_values_left_out there',
    ),
    values_left_out: json('Names of the first ten of them in each place, as a JSON array'),
    ...landingColumns,
    process_version: required(
      text(
        'Version of the processing that made the row: rules, token encoding, dimensions, further metrics, hashing of user ids, prices',
      ),
    ),
    spans_observed_at: required(
      timestamp(
        "When the version was listed that the spans were read for, by the source's clock; older than observed_at where only the info changed since",
      ),
    ),
    committed_at: required(timestamp('When this row was last written')),
    deleted_at_source: timestamp(
      'When the source was first seen without the trace; NULL while it has it. Views leave such rows out',
    ),
  },
});

/** A span's typed facts; its texts stay in the raw table. */
export const spansTable = defineTable({
  name: 'genai_trace_spans',
  comment: 'One row per span, typed facts only',
  sensitivity: 'facts',
  key: ['source_id', 'experiment_id', 'trace_id', 'span_id'],
  columns: {
    ...traceKeyColumns,
    span_id: required(text('Span id, 16 hex digits')),
    parent_span_id: text('Parent span; NULL for a root'),
    name: required(text('Name of the span')),
    kind: required(text('MLflow span type: LLM, CHAT_MODEL, CHAIN, AGENT, TOOL, RETRIEVER, …; UNKNOWN if unset')),
    status: required(text('OK, ERROR or UNSET')),
    error_type: text('Exception type, when the span failed'),
    start_time: required(timestamp('Start of the span')),
    duration_ms: double('Duration in milliseconds; NULL while open'),
    self_ms: double('Duration not covered by child spans, milliseconds; NULL where that of a child is impossible'),
    depth: required(bigint('0 for a root, 1 for its children, …')),
    model: text('Model of the call; for an agent whose tokens count, the one model that the spans below it name'),
    provider: text('Provider of the model'),
    input_tokens: bigint('Reported prompt tokens of this span, the cached ones included'),
    output_tokens: bigint('Reported completion tokens of this span'),
    cached_input_tokens: bigint('Part of input_tokens read from a cache'),
    total_tokens: bigint('Reported total of this span'),
    embedding_tokens: bigint('Tokens that an EMBEDDING span read; its other counts are NULL'),
    cache_write_5m_tokens: bigint(
      'Part of input_tokens written to a prompt cache for 5 minutes, or for a time that was not told',
    ),
    cache_write_1h_tokens: bigint('Part of input_tokens written to a prompt cache for an hour'),
    reasoning_tokens: bigint('Part of output_tokens that the model used for reasoning'),
    audio_input_tokens: bigint('Part of input_tokens that was sound'),
    audio_output_tokens: bigint('Part of output_tokens that was sound'),
    cache_added_to_input: boolean('True where the report left the cached part out of its input count: it was added'),
    is_token_owner: required(boolean('True where this span counts in the sums of its trace (parents repeat children)')),
    service_tier: text('How the provider processed the call, in its words: default, flex, priority, batch, …'),
    cost_usd: double('Cost of this call in US dollars at the price of its day, else as MLflow stored it'),
    input_cost_usd: double('Part of cost_usd for the input, the cache included'),
    output_cost_usd: double('Part of cost_usd for the output'),
    cache_cost_usd: double('Part of input_cost_usd for what was read from a cache or written to one'),
    cost_source: text('user, book, library or reported, as in gold'),
    cost_missing_reason: text('Why a span with tokens has no cost, as in gold'),
    price_id: text('The price that held: source, provider, model, first day, service tier'),
    price_match: text('How the name of the model was found: user, exact, alias or family'),
    price_book_version: text('Version of the prices, as in gold; NULL for spans without tokens'),
    cost_reported_usd: double('Cost of this call in US dollars as MLflow stored it'),
    input_cost_reported_usd: double('Part of cost_reported_usd for the input'),
    output_cost_reported_usd: double('Part of cost_reported_usd for the output'),
    tool_name: text('Name of the tool, for TOOL spans'),
    agent_name: text('Name of the agent, for AGENT spans that tell it'),
    num_documents: bigint('Documents returned, for RETRIEVER spans'),
    has_reasoning: boolean('True when the outputs carry reasoning content; NULL when no model call, agent or chain'),
    finish_reason: text('Why the model stopped, as its provider words it: stop, length, tool_calls, end_turn, …'),
    time_to_first_token_ms: double('From the start to the first piece of a streamed answer, milliseconds'),
    temperature: double('Temperature that the call asked for'),
    max_tokens: bigint('Most output tokens that the call allowed'),
    otel_kind: text(
      'Span kind of OpenTelemetry: INTERNAL, SERVER, CLIENT, PRODUCER or CONSUMER; MLflow itself keeps none',
    ),
    scope_name: text('Library that made the span (instrumentation scope)'),
    scope_version: text('Version of that library'),
    links: json('Spans elsewhere that this one is linked with, as a JSON array; NULL for none'),
    spans_observed_at: required(timestamp('The same as in the row of the trace')),
  },
});

export const documentsTable = defineTable({
  name: 'genai_retrieved_documents',
  comment: 'One row per retrieved document and retriever span; the text itself stays in the raw table',
  sensitivity: 'facts',
  key: ['source_id', 'experiment_id', 'trace_id', 'span_id', 'rank'],
  columns: {
    ...traceKeyColumns,
    span_id: required(text('Retriever span')),
    rank: required(bigint('Position in the result, from 1')),
    document_id: text("The retriever's own id of the document"),
    document_uri: text('Source of the document: doc_uri, source, url or path of its metadata'),
    score: double('Score that the retriever gave'),
    length_chars: bigint('Length of the text in UTF-16 code units'),
    spans_observed_at: required(timestamp('The same as in the row of the trace')),
  },
});
