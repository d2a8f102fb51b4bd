/** Finds and reads the configuration file. Must not read the environment itself: it is handed over. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { parse } from 'yaml';
import { TraceliftError } from '../errors/index.js';
import { CONFIG_FILE_VARIABLE, type Environment } from './environment.js';

/** The parsed content of a configuration file. */
export interface ConfigFile {
  readonly path: string;
  /** Folder that relative paths in the file start from. */
  readonly folder: string;
  readonly content: Readonly<Record<string, unknown>>;
}

const fileNames = ['tracelift.yaml', 'tracelift.yml', 'tracelift.json'];

/**
 * The file named by TRACELIFT_CONFIG, else the first of tracelift.yaml, .yml and .json in `cwd`, else null.
 * `${NAME}` inside a text stands for the environment variable of that name.
 * @throws ConfigFileUnreadable, ConfigInvalid
 */
export function readConfigFile(env: Environment, cwd: string): ConfigFile | null {
  const named = env[CONFIG_FILE_VARIABLE];
  const path = named
    ? resolve(cwd, named)
    : fileNames.map((name) => resolve(cwd, name)).find((name) => existsSync(name));
  if (path === undefined) return null;
  const content = parseFile(path, readText(path));
  return { path, folder: dirname(path), content: insertVariables(content, env, path, []) as ConfigFile['content'] };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    throw new TraceliftError('ConfigFileUnreadable', { path, reason }, { cause: error });
  }
}

function parseFile(path: string, text: string): unknown {
  let content: unknown;
  try {
    content = extname(path) === '.json' ? JSON.parse(text) : parse(text);
  } catch (error) {
    // Parser messages quote the line, which may hold a secret: only the place is told.
    throw new TraceliftError('ConfigFileUnreadable', { path, reason: `not valid ${syntaxOf(path)}${place(error)}` });
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new TraceliftError('ConfigFileUnreadable', { path, reason: 'it must hold settings, such as "sources:"' });
  }
  return content;
}

function syntaxOf(path: string): string {
  return extname(path) === '.json' ? 'JSON' : 'YAML';
}

function place(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('linePos' in error)) return '';
  const [start] = error.linePos as readonly { readonly line: number; readonly col: number }[];
  return start === undefined ? '' : ` at line ${start.line}, column ${start.col}`;
}

function insertVariables(value: unknown, env: Environment, file: string, path: readonly string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
      const found = env[name];
      if (found === undefined) {
        const problem = `${file}, ${path.join('.')}: the environment variable ${name} is not set`;
        throw new TraceliftError('ConfigInvalid', { problems: problem });
      }
      return found;
    });
  }
  if (Array.isArray(value))
    return value.map((item, index) => insertVariables(item, env, file, [...path, String(index)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, insertVariables(member, env, file, [...path, key])]),
  );
}
