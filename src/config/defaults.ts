/**
 * Fills what the schema alone cannot: absolute paths, the local target, Databricks profiles, addresses without
 * credentials. Works on settings that are not validated yet; must not touch `process.env`.
 */
import { dirname, join, resolve } from 'node:path';
import { TraceliftError } from '../errors/index.js';
import { profileFile, readProfile } from './databricks-profile.js';
import type { Environment } from './environment.js';
import { isTree, setAt, treeAt, type Tree } from './tree.js';

/** The objects of a named collection, with their names. */
function treesIn(values: Tree, collection: string): readonly (readonly [string, Tree])[] {
  return Object.entries(treeAt(values, collection) ?? {}).filter((entry): entry is [string, Tree] => isTree(entry[1]));
}

const pathSettings = new Set([
  'dataDir',
  'path',
  'stagingRoot',
  'caFile',
  'clientCertFile',
  'cacheDir',
  'temporalCliPath',
  'pricesFile',
  'payloadCodec',
]);

/** Makes the value absolute when the setting at this path is a file or folder. */
export function absoluteIfPath(path: readonly string[], value: unknown, folder: string): unknown {
  const isPath = typeof value === 'string' && value !== '' && pathSettings.has(path.at(-1) ?? '');
  return isPath ? resolve(folder, value) : value;
}

/** Relative paths in a file start from the folder of the file. */
export function makePathsAbsolute(values: Tree, folder: string): void {
  const named = ['sources', 'targets'].flatMap((group) => treesIn(values, group).map(([, tree]) => tree));
  const groups = [values['programs'], values['processing'], values['temporal']];
  for (const tree of [values, ...groups, ...named]) {
    if (!isTree(tree)) continue;
    for (const [key, value] of Object.entries(tree)) tree[key] = absoluteIfPath([key], value, folder);
  }
}

/** `local` always exists; staging of every DuckDB target lies beside its file unless it says otherwise. */
export function fillLocalTarget(values: Tree, cwd: string): void {
  values['dataDir'] ??= resolve(cwd, 'tracelift-data');
  const dataDir = values['dataDir'];
  if (treeAt(values, 'targets', 'local') === undefined) setAt(values, ['targets', 'local', 'kind'], 'duckdb');
  const local = treeAt(values, 'targets', 'local');
  if (local?.['kind'] === 'duckdb' && typeof dataDir === 'string') local['path'] ??= join(dataDir, 'tracelift.duckdb');
  for (const [, target] of treesIn(values, 'targets')) {
    if (target['kind'] !== 'duckdb' || typeof target['path'] !== 'string') continue;
    target['stagingRoot'] ??= join(dirname(target['path']), 'staging');
  }
}

/** Host and credentials of Databricks targets from their profile, where they are not set themselves. */
export function fillProfiles(values: Tree, env: Environment): void {
  for (const [name, target] of treesIn(values, 'targets')) {
    if (target['kind'] === 'databricks') fillProfile(name, target, env);
  }
}

function fillProfile(name: string, target: Tree, env: Environment): void {
  const wanted = typeof target['profile'] === 'string' ? target['profile'] : undefined;
  const hasHost = target['host'] !== undefined;
  if (wanted === undefined && hasHost) return;
  const path = profileFile(env);
  const profile = readProfile(path, wanted ?? 'DEFAULT');
  if (profile === null) {
    const missing =
      wanted === undefined ? 'host (DATABRICKS_HOST) must be set' : `there is no profile ${wanted} in ${path}`;
    throw new TraceliftError('ConfigInvalid', { problems: `setting targets.${name}: ${missing}` });
  }
  for (const [key, value] of Object.entries(profile)) target[key] ??= value;
}

/** Takes credentials out of addresses, so that no address can ever show them. */
export function splitAddresses(values: Tree): void {
  for (const [, source] of treesIn(values, 'sources')) {
    if (typeof source['address'] !== 'string' || !URL.canParse(source['address'])) continue;
    const url = new URL(source['address']);
    if (url.username !== '') source['username'] ??= decoded(url.username);
    if (url.password !== '') source['password'] ??= decoded(url.password);
    url.username = '';
    url.password = '';
    if (/^https?:$/.test(url.protocol)) source['address'] = url.toString().replace(/\/+$/, '');
    source['kind'] ??= 'mlflow';
  }
}

/** A name or password out of an address. A `%` that begins no code is a character of it. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      // Bytes that are no UTF-8: somebody typed them as they are.
      return codes;
    }
  });
}
