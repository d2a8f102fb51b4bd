/** Runs a tool to its end and says what came of it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from './program-search.js';
import type { Log } from '../log.js';

export interface CommandOptions {
  /** The whole environment of the tool. */
  readonly env: Environment;
  /** The tool is ended after this long, in milliseconds. */
  readonly timeoutMs: number;
  /** When given, a line says every 15 s that this is still going on, for example `Building Temporal`. */
  readonly progress?: { readonly log: Log; readonly what: string };
}

export interface CommandOutcome {
  readonly ok: boolean;
  /** Standard output. */
  readonly output: string;
  /** Why it failed, in one line: its last words, or how it ended. Empty when it went well. */
  readonly problem: string;
}

const progressEveryMs = 15_000;

/** Never rejects: a tool that is missing, fails or takes too long is an outcome, and the caller goes on to the next. */
export function runCommand(
  command: string,
  args: readonly string[],
  { env, timeoutMs, progress }: CommandOptions,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const started = Date.now();
    const child = spawn(command, [...args], {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-8_192)));
    const seconds = (): number => Math.round((Date.now() - started) / 1000);
    const ticker =
      progress && setInterval(() => progress.log.info(`${progress.what}: ${seconds()} s so far`), progressEveryMs);
    const finish = (ok: boolean, problem: string): void => {
      clearInterval(ticker);
      resolve({ ok, output, problem });
    };
    child.once('error', (error) => finish(false, error.message));
    child.once('close', (code, signal) => {
      if (code === 0) {
        finish(true, '');
        return;
      }
      const how = signal === null ? `exit code ${code ?? 'unknown'}` : `${signal} after ${seconds()} s`;
      finish(false, `${how}${lastWords(errors, output)}`);
    });
  });
}

function lastWords(errors: string, output: string): string {
  const lines = `${output}\n${errors}`.split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line !== '').at(-1);
  return last === undefined ? '' : `: ${last.slice(0, 300)}`;
}

/** The first file of that name in a folder of the PATH of `env`, or null. */
export function onPath(name: string, env: Environment): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
