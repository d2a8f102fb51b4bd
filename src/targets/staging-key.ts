/** What a staging key may look like, for every staging. Pure; imports the error catalogue only. */
import { TraceliftError } from '../errors/index.js';

const folders = '[a-z0-9-]+(?:/[a-z0-9-]+)*';
const keyPattern = new RegExp(`^${folders}\\.(?:json|json\\.gz|parquet)$`);
const prefixPattern = new RegExp(`^${folders}$`);

/** Returns the key when it is safe in a path and in SQL, and throws otherwise: it comes from inside, so that is a bug. */
export function checkedKey(key: string): string {
  if (!keyPattern.test(key)) throw unusable('key');
  return key;
}

/** The same for a folder of keys; never empty, so that no sweep can meet the root. */
export function checkedPrefix(prefix: string): string {
  if (!prefixPattern.test(prefix)) throw unusable('prefix');
  return prefix;
}

const unusable = (what: string): TraceliftError =>
  new TraceliftError('Internal', { where: 'staging', reason: `a ${what} holds other characters than [a-z0-9/-]` });
