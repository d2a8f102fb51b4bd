/** How to reach an MLflow server. Imports ports and HTTP types only. */
import type { Log } from '../../ports/log.js';
import type { RetryPolicy } from '../http/retry-policy.js';
import type { TlsOptions } from '../http/http-client.js';

/** Credentials. `provider` is asked before every request, for tokens that run out. */
export type SourceAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'provider'; headers(): Promise<Record<string, string>> };

export interface MlflowSourceOptions {
  /** Tracking URI: http or https, with the static prefix where the server has one. Credentials in it are not used. */
  readonly address: string;
  /** Name of the server in every key. Default: made from the address by {@link sourceIdOf}. */
  readonly sourceId?: string;
  readonly auth: SourceAuth;
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

export async function authHeaders(auth: SourceAuth): Promise<Record<string, string>> {
  switch (auth.kind) {
    case 'none':
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
