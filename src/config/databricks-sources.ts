/**
 * MLflow on Databricks as a source: turns MLflow's own words (`databricks`, `databricks://<profile>`) into an address
 * and credentials, from the same places as those of a target. Works on settings that are not validated yet; must not
 * touch `process.env`.
 *
 * Words and precedence: https://mlflow.org/docs/latest/api_reference/python_api/mlflow.html#mlflow.set_tracking_uri and
 * https://docs.databricks.com/aws/en/dev-tools/auth/unified-auth.
 */
import { resolve } from 'node:path';
import { TraceliftError } from '../errors/index.js';
import { profileFile, readProfile } from './databricks-profile.js';
import type { Environment } from './environment.js';
import { isTree, treeAt, type Tree } from './tree.js';

const trackingUri = /^databricks(?::\/\/(.*))?$/;

/** True where a source is MLflow in a Databricks workspace, by its kind or by its address. */
export function isDatabricksSource(source: Tree | undefined, address: unknown = source?.['address']): boolean {
  if (typeof address === 'string' && trackingUri.test(address)) return true;
  return source?.['kind'] === 'databricks';
}

/** @throws ConfigInvalid where host or credentials of such a source are nowhere to be found */
export function fillDatabricksSources(values: Tree, env: Environment, cwd: string): void {
  for (const [name, source] of Object.entries(treeAt(values, 'sources') ?? {})) {
    if (isTree(source) && isDatabricksSource(source)) fillSource(name, source, env, cwd);
  }
}

function fillSource(name: string, source: Tree, env: Environment, cwd: string): void {
  splitTrackingUri(source);
  const found = credentialsFor(name, source, env);
  const host = textAt(source, 'address') ?? found['host'];
  if (host === undefined) throw missing(name, 'host (DATABRICKS_HOST) must be set, or a profile named');
  source['address'] = addressOf(host);
  for (const key of ['token', 'clientId', 'clientSecret']) {
    if (source[key] === undefined && found[key] !== undefined) source[key] = found[key];
  }
  if (!hasCredentials(source)) {
    throw missing(
      name,
      'the credentials are missing: DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or a profile',
    );
  }
  const caFile = env['TRACELIFT_DATABRICKS_CA_FILE'];
  if (caFile) source['caFile'] ??= resolve(cwd, caFile);
}

/** `databricks://prod` as the profile `prod`. */
function splitTrackingUri(source: Tree): void {
  const uri = trackingUri.exec(textAt(source, 'address') ?? '');
  source['kind'] = 'databricks';
  if (uri === null) return;
  delete source['address'];
  if (uri[1]) source['profile'] ??= uri[1];
}

const textAt = (tree: Tree, key: string): string | undefined => {
  const value = tree[key];
  return typeof value === 'string' ? value : undefined;
};

function hasCredentials({ token, clientId, clientSecret }: Tree): boolean {
  return token !== undefined || (clientId !== undefined && clientSecret !== undefined);
}

type Found = Readonly<Record<string, string | undefined>>;

/** A named profile is taken as it is; else the environment, and where that names no host, the default profile. */
function credentialsFor(name: string, source: Tree, env: Environment): Found {
  const wanted = textAt(source, 'profile');
  if (wanted !== undefined) return profileOf(name, wanted, env);
  const own = environmentOf(env);
  const address = textAt(source, 'address');
  if (address !== undefined) {
    // Credentials go to the host they were set for, and to no other.
    const isSameHost = own['host'] === undefined || addressOf(own['host']) === addressOf(address);
    return isSameHost ? own : {};
  }
  if (own['host'] !== undefined) return own;
  const profile = env['DATABRICKS_CONFIG_PROFILE'] || 'DEFAULT';
  const inProfile = profile === 'DEFAULT' ? readProfile(profileFile(env), profile) : profileOf(name, profile, env);
  return { ...inProfile, ...own };
}

const variables = {
  host: 'DATABRICKS_HOST',
  token: 'DATABRICKS_TOKEN',
  clientId: 'DATABRICKS_CLIENT_ID',
  clientSecret: 'DATABRICKS_CLIENT_SECRET',
} as const;

/** What the environment sets; empty text counts as not set. */
function environmentOf(env: Environment): Found {
  const values = Object.entries(variables).map(([key, variable]) => [key, env[variable]?.trim()] as const);
  return Object.fromEntries(values.filter(([, value]) => Boolean(value)));
}

function profileOf(name: string, profile: string, env: Environment): Found {
  const path = profileFile(env);
  const found = readProfile(path, profile);
  if (found === null) throw missing(name, `there is no profile ${profile} in ${path}`);
  return found;
}

/** `https://host[:port]`, however the host was written. */
function addressOf(host: string): string {
  const text = `https://${host.trim().replace(/^[a-z]+:\/\//i, '')}`;
  return URL.canParse(text) ? new URL(text).origin : text;
}

function missing(name: string, problem: string): TraceliftError {
  return new TraceliftError('ConfigInvalid', { problems: `setting sources.${name}: ${problem}` });
}
