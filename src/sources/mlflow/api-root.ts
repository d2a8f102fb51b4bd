/**
 * Under which root a server has its API. Imports the client.
 *
 * MLflow before 3.12 puts its `--static-prefix` before `/ajax-api` only, the same API for its own pages
 * (https://github.com/mlflow/mlflow/pull/22159): behind a proxy that passes on the prefix, that is all there is.
 */
import type { HttpAnswer } from '../../http/http-client.js';
import { isMissing } from './answer-errors.js';
import type { MlflowClient, MlflowRequest } from './mlflow-client.js';

/** Every version answers it, if only by "no such experiment". */
export const knownPath: MlflowRequest = {
  method: 'GET',
  path: '/api/2.0/mlflow/experiments/get',
  query: { experiment_id: '0' },
};

/** Asks nothing where the address has no path: without a prefix both roots are there. */
export async function chooseApiRoot(client: MlflowClient): Promise<void> {
  if (new URL(client.connection.address).pathname === '/') return;
  const ask = (): Promise<HttpAnswer> => client.send(knownPath);
  client.useApiRoot('/api');
  if (!isMissing(await ask(), null)) return;
  client.useApiRoot('/ajax-api');
  // Neither is there: the first one makes the better error.
  if (isMissing(await ask(), null)) client.useApiRoot('/api');
}
