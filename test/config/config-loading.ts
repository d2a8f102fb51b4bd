/** Loads configurations for tests. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../src/config/index.js';
import { TraceliftError } from '../../src/errors/index.js';

/** A folder without a configuration file. */
export const emptyFolder = mkdtempSync(join(tmpdir(), 'tracelift-config-'));

/** Loads an environment and, if given, a file in a folder of its own. */
export function load(env: Record<string, string>, file?: string, name = 'tracelift.yaml'): Config {
  const cwd = file === undefined ? emptyFolder : mkdtempSync(join(tmpdir(), 'tracelift-config-'));
  if (file !== undefined) writeFileSync(join(cwd, name), file);
  return loadConfig({ env: { DATABRICKS_CONFIG_FILE: join(emptyFolder, 'none'), ...env }, cwd });
}

/** The error that such a configuration gives. */
export function problemOf(env: Record<string, string>, file?: string): TraceliftError {
  try {
    load(env, file);
  } catch (error) {
    if (error instanceof TraceliftError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
