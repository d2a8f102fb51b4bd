/** What every part of this adapter needs to reach a workspace. Imports nothing of the project but types. */
import type { Log } from '../../log.js';

/** How tracelift proves who it is. */
type DatabricksCredentials =
  | { readonly kind: 'token'; readonly token: string }
  /** A service principal, OAuth machine to machine: https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m */
  | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: string };

export interface WorkspaceOptions {
  /** Workspace address, with or without `https://`, for example `dbc-a1b2345c-d6e7.cloud.databricks.com`. */
  readonly host: string;
  readonly credentials: DatabricksCredentials;
  /** Certificate authority to trust besides the system's, PEM text. Default: none. */
  readonly caPem?: string;
  /** One REST request, milliseconds. Default 60,000. */
  readonly requestTimeoutMs?: number;
  readonly log: Log;
}

/** Host and port of a workspace address, however it was written. */
export interface WorkspaceAddress {
  readonly host: string;
  readonly port: number;
  /** `https://host[:port]`, without a trailing slash. */
  readonly url: string;
}

/** Reads an address as people paste it: with or without scheme, with a path or a trailing slash behind it. */
export function workspaceAddress(host: string): WorkspaceAddress {
  const { hostname, port } = new URL(`https://${host.trim().replace(/^[a-z]+:\/\//i, '')}`);
  const suffix = port === '' ? '' : `:${port}`;
  return { host: hostname, port: port === '' ? 443 : Number(port), url: `https://${hostname}${suffix}` };
}
