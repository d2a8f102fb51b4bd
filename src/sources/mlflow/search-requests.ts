/** Requests of MLflow's trace searches. Imports HTTP types and the filter language only. */
import type { JsonValue } from '../../json/json-value.js';
import { member } from '../../trace/wire/decode-values.js';
import type { HttpAnswer } from '../../http/http-client.js';
import { serverErrorOf } from './answer-errors.js';
import type { MlflowRequest } from './mlflow-client.js';
import { searchOrder } from './search-filter.js';

export interface SearchQuery {
  readonly experimentId: string;
  /** Text of MLflow's search language; '' for all traces. */
  readonly filter: string;
  /** 1 to 500. */
  readonly maxResults: number;
  readonly pageToken?: string;
}

/** Since MLflow 3.2; shows assessments and previews. */
export function searchV3(
  query: SearchQuery,
  signal: AbortSignal | undefined,
  order: readonly string[] = searchOrder,
): MlflowRequest {
  const { experimentId, filter, maxResults, pageToken } = query;
  const body = {
    locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }],
    ...(filter === '' ? {} : { filter }),
    max_results: maxResults,
    order_by: order,
    ...(pageToken === undefined ? {} : { page_token: pageToken }),
  };
  return {
    method: 'POST',
    path: '/api/3.0/mlflow/traces/search',
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  };
}

/**
 * The same in a Databricks workspace, in the words that its documentation knows: keys have prefixes, and the order is
 * that of the start alone (https://docs.databricks.com/aws/en/mlflow3/genai/tracing/observe-with-traces/query-via-sdk).
 */
export function searchDatabricks(query: SearchQuery, signal: AbortSignal | undefined): MlflowRequest {
  const filter = query.filter.replace(/\btimestamp_ms\b/g, 'attributes.timestamp_ms');
  return searchV3({ ...query, filter }, signal, [searchOrder[0]]);
}

/** MLflow 2.14 and later, without assessments. Its page tokens are those of V3. */
export function searchV2(query: SearchQuery, signal: AbortSignal | undefined): MlflowRequest {
  const { experimentId, filter, maxResults, pageToken } = query;
  return {
    method: 'GET',
    path: '/api/2.0/mlflow/traces',
    query: {
      experiment_ids: [experimentId],
      ...(filter === '' ? {} : { filter }),
      max_results: maxResults,
      order_by: searchOrder,
      ...(pageToken === undefined ? {} : { page_token: pageToken }),
    },
    ...(signal === undefined ? {} : { signal }),
  };
}

/** One trace info by its id in the path. */
export function traceByPath(searchApi: 'v3' | 'v2', traceId: string, signal: AbortSignal | undefined): MlflowRequest {
  const id = encodeURIComponent(traceId);
  const path = searchApi === 'v3' ? `/api/3.0/mlflow/traces/${id}` : `/api/2.0/mlflow/traces/${id}/info`;
  return { method: 'GET', path, ...(signal === undefined ? {} : { signal }) };
}

/** The reply of {@link traceByPath} in the form of a search's. */
export function asSearchReply(value: JsonValue): JsonValue {
  const info = member(member(value, 'trace'), 'trace_info') ?? member(value, 'trace_info');
  return { traces: info === undefined ? [] : [info] };
}

/** True where a row of the page may be what broke the server: it crashed, and not for a reason that it names. */
export function isBadRow(answer: HttpAnswer): boolean {
  return answer.status === 500 && serverErrorOf(answer)?.errorCode !== 'FEATURE_DISABLED';
}
