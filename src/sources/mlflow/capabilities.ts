/**
 * What a server can do, found out by asking it: versions lie behind proxies and in forks. Each trial is one request
 * that finds nothing. Imports the client only.
 *
 * Facts: V3 search since MLflow 3.2 (https://github.com/mlflow/mlflow/pull/16438), batchGet since 3.6 (#18356),
 * traces/get since 3.7 (#18555), metrics since 3.9 (#19271). From 3.2 on, a missing `traces/batchGet` is taken for the
 * trace id "batchGet".
 */
import type { HttpAnswer } from '../../http/http-client.js';
import { isTransientStatus } from '../../http/retry-policy.js';
import { isMissing } from './answer-errors.js';
import { chooseApiRoot } from './api-root.js';
import type { MlflowClient, MlflowRequest } from './mlflow-client.js';

export interface Capabilities {
  /** As the server states it, or null. */
  readonly version: string | null;
  readonly searchApi: 'v3' | 'v2';
  /** GET /api/3.0/mlflow/traces/batchGet */
  readonly hasBatchGet: boolean;
  /** GET /api/3.0/mlflow/traces/get */
  readonly hasTraceGet: boolean;
  /** POST /api/3.0/mlflow/traces/metrics */
  readonly hasMetrics: boolean;
}

/**
 * What MLflow in a Databricks workspace is taken to have: V3 search (mlflow/store/tracking/databricks_rest_store.py),
 * spans by signed links alone. It is not asked: its gateway answers unknown paths in its own ways.
 */
export const databricksCapabilities: Capabilities = {
  version: null,
  searchApi: 'v3',
  hasBatchGet: false,
  hasTraceGet: false,
  hasMetrics: false,
};

/** An id that no trace has. */
const noTrace = `tr-${'0'.repeat(32)}`;

const trials = {
  version: { method: 'GET', path: '/version' },
  search: { method: 'POST', path: '/api/3.0/mlflow/traces/search', body: '{"locations":[],"max_results":1}' },
  batchGet: { method: 'GET', path: '/api/3.0/mlflow/traces/batchGet', query: { trace_ids: [noTrace] } },
  traceGet: { method: 'GET', path: '/api/3.0/mlflow/traces/get', query: { trace_id: noTrace, allow_partial: 'true' } },
  metrics: {
    method: 'POST',
    path: '/api/3.0/mlflow/traces/metrics',
    body: JSON.stringify({
      experiment_ids: ['0'],
      view_type: 'TRACES',
      metric_name: 'trace_count',
      aggregations: [{ aggregation_type: 'COUNT' }],
      start_time_ms: 0,
      end_time_ms: 1,
    }),
  },
} as const satisfies Record<string, MlflowRequest>;

/** @throws the errors of the port where the server refuses or fails as a whole */
export async function probe(client: MlflowClient): Promise<Capabilities> {
  // "Later" is no answer to "can you": what is taken for missing here stays unused as long as the process lives.
  const ask = async (trial: MlflowRequest): Promise<HttpAnswer> => {
    const answer = await client.send(trial);
    if (isTransientStatus(answer.status)) throw client.errorOf(trial, answer);
    return answer;
  };
  await chooseApiRoot(client);
  const search = await ask(trials.search);
  const version = await ask(trials.version);
  if (!isMissing(search, null) && !isSuccess(search) && search.status !== 400) {
    throw client.errorOf(trials.search, search);
  }
  const hasV3 = !isMissing(search, null);
  // A server without V3 search has none of the later endpoints.
  const [batchGet, traceGet, metrics] = hasV3
    ? await Promise.all([ask(trials.batchGet), ask(trials.traceGet), ask(trials.metrics)])
    : [];
  return {
    version: versionOf(version),
    searchApi: hasV3 ? 'v3' : 'v2',
    hasBatchGet: batchGet !== undefined && isSuccess(batchGet),
    hasTraceGet: traceGet !== undefined && traceGet.status === 404 && !isMissing(traceGet, 'get'),
    hasMetrics: metrics !== undefined && isSuccess(metrics),
  };
}

export function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

function versionOf(answer: HttpAnswer): string | null {
  const text = answer.text.trim();
  return isSuccess(answer) && /^\d+\.\d+[\w.+-]*$/.test(text) ? text : null;
}
