/**
 * Finds the MLflow of the demo and the tests: a server that exists, a pinned environment in the cache, or the recorded
 * server where there is no Python.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProgramSearch } from './program-search.js';
import { ensurePythonEnvironment, type PinnedPackage } from './python-environment.js';

/** Where MLflow comes from. `how` is a phrase for people. */
export type MlflowProgram =
  | { readonly kind: 'existing'; readonly uri: string; readonly how: string }
  | {
      readonly kind: 'environment';
      /** The `mlflow` command of the environment. */
      readonly path: string;
      readonly version: string;
      readonly how: string;
    }
  | { readonly kind: 'recorded'; readonly how: string; readonly tried: string };

/** The version that the demo and the tests run against. */
export const defaultMlflowVersion = '3.17.2';

export interface MlflowSearch extends ProgramSearch {
  /** MLflow version of the environment; each has one of its own. Default {@link defaultMlflowVersion}. */
  readonly mlflowVersion?: string;
}

/**
 * Looks in this order: `MLFLOW_TRACKING_URI` (not when a version is asked for), the environment of that version in
 * the cache, made now if need be; the recorded server. Never fails: the answer says what it is.
 */
export async function findMlflow(search: MlflowSearch): Promise<MlflowProgram> {
  const uri = search.env['MLFLOW_TRACKING_URI'];
  if (uri !== undefined && uri !== '' && search.mlflowVersion === undefined) {
    return { kind: 'existing', uri, how: 'from MLFLOW_TRACKING_URI' };
  }
  const version = search.mlflowVersion ?? defaultMlflowVersion;
  const environment = await ensurePythonEnvironment(pinnedMlflow(version), search);
  if (typeof environment === 'string') {
    return { kind: 'recorded', how: 'recorded answers: MLflow itself could not be installed', tried: environment };
  }
  const path = join(environment.folder, 'bin', 'mlflow');
  return { kind: 'environment', path, version, how: `MLflow ${version} in ${environment.folder}` };
}

/**
 * The default version comes with everything it was tried with. Older ones name no upper bounds and break with newer
 * libraries: before 3.11 they import a class that SQLAlchemy 2.1 removed, and the client of MLflow 2 sets attributes
 * of spans that newer OpenTelemetry no longer lets it set.
 */
function pinnedMlflow(version: string): PinnedPackage {
  const file = fileURLToPath(new URL('./mlflow-constraints.txt', import.meta.url));
  if (version === defaultMlflowVersion) return { name: 'mlflow', version, constraints: { file } };
  const requirements = ['sqlalchemy<2.1'];
  if (version.startsWith('2.')) requirements.push('opentelemetry-api==1.28.2', 'opentelemetry-sdk==1.28.2');
  return { name: 'mlflow', version, constraints: { requirements } };
}
