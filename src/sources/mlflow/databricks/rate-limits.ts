/**
 * Keeps to the quotas of MLflow on Databricks, so that a run waits its turn instead of being refused. Imports
 * p-throttle and HTTP types only.
 *
 * Quotas of a workspace: 25 searches and 200 downloads of traces a second,
 * https://docs.databricks.com/aws/en/mlflow3/genai/tracing/faq. Several workers share them.
 */
import pThrottle from 'p-throttle';
import { abandonable } from '../../../http/cancellation.js';
import type { HttpRequest } from '../../../http/http-client.js';
import type { DatabricksPlatform } from '../source-options.js';

/** Resolves when a request may be sent. Rejects with the signal's reason when aborted. */
export function databricksRateLimits(limits: DatabricksPlatform): (request: HttpRequest) => Promise<void> {
  const search = perSecond(limits.maxSearchesPerSecond);
  const download = perSecond(limits.maxDownloadsPerSecond);
  return async ({ path, signal }) => {
    if (path.endsWith('/mlflow/traces/search')) await abandonable(search(), signal);
    else if (path.endsWith('/credentials-for-data-download')) await abandonable(download(), signal);
  };
}

/** At most so many turns within any second, not only on average. */
function perSecond(limit: number): () => Promise<void> {
  return pThrottle({ limit, interval: 1000, strict: true })(async () => {});
}
