/** Turns validation findings into texts that name the origin, the setting, the problem and a valid example. Pure. */
import type { z } from 'zod';
import type { EnvironmentValue } from './environment.js';
import { nearestName } from './nearest-name.js';
import { namesBelow, settingAt } from './settings.js';

/** What the findings are told against. */
export interface Origins {
  /** Path of the configuration file, if there is one. */
  readonly file: string | null;
  readonly environment: readonly EnvironmentValue[];
  /** The values that were validated; only their types and kinds are looked at, never shown. */
  readonly values: unknown;
}

/** One text for each finding. */
export function problemTexts(issues: readonly z.core.$ZodIssue[], origins: Origins): readonly string[] {
  return issues.flatMap((issue) => issueTexts(issue, origins));
}

function issueTexts(issue: z.core.$ZodIssue, origins: Origins): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = namesBelow(path, kindAt(path, origins.values));
    return issue.keys.map((key) => unknownText(placeOf([...path, key], origins), nearestName(key, known)));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => `${placeOf(path, origins)}: ${inner.message}`);
  }
  const setting = settingAt(path, kindAt(path, origins.values));
  const example = setting === undefined ? '' : ` (for example ${exampleText(setting.example)})`;
  const missing = valueAt(path, origins.values) === undefined;
  const byVariable = missing && setting?.env !== undefined ? `, also as ${setting.env}` : '';
  return [`${placeOf(path, origins)}: ${missing ? 'it must be set' : plainMessage(issue)}${byVariable}${example}`];
}

/** A name that nothing reads; `meant` is what it may be a misspelling of. */
export function unknownText(place: string, meant: string | null): string {
  return `${place}: there is no such setting${meant === null ? '' : `; did you mean ${meant}?`}`;
}

/** Zod's own words, without its "Invalid input: " and without the value, which may be a secret. */
function plainMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `use one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_union')
    return 'the kind is not known; use mlflow or databricks for a source, duckdb or databricks for a target';
  if (issue.code === 'invalid_type') return typeProblem(issue.expected);
  if (issue.code === 'too_big') return `use at most ${issue.maximum}`;
  if (issue.code === 'too_small') return tooSmallProblem(issue);
  return issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/, '');
}

/** Own words of a refinement win, such as "use at least 16 characters". */
function tooSmallProblem(issue: z.core.$ZodIssueTooSmall): string {
  if (!issue.message.startsWith('Too small')) return issue.message;
  return issue.origin === 'number' || issue.origin === 'int' ? `use at least ${issue.minimum}` : 'it must not be empty';
}

function typeProblem(expected: string): string {
  if (expected === 'boolean') return 'use true or false';
  if (expected === 'int' || expected === 'number') return 'use a number';
  return expected === 'record' || expected === 'object'
    ? 'use a map of names and values'
    : `use a value of type ${expected}`;
}

function exampleText(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example);
}

function placeOf(path: readonly string[], origins: Origins): string {
  const variable = origins.environment.find((value) => value.path.every((step, index) => step === path[index]));
  if (variable !== undefined) return `environment variable ${variable.name}`;
  const name = path.join('.');
  return origins.file === null ? `setting ${name}` : `${origins.file}, ${name}`;
}

function valueAt(path: readonly string[], values: unknown): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined,
    values,
  );
}

/** Kind of the source or target that a path leads into. */
function kindAt(path: readonly string[], values: unknown): string | undefined {
  if (path[0] !== 'sources' && path[0] !== 'targets') return undefined;
  const kind = valueAt([...path.slice(0, 2), 'kind'], values);
  return typeof kind === 'string' ? kind : undefined;
}
