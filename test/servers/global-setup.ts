/**
 * Starts, or finds, one Temporal server and one MLflow server for all tests of the project `servers`, and ends them.
 * A program that cannot be had is reported by its reason; test/servers/require.ts turns it into skips or failures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { TraceliftError } from '../../src/errors/index.js';
import { findMlflow, mlflowAnswers, startMlflow, type RunningMlflow } from '../../src/local/mlflow-server.js';
import { cacheDirectory, type ProgramSearch } from '../../src/local/program-search.js';
import {
  findTemporal,
  startTemporal,
  temporalAnswers,
  type RunningTemporal,
  type TemporalProgram,
} from '../../src/local/temporal-server.js';
import type { Log } from '../../src/log.js';

/** Setting up a program can take minutes: say so, but not every detail. */
const log: Log = {
  debug: () => {},
  info: (message) => process.stderr.write(`[servers] ${message}\n`),
  warn: (message) => process.stderr.write(`[servers] ${message}\n`),
  error: (message) => process.stderr.write(`[servers] ${message}\n`),
};

/** Exactly one of the two is null. */
interface Outcome<T> {
  readonly server: T | null;
  readonly missing: string | null;
}

/** Vitest calls this once before the first test file; the returned function runs after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tracelift-servers-'));
  const search = { env: process.env, cacheDir: cacheDirectory(process.env), log };
  const [temporal, mlflow] = await Promise.all([
    outcomeOf(() => temporalFor(search, join(dataDir, 'temporal'))),
    outcomeOf(() => mlflowFor(search, join(dataDir, 'mlflow'))),
  ]);
  project.provide('temporalAddress', temporal.server?.running.address ?? null);
  project.provide('temporalNamespace', temporal.server?.running.namespace ?? 'default');
  project.provide('temporalCliPath', temporal.server?.cliPath ?? null);
  project.provide('mlflowUri', mlflow.server?.uri ?? null);
  project.provide('missing', { temporal: temporal.missing, mlflow: mlflow.missing });
  project.provide(
    'required',
    (process.env['TRACELIFT_REQUIRE'] ?? '').split(',').filter((part) => part !== ''),
  );
  return async () => {
    await Promise.all([temporal.server?.running.stop(), mlflow.server?.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  };
}

async function outcomeOf<T>(start: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { server: await start(), missing: null };
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    log.error(missing);
    return { server: null, missing };
  }
}

async function temporalFor(
  search: ProgramSearch,
  dataDir: string,
): Promise<{ running: RunningTemporal; cliPath: string | null }> {
  const program: TemporalProgram = await findTemporal(search);
  const running = await startTemporal({ program, dataDir, log });
  if (!(await temporalAnswers(running.address, running.namespace, 10_000))) {
    throw new Error(
      `Temporal at ${running.address} (${program.how}) does not answer for namespace ${running.namespace}`,
    );
  }
  log.info(`Temporal at ${running.address}, ${program.how}`);
  return { running, cliPath: program.kind === 'executable' ? program.path : null };
}

/** Recorded answers prove nothing here: these tests are about the real server. */
/** What to do when the recorded server will not do. */
const mlflowRemedy =
  'Set MLFLOW_TRACKING_URI to an MLflow server that runs, or install Python 3.10 or newer (with it MLflow is installed from PyPI into the cache once).';

async function mlflowFor(search: ProgramSearch, dataDir: string): Promise<RunningMlflow> {
  const program = await findMlflow(search);
  if (program.kind === 'recorded') {
    throw new TraceliftError('ProgramNotFound', { program: 'MLflow', tried: program.tried, remedy: mlflowRemedy });
  }
  const running = await startMlflow({ program, dataDir, log, env: search.env });
  if (!(await mlflowAnswers(running.uri, 10_000))) {
    throw new Error(`MLflow at ${running.uri} (${program.how}) does not answer`);
  }
  log.info(`MLflow at ${running.uri}, ${program.how}`);
  return running;
}
