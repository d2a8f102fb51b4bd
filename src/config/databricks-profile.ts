/**
 * Reads a profile of the Databricks configuration file, as the Databricks tools do:
 * https://docs.databricks.com/aws/en/dev-tools/auth/config-profiles. Must not read the environment itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.js';

/** Keys of a profile that tracelift uses, under the names of a Databricks target. */
const profileKeys: Readonly<Record<string, string>> = {
  host: 'host',
  token: 'token',
  client_id: 'clientId',
  client_secret: 'clientSecret',
  warehouse_id: 'warehouseId',
};

/** Where the profiles are: DATABRICKS_CONFIG_FILE, else `~/.databrickscfg`. */
export function profileFile(env: Environment): string {
  return env['DATABRICKS_CONFIG_FILE'] ?? join(env['HOME'] ?? env['USERPROFILE'] ?? '.', '.databrickscfg');
}

/** Settings of one profile, or null where file or profile do not exist. */
export function readProfile(path: string, profile: string): Readonly<Record<string, string>> | null {
  const lines = readLines(path);
  const start = lines?.findIndex((line) => line === `[${profile}]`) ?? -1;
  if (lines === null || start === -1) return null;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('['));
  const pairs = (end === -1 ? rest : rest.slice(0, end)).flatMap((line) => {
    const match = /^([a-z_]+)\s*=\s*(.*)$/.exec(line);
    const key = match?.[1] === undefined ? undefined : profileKeys[match[1]];
    return key === undefined || !match?.[2] ? [] : [[key, match[2].trim()] as const];
  });
  return Object.fromEntries(pairs);
}

function readLines(path: string): string[] | null {
  try {
    return readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim());
  } catch (error) {
    // No file, no profiles: the caller says which settings are missing then.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
