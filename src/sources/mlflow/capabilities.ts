/**
 * What a server can do, found out by asking it: versions lie behind proxies and in forks. Each trial is one request
 * that finds nothing. Imports the client only.
 *
 * A refusal (HTTP 403) of a trial says something about the user and about what was asked for, nothing about the server:
 * MLflow's own user management refuses a search of no experiment and every trace that it does not know
 * (mlflow/server/auth/__init__.py). So trials name an experiment that the user can see, and what is refused all the same
 * counts as there until it proves missing.
 *
 * Facts: V3 search since MLflow 3.2 (https://github.com/mlflow/mlflow/pull/16438), batchGet since 3.6 (#18356),
 * traces/get since 3.7 (#18555), metrics since 3.9 (#19271). From 3.2 on, a missing `traces/batchGet` is taken for the
 * trace id "batchGet".
 */
import type { HttpAnswer } from '../../http/http-client.js';
import { isTransientStatus } from '../../http/retry-policy.js';
import { isHostRefused, isMissing, isTokenRefused, isWorkspaceRefused } from './answer-errors.js';
import { chooseApiRoot } from './api-root.js';
import { anyVisibleExperiment } from './experiments.js';
import type { MlflowClient, MlflowRequest } from './mlflow-client.js';
import { hasIdIn } from './search-filter.js';

export interface Capabilities {
  /** As the server states it, or null. */
  readonly version: string | null;
  readonly searchApi: 'v3' | 'v2';
  /** False where every search tried so far was refused: then `searchApi` is the likelier one. */
  readonly isSearchKnown: boolean;
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
  isSearchKnown: true,
  hasBatchGet: false,
  hasTraceGet: false,
  hasMetrics: false,
};

/** An id that no trace has. */
const noTrace = `tr-${'0'.repeat(32)}`;

const trials = {
  version: { method: 'GET', path: '/version' },
  batchGet: { method: 'GET', path: '/api/3.0/mlflow/traces/batchGet', query: { trace_ids: [noTrace] } },
  traceGet: { method: 'GET', path: '/api/3.0/mlflow/traces/get', query: { trace_id: noTrace, allow_partial: 'true' } },
} as const satisfies Record<string, MlflowRequest>;

/** A search that finds nothing. @param experimentId null: of no experiment at all */
function searchTrial(experimentId: string | null): MlflowRequest {
  const body =
    experimentId === null
      ? { locations: [], max_results: 1 }
      : {
          locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }],
          filter: hasIdIn([noTrace]),
          max_results: 1,
        };
  return { method: 'POST', path: '/api/3.0/mlflow/traces/search', body: JSON.stringify(body) };
}

function metricsTrial(experimentId: string | null): MlflowRequest {
  const body = {
    experiment_ids: [experimentId ?? '0'],
    view_type: 'TRACES',
    metric_name: 'trace_count',
    aggregations: [{ aggregation_type: 'COUNT' }],
    start_time_ms: 0,
    end_time_ms: 1,
  };
  return { method: 'POST', path: '/api/3.0/mlflow/traces/metrics', body: JSON.stringify(body) };
}

/**
 * @param experimentId the experiment that is to be read; null where none is named yet: then the trials name one that
 *   the user can see, should the server care
 * @throws the errors of the port where the server refuses or fails as a whole
 */
export async function probe(client: MlflowClient, experimentId: string | null): Promise<Capabilities> {
  // "Later" is no answer to "can you": what is taken for missing here stays unused as long as the process lives.
  const ask = async (trial: MlflowRequest): Promise<HttpAnswer> => {
    const answer = await client.send(trial);
    if (isTransientStatus(answer.status)) throw client.errorOf(trial, answer);
    return answer;
  };
  await chooseApiRoot(client);
  const tried = await trySearch(client, ask, experimentId);
  const version = await ask(trials.version);
  const { search } = tried;
  if (isWorkspaceRefused(client.connection, search)) throw client.errorOf(searchTrial(tried.experimentId), search);
  const hasV3 = !isMissing(search, null);
  if (hasV3 && !isThere(search, (answer) => isSuccess(answer) || answer.status === 400)) {
    throw client.errorOf(searchTrial(tried.experimentId), search);
  }
  // A server without V3 search has none of the later endpoints.
  const [batchGet, traceGet, metrics] = hasV3
    ? await Promise.all([ask(trials.batchGet), ask(trials.traceGet), ask(metricsTrial(tried.experimentId))])
    : [];
  return {
    version: versionOf(version),
    searchApi: hasV3 ? 'v3' : 'v2',
    isSearchKnown: !isRefused(search),
    hasBatchGet: isThere(batchGet, isSuccess),
    hasTraceGet: isThere(traceGet, (answer) => answer.status === 404 && !isMissing(answer, 'get')),
    hasMetrics: isThere(metrics, isSuccess),
  };
}

/** Also where it was refused. */
function isThere(answer: HttpAnswer | undefined, isExpected: (answer: HttpAnswer) => boolean): boolean {
  return answer !== undefined && (isExpected(answer) || isRefused(answer));
}

/** Where a search of no experiment is refused, one of an experiment that this user can see is the better question. */
async function trySearch(
  client: MlflowClient,
  ask: (trial: MlflowRequest) => Promise<HttpAnswer>,
  experimentId: string | null,
): Promise<{ readonly search: HttpAnswer; readonly experimentId: string | null }> {
  const search = await ask(searchTrial(experimentId));
  if (experimentId !== null || !isRefused(search)) return { search, experimentId };
  const visible = await anyVisibleExperiment(client);
  return visible === null ? { search, experimentId } : trySearch(client, ask, visible);
}

/** A 403 of the server's user management; one about the name or the token is no answer at all. */
export function isRefused(answer: HttpAnswer): boolean {
  return answer.status === 403 && !isHostRefused(answer) && !isTokenRefused(answer);
}

export function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

function versionOf(answer: HttpAnswer): string | null {
  const text = answer.text.trim();
  return isSuccess(answer) && /^\d+\.\d+[\w.+-]*$/.test(text) ? text : null;
}
