/** How to reach an MLflow server. */
import type { Log } from '../../log.js';
import type { RetryPolicy } from '../../http/retry-policy.js';
import type { TlsOptions } from '../../http/http-client.js';

/** Credentials. `provider` is asked before every request, for tokens that run out. */
export type SourceAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'provider'; headers(): Promise<Record<string, string>> }
  | { readonly kind: 'tokens'; readonly tokens: BearerTokens };

/** Bearer tokens that run out and are renewed. */
export interface BearerTokens {
  /** A token that lives for a while yet. */
  token(): Promise<string>;
  /** Says that a token was refused: the next call gives another one. True when there can be another one. */
  refused(token: string): boolean;
}

/** MLflow in a Databricks workspace: other routes to the spans, and quotas. */
export interface DatabricksPlatform {
  /** Searches a second, over all calls. The workspace's quota is 25. */
  readonly maxSearchesPerSecond: number;
  /** Traces downloaded a second, over all calls. The workspace's quota is 200. */
  readonly maxDownloadsPerSecond: number;
}

export interface MlflowSourceOptions {
  /** Tracking URI: http or https, with the static prefix where the server has one. Credentials in it are not used. */
  readonly address: string;
  /** Name of the server in every key. Default: made from the address by {@link sourceIdOf}. */
  readonly sourceId?: string;
  readonly auth: SourceAuth;
  /** Set for MLflow in a Databricks workspace. Default: an MLflow server of one's own. */
  readonly databricks?: DatabricksPlatform;
  /** Sent as `X-MLFLOW-WORKSPACE`; only for servers with workspaces (MLflow 3.10), others refuse it. */
  readonly workspace?: string;
  /** One attempt, milliseconds. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Requests in flight at once, over all calls. Default 4: one MLflow process answers no faster for more. */
  readonly maxConcurrentRequests?: number;
  /** Largest answer that is read. Default 256 MiB. */
  readonly maxResponseBytes?: number;
  readonly tls?: TlsOptions;
  /** Retries inside one call; see the policy's own comments for the defaults. */
  readonly retry?: Partial<RetryPolicy>;
  readonly log: Log;
}

/** The address as it may be shown and called: no credentials, query, fragment or trailing slash. */
export function publicAddress(address: string): string {
  const url = new URL(address);
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', '0.0.0.0']);

/** Host, port and path of the address; the names of the own machine count as one, and the scheme does not count. */
export function sourceIdOf(address: string): string {
  const url = new URL(address);
  const hostname = loopbackNames.has(url.hostname) ? 'localhost' : url.hostname;
  const port = url.port === '' ? '' : `:${url.port}`;
  return `${hostname}${port}${url.pathname.replace(/\/+$/, '')}`;
}

/** Headers that do not depend on the request; tokens are the client's business, since it must know which was refused. */
export async function authHeaders(auth: SourceAuth): Promise<Record<string, string>> {
  switch (auth.kind) {
    case 'none':
    case 'tokens':
      return {};
    case 'basic': {
      const credentials = Buffer.from(`${auth.username}:${auth.password}`, 'utf8').toString('base64');
      return { Authorization: `Basic ${credentials}` };
    }
    case 'bearer':
      return { Authorization: `Bearer ${auth.token}` };
    case 'provider':
      return auth.headers();
  }
}
