/**
 * Reads settings out of an environment that the caller hands over. Must not touch `process.env` or any file.
 */
import { nearestName } from './nearest-name.js';
import { allSettings, type Setting, type SettingType } from './settings.js';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value of the configuration came from, and the text that could not be read, if so. */
export interface EnvironmentValue {
  readonly name: string;
  /** Path in the configuration. */
  readonly path: readonly string[];
  /** Typed value; the text itself where it does not fit the type, so that validation names it. */
  readonly value: unknown;
}

/** The variable that alone decides whether the target `databricks` exists. */
export const DATABRICKS_SWITCH = 'TRACELIFT_DATABRICKS_CATALOG';

/** The variable that names the configuration file. */
export const CONFIG_FILE_VARIABLE = 'TRACELIFT_CONFIG';

/** The names that the environment fills. */
const environmentNames: Readonly<Record<string, string>> = {
  MLFLOW: 'default',
  TRACELIFT_SOURCE: 'default',
  DATABRICKS: 'databricks',
  TRACELIFT_DATABRICKS: 'databricks',
};

/** The concrete path that an environment variable sets. */
export function environmentPath(setting: Setting): readonly string[] {
  const prefix = Object.keys(environmentNames).find((start) => setting.env?.startsWith(start));
  return setting.path.map((step) => (step === '*' && prefix !== undefined ? (environmentNames[prefix] ?? step) : step));
}

/** Every setting that the environment has, typed by the schema. Empty text counts as not set. */
export function readEnvironment(env: Environment): readonly EnvironmentValue[] {
  return allSettings().flatMap((setting) => {
    const text = setting.env === undefined ? undefined : env[setting.env]?.trim();
    if (setting.env === undefined || text === undefined || text === '') return [];
    return [{ name: setting.env, path: environmentPath(setting), value: readText(text, setting.type) }];
  });
}

const ownPrefix = 'TRACELIFT_';

/** Variables that nothing reads and that are named almost as one of ours, with that one. */
export function misspeltVariables(env: Environment): readonly { readonly name: string; readonly meant: string }[] {
  const variables = [...allSettings().flatMap((setting) => setting.env ?? []), CONFIG_FILE_VARIABLE];
  const known = variables.filter((name) => name.startsWith(ownPrefix)).map((name) => name.slice(ownPrefix.length));
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(ownPrefix) || !env[name] || variables.includes(name)) return [];
    const meant = nearestName(name.slice(ownPrefix.length), known);
    return meant === null ? [] : [{ name, meant: `${ownPrefix}${meant}` }];
  });
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
};

function readText(text: string, type: SettingType): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    case 'boolean':
      return truths[text.toLowerCase()] ?? text;
    case 'array':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
    case 'object':
      return readPairs(text);
    default:
      return text;
  }
}

/** `name=value,name=value`, the form of a small map. */
function readPairs(text: string): unknown {
  const pairs = text.split(',').map((pair) => pair.trim());
  if (!pairs.every((pair) => pair.indexOf('=') > 0)) return text;
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** The TEMPORAL_* variables, which `@temporalio/envconfig` reads. */
export function temporalEnvironment(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[0].startsWith('TEMPORAL_') && entry[0] !== 'TEMPORAL_CLI_PATH' && Boolean(entry[1]),
    ),
  );
}
