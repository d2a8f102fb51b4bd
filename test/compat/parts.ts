/**
 * The MLflow versions and the Temporal server of the compatibility tests: skipped with the reason where a machine
 * cannot have them, failed where `TRACELIFT_REQUIRE` names them.
 */
import { describe, it } from 'vitest';

import { findMlflow, type MlflowProgram } from '../../src/local/mlflow-server.js';
import { cacheDirectory, type ProgramSearch } from '../../src/local/program-search.js';
import { findTemporal, type TemporalProgram } from '../../src/local/temporal-server.js';
import type { Log } from '../../src/log.js';

const say = (message: string): boolean => process.stderr.write(`[compat] ${message}\n`);

/** Making the environment of a version takes a minute the first time: say so. */
export const programLog: Log = { debug: () => undefined, info: say, warn: say, error: say };

const search: ProgramSearch = { env: process.env, cacheDir: cacheDirectory(process.env), log: programLog };

export interface CompatParts {
  readonly temporal: TemporalProgram;
  readonly mlflow: Extract<MlflowProgram, { kind: 'environment' }>;
}

/** The parts, or why they are not there. Installs the version where it is not in the cache. */
async function findParts(mlflowVersion: string): Promise<CompatParts | string> {
  const mlflow = await findMlflow({ ...search, mlflowVersion });
  if (mlflow.kind !== 'environment') {
    return `mlflow: MLflow ${mlflowVersion} could not be installed: ${mlflow.kind === 'recorded' ? mlflow.tried : mlflow.how}`;
  }
  try {
    return { mlflow, temporal: await findTemporal(search) };
  } catch (error) {
    return `temporal: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** `describe` for tests that need a server of this MLflow version. */
export async function describeVersion(
  mlflowVersion: string,
  name: string,
  tests: (parts: CompatParts) => void,
): Promise<void> {
  const parts = await findParts(mlflowVersion);
  if (typeof parts !== 'string') {
    describe(name, () => tests(parts));
    return;
  }
  const required = (process.env['TRACELIFT_REQUIRE'] ?? '').split(',');
  if (required.some((part) => parts.startsWith(`${part}:`))) {
    it(`${name}: has the servers that it needs`, () => {
      throw new Error(`TRACELIFT_REQUIRE=${required.join(',')}, but ${parts}`);
    });
    return;
  }
  process.stderr.write(`skipped: ${name}: ${parts}\n`);
  it.skip(`${name} [skipped: ${parts}]`, () => undefined);
}
