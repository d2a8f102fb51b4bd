/**
 * Puts the configuration together: file, then environment over it, then defaults; validated once. Reads the
 * configuration file and, for Databricks, the profile file; must not touch `process.env`.
 */
import type { z } from 'zod';
import { TraceliftError } from '../errors/index.js';
import { absoluteIfPath, fillLocalTarget, fillProfiles, makePathsAbsolute, splitAddresses } from './defaults.js';
import { fillDatabricksSources, isDatabricksSource } from './databricks-sources.js';
import { DATABRICKS_SWITCH, misspeltVariables, readEnvironment, temporalEnvironment } from './environment.js';
import type { Environment, EnvironmentValue } from './environment.js';
import { readConfigFile, type ConfigFile } from './file.js';
import { problemTexts, unknownText } from './problems.js';
import { configSchema } from './schema.js';
import { settingGroups } from './settings.js';
import { setAt, treeAt, type Tree } from './tree.js';
import type { Config, DeepReadonly } from './types.js';

/** What {@link loadConfig} reads from; nothing else is looked at. */
interface ConfigInputs {
  /** Usually `process.env`, handed over by the entry points only. */
  readonly env: Environment;
  /** Working directory: where the file is looked for and where relative paths start. */
  readonly cwd: string;
}

/**
 * The whole configuration, validated, with all defaults filled in and all paths absolute.
 * @throws ConfigInvalid naming every wrong setting, its origin and a valid example
 * @throws ConfigFileUnreadable when the file is missing or is not YAML or JSON
 */
export function loadConfig({ env, cwd }: ConfigInputs): Config {
  const file = readConfigFile(env, cwd);
  const values = structuredClone<Tree>({ ...file?.content });
  makePathsAbsolute(values, file?.folder ?? cwd);
  const environment = applicable(readEnvironment(env), values, env);
  for (const { path, value } of environment) setAt(values, path, absoluteIfPath(path, value, cwd));
  fillLocalTarget(values, cwd);
  fillProfiles(values, env);
  fillDatabricksSources(values, env, cwd);
  splitAddresses(values);
  const origins = { file: file?.path ?? null, environment, values };
  const parsed = configSchema.safeParse(values);
  const problems = [
    ...misspeltVariables(env).map(({ name, meant }) => unknownText(`environment variable ${name}`, meant)),
    ...(parsed.success ? [] : problemTexts(parsed.error.issues, origins)),
  ];
  if (!parsed.success || problems.length > 0) throw configInvalid(problems);
  return complete(parsed.data, file, env);
}

/** Adds what only the loader knows and checks the references between settings. */
function complete(parsed: z.output<typeof configSchema>, file: ConfigFile | null, env: Environment): Config {
  const names = Object.keys(parsed.sources);
  const onlyName = names.length === 1 ? names[0] : undefined;
  const config: Config = {
    ...parsed,
    defaultSource: parsed.defaultSource ?? onlyName ?? 'default',
    file: file?.path ?? null,
    temporal: { ...parsed.temporal, environment: temporalEnvironment(env) },
  };
  const problems: string[] = [];
  if (parsed.defaultSource !== undefined && !names.includes(parsed.defaultSource)) {
    problems.push(unknownName('defaultSource', 'TRACELIFT_SOURCE', parsed.defaultSource, names));
  }
  const targets = Object.keys(parsed.targets);
  if (!targets.includes(parsed.defaultTarget)) {
    problems.push(unknownName('defaultTarget', 'TRACELIFT_TARGET', parsed.defaultTarget, targets));
  }
  if (problems.length > 0) throw configInvalid(problems);
  return deepFreeze(config);
}

function configInvalid(problems: readonly string[]): TraceliftError {
  return new TraceliftError('ConfigInvalid', { problems: problems.join('; ') });
}

function unknownName(path: string, env: string, name: string, known: readonly string[]): string {
  const list = known.length === 0 ? 'there is none' : `there are: ${known.join(', ')}`;
  return `setting ${path} (${env}): nothing is configured under the name ${name}; ${list}`;
}

/** A server in the environment makes `default` exist; single values alone (a workspace, a token) do not. */
function applicable(found: readonly EnvironmentValue[], values: Tree, env: Environment): readonly EnvironmentValue[] {
  const hasSource = Boolean(env['MLFLOW_TRACKING_URI']) || treeAt(values, 'sources')?.['default'] !== undefined;
  const hasDatabricks = Boolean(env[DATABRICKS_SWITCH]) || treeAt(values, 'targets')?.['databricks'] !== undefined;
  const ownVariables = variablesOf(isDatabricksDefault(values, env) ? 'databricks' : 'mlflow');
  const used = found.filter(({ name, path }) => {
    if (path[0] === 'sources') return hasSource && ownVariables.has(name);
    return path[0] === 'targets' ? hasDatabricks : true;
  });
  if (hasDatabricks && treeAt(values, 'targets', 'databricks')?.['kind'] === undefined) {
    return [...used, { name: DATABRICKS_SWITCH, path: ['targets', 'databricks', 'kind'], value: 'databricks' }];
  }
  return used;
}

function isDatabricksDefault(values: Tree, env: Environment): boolean {
  const inFile = treeAt(values, 'sources', 'default');
  return isDatabricksSource(inFile, env['MLFLOW_TRACKING_URI']?.trim() || inFile?.['address']);
}

/** Variables that mean something to one kind of source: MLFLOW_TRACKING_TOKEN is no token of a workspace. */
function variablesOf(kind: string): ReadonlySet<string | undefined> {
  const settings = settingGroups().filter(
    ({ path, settings }) =>
      path[0] === 'sources' && settings.some((one) => one.path.at(-1) === 'kind' && one.example === kind),
  );
  return new Set(settings.flatMap((group) => group.settings.map(({ env }) => env)));
}

function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value as DeepReadonly<T>;
}
