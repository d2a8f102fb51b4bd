/** Runs command lines in this process with captured output and chosen parts. */
import type { Command } from 'commander';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Loaders } from '../../src/cli/loaders.js';
import { createProgram, runCli } from '../../src/cli/run-cli.js';
import type { Config } from '../../src/config/index.js';
import type { Log } from '../../src/log.js';
import type { Runtime } from '../../src/wiring/index.js';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Setting {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Opened parts; without them a command that opens any fails. */
  readonly runtime?: Partial<Runtime>;
}

/** 2026-01-31T12:00:00Z */
export const nowMs = Date.UTC(2026, 0, 31, 12);

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tracelift-cli-'));
}

const refuse = (what: string) => () => Promise.reject(new Error(`this test offers no ${what}`));

/** The exit code and everything printed. */
export async function tracelift(args: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const opened = (config: Config, log: Log): Runtime => ({
    config,
    log,
    get activityDependencies(): never {
      throw new Error('this test offers no worker');
    },
    processVersion: 'p1',
    source: refuse('source'),
    target: refuse('target'),
    readTarget: refuse('target'),
    databricks: () => null,
    close: () => Promise.resolve(),
    ...setting.runtime,
  });
  const loaders: Loaders = {
    createRuntime: (config, log) => Promise.resolve(opened(config, log)),
    startWorker: refuse('worker'),
    prepareTemporal: () => Promise.resolve(),
  };
  const code = await runCli(
    args,
    {
      env: setting.env ?? {},
      cwd: setting.cwd ?? newFolder(),
      stdout: { write: (text) => (written.stdout += text), columns: 200 },
      stderr: { write: (text) => (written.stderr += text), columns: 200 },
      nowMs: () => nowMs,
      onInterrupt: () => () => undefined,
      exitNow: () => {
        throw new Error('the process was to end at once');
      },
    },
    loaders,
  );
  return { code, ...written };
}

/** Every command with its options; none of them can act. */
export function wholeProgram(): Command {
  return createProgram({ io: {} as never, session: refuse('session'), endWith: () => undefined });
}
