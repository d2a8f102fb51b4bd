/**
 * The one catalogue of errors. Every failure that a user or a workflow can see has a code here; workflows branch on
 * codes, never on texts. Pure; imports nothing.
 *
 * A message says what went wrong and where, what follows from it, and what to do next. Parameters are names, ids,
 * counts and addresses without credentials: never trace text, never a secret.
 *
 * docs/errors.md is generated from this catalogue and checked by a test.
 */
import { databricksErrors } from './databricks.js';
import { monitorErrors } from './monitor.js';
import { pricesErrors } from './prices.js';
import { runsErrors } from './runs.js';
import { setupErrors } from './setup.js';
import { sourceErrors } from './source.js';
import { tablesErrors } from './tables.js';
import type { ErrorEntry, ErrorKind, ErrorParameters } from './entry.js';

export type { ErrorEntry, ErrorKind, ErrorParameters } from './entry.js';

/** Every error code. Codes are stable: workflows, dashboards and tests match on them. */
export const errorCatalogue = {
  ...runsErrors,
  ...setupErrors,
  ...sourceErrors,
  ...tablesErrors,
  ...databricksErrors,
  ...monitorErrors,
  ...pricesErrors,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/**
 * Fills the `{placeholders}` of a text; unknown ones stay visible, so that a test can find them. A value that ends its
 * sentence itself, as a question does, gets no full stop after it.
 */
export function fillPlaceholders(text: string, parameters: ErrorParameters): string {
  return text.replace(/\{(\w+)\}(\.(?=\s|$))?/g, (whole, name: string, stop = '') => {
    const value = parameters[name];
    if (value === undefined) return whole;
    return /[.!?]$/.test(String(value)) ? String(value) : `${String(value)}${stop}`;
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

const monitorRefusals: readonly ErrorCode[] = [
  'MonitorPermission',
  'MonitorFeatureDisabled',
  'MonitorFailed',
  'MonitorPending',
  'MonitorAbsent',
];

/** True for the monitor's own no, as opposed to trouble on the way to it or with the table. */
export function isMonitorRefusal(code: ErrorCode): boolean {
  return monitorRefusals.includes(code);
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
