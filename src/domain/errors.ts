/**
 * The one catalogue of errors. Every failure that a user or a workflow can see has a code here; workflows branch on
 * codes, never on texts. Pure; imports nothing.
 *
 * A message says what went wrong and where, what follows from it, and what to do next. Parameters are names, ids,
 * counts and addresses without credentials: never trace text, never a secret.
 *
 * docs/errors.md is generated from this catalogue and checked by a test.
 */

/**
 * `input`: the caller must change the request; `config`: the operator must change a setting or a right;
 * `data`: the source or a table holds something unusable; `transient`: trying again may help (the only retried kind);
 * `terminal`: nothing will help but a person.
 */
export type ErrorKind = 'input' | 'config' | 'data' | 'transient' | 'terminal';

/** Values for the `{placeholders}` of a message. */
export type ErrorParameters = Readonly<Record<string, string | number | boolean>>;

export interface ErrorEntry {
  readonly kind: ErrorKind;
  /** What went wrong, and where. `{name}` is replaced by the parameter of that name. */
  readonly what: string;
  /** What follows from it: what was written, what was not. */
  readonly consequence: string;
  /** What the reader can do now. */
  readonly nextStep: string;
}

const entry = (kind: ErrorKind, what: string, consequence: string, nextStep: string): ErrorEntry => ({
  kind,
  what,
  consequence,
  nextStep,
});

/** Every error code. Codes are stable: workflows, dashboards and tests match on them. */
export const errorCatalogue = {
  InvalidInput: entry(
    'input',
    'The input of {workflow} is not valid: {problems}.',
    'Nothing was started and nothing was written.',
    'Correct the named fields. A valid example: {example}',
  ),
  Internal: entry(
    'terminal',
    'tracelift met a state that it does not know, in {where}: {reason}.',
    'The step was stopped; rows that were committed before stay.',
    'Please report this with the run id and the log of the worker.',
  ),
  Unexpected: entry(
    'transient',
    'An unexpected failure of type {type} in {where}.',
    'The step is tried again; nothing is lost.',
    'If it repeats, look at the log of the worker for the cause.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Fills the `{placeholders}` of a text; unknown ones stay visible, so that a test can find them. */
export function fillPlaceholders(text: string, parameters: ErrorParameters): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined ? whole : String(value);
  });
}

/** The whole message of a code: what and where, consequence, next step. */
export function errorMessage(code: ErrorCode, parameters: ErrorParameters): string {
  const { what, consequence, nextStep }: ErrorEntry = errorCatalogue[code];
  return [what, consequence, nextStep].map((part) => fillPlaceholders(part, parameters)).join(' ');
}

/** True for failures that a retry may heal. */
export function isRetryable(code: ErrorCode): boolean {
  return errorCatalogue[code].kind === 'transient';
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCatalogue, text);
}

/** Options of a {@link TraceliftError}. */
export interface TraceliftErrorOptions {
  /** For local logs only: it is cut off before anything leaves the process, since database errors quote data. */
  readonly cause?: unknown;
  /** How long the other side asked us to wait, in milliseconds (HTTP `Retry-After`). */
  readonly retryAfterMs?: number;
}

/** The only error class that adapters, activities and the CLI throw on purpose. */
export class TraceliftError extends Error {
  override readonly name = 'TraceliftError';
  readonly code: ErrorCode;
  readonly parameters: ErrorParameters;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, parameters: ErrorParameters = {}, options: TraceliftErrorOptions = {}) {
    super(errorMessage(code, parameters), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.parameters = parameters;
    this.retryAfterMs = options.retryAfterMs;
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code].kind;
  }

  get retryable(): boolean {
    return isRetryable(this.code);
  }
}
