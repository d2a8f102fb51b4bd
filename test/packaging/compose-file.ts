/** Reads docker-compose.yml and the Dockerfile for the tests that check them without a Docker engine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../imports.js';

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** docker-compose.yml as Compose sees it before it fills in variables. */
export function composeFile(): ComposeFile {
  return parse(textOf('docker-compose.yml')) as ComposeFile;
}

export function service(name: string): ComposeService {
  const found = composeFile().services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** The text of a file of the repository. */
export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Instructions of the Dockerfile in order, continued lines joined, comments left out. */
export function dockerInstructions(): { readonly name: string; readonly rest: string }[] {
  const joined = textOf('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest: rest.replace(/\s+/g, ' ').trim() };
    });
}

/** A command of a Compose file with some of its words replaced. */
export function withReplaced(command: readonly string[], replacements: Readonly<Record<string, string>>): string[] {
  return command.map((word) => replacements[word] ?? word);
}
