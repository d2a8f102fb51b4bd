/** What the tables say of the traces with times of their own, without ids and clocks: equal on every MLflow version. */
import type { LocalPipeline } from '../e2e/local-pipeline.js';

type Row = readonly unknown[];

export interface Projection {
  readonly gold: readonly Row[];
  /** What a version without that feature cannot hold: null in the columns of {@link laterColumns}. */
  readonly later: readonly Row[];
  readonly spans: readonly Row[];
  readonly documents: readonly Row[];
}

const goldColumns = [
  ...['trace_name', 'trace_origin', 'session_id', 'user_id', 'status', 'error_type', 'start_time::VARCHAR'],
  ...['end_time::VARCHAR', 'start_time_ms', 'execution_time_ms', 'models', 'step_path', 'request_hash', 'num_spans'],
  ...['num_llm_spans', 'num_tool_spans', 'num_retriever_spans', 'num_error_spans', 'num_retrieved_documents'],
  ...['llm_time_ms', 'tool_time_ms', 'retriever_time_ms', 'token_count_request', 'token_count_response'],
  ...['span_state', 'process_version'],
];

/** Token usage came with MLflow 3.1, assessments with 3.2. */
const laterColumns = [
  ...['input_tokens', 'output_tokens', 'total_tokens', 'tokens_source', 'metric_relevance', 'metric_relevance_human'],
  ...['metric_latency_ok', 'metric_groundedness_score', 'metric_chunk_relevance'],
  ...['num_assessments', 'num_assessment_errors'],
];

const spanColumns = [
  ...['span.name', 'span.kind', 'span.status', 'span.error_type', 'parent.name AS parent', 'span.depth'],
  ...['span.start_time::VARCHAR', 'span.duration_ms', 'span.self_ms', 'span.model', 'span.tool_name'],
  ...['span.num_documents', 'span.has_reasoning'],
];

const ofTimed = `SELECT trace_id, start_time_ms FROM genai_processed_traces_gold WHERE trace_name = 'answer_question'`;
const key = 'source_id, experiment_id, trace_id';

/** @param hasLater whether the version has what {@link laterColumns} hold */
export async function projectionOf(pipeline: LocalPipeline, hasLater: boolean): Promise<Projection> {
  const warehouse = await pipeline.warehouse();
  const rows = async (sql: string): Promise<readonly Row[]> => (await warehouse.query(sql, { limit: 10_000 })).rows;
  const gold = (columns: readonly string[]): Promise<readonly Row[]> =>
    rows(
      `SELECT ${columns.join(', ')} FROM genai_processed_traces_gold
       WHERE trace_name = 'answer_question' ORDER BY start_time_ms`,
    );
  return {
    gold: await gold(goldColumns),
    later: hasLater ? await gold(laterColumns) : [],
    spans: await rows(
      `SELECT ${spanColumns.join(', ')} FROM genai_trace_spans span JOIN (${ofTimed}) trace USING (trace_id)
       LEFT JOIN (SELECT ${key}, span_id AS parent_span_id, name FROM genai_trace_spans) parent
       USING (${key}, parent_span_id) ORDER BY trace.start_time_ms, span.start_time`,
    ),
    documents: await rows(
      `SELECT rank, document_id, document_uri, score, length_chars FROM genai_retrieved_documents
       JOIN (${ofTimed}) trace USING (trace_id) ORDER BY trace.start_time_ms, rank`,
    ),
  };
}
