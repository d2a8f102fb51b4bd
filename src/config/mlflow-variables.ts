/**
 * Variables that the MLflow client obeys and tracelift does not. Names after mlflow/environment_variables.py (3.17.2). Pure.
 */
import type { Environment } from './environment.js';

/** Each with what to do instead. */
const ignored: Readonly<Record<string, string>> = {
  MLFLOW_TRACKING_AWS_SIGV4: 'requests are not signed for AWS; use a token or a user and password',
  MLFLOW_TRACKING_AUTH: 'plug-ins of the MLflow client are not loaded; use a token or a user and password',
  MLFLOW_HTTP_REQUEST_TIMEOUT: 'set TRACELIFT_SOURCE_TIMEOUT_MS, in milliseconds',
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: 'requests are tried again for as long as the server is away',
  MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: 'pauses between attempts are fixed',
  MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: 'pauses between attempts are fixed',
  MLFLOW_HTTP_POOL_MAXSIZE: 'set TRACELIFT_SOURCE_MAX_REQUESTS',
  MLFLOW_ALLOW_HTTP_REDIRECTS: 'redirects are never followed; set the address that they lead to',
  MLFLOW_EXPERIMENT_ID: 'name the experiment with --experiment',
  MLFLOW_EXPERIMENT_NAME: 'name the experiment with --experiment',
};

const off: ReadonlySet<string> = new Set(['', 'false', '0']);

/** The ones that are set, as `NAME (what to do instead)`. Never with their values. */
export function ignoredMlflowVariables(env: Environment): readonly string[] {
  return Object.entries(ignored)
    .filter(([name]) => !off.has(env[name]?.trim().toLowerCase() ?? ''))
    .map(([name, instead]) => `${name} (${instead})`);
}
