/**
 * When an HTTP call is tried again inside one process, and after what wait. Pure: clock and chance come as arguments.
 *
 * Retries here bridge hiccups of seconds. Longer trouble is thrown as a transient error, with the wait that the server
 * asked for, so that the workflow engine waits durably instead of a thread here.
 * Retried codes as in MLflow's own client (mlflow/utils/request_utils.py): 408, 429, 500, 502, 503, 504.
 */

/** What one attempt gave: an HTTP status, or no answer at all. */
export type Attempt =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'no-answer' };

export interface RetryPolicy {
  /** Attempts in all, the first included. Minimum 1. */
  readonly maxAttempts: number;
  /** Attempts in all when the server answers 500, which mostly is an error that repeats. Minimum 1. */
  readonly maxAttemptsOnServerError: number;
  /** Wait before the first retry, milliseconds; doubled for each further one. */
  readonly firstDelayMs: number;
  /** No single wait is longer, milliseconds. A longer Retry-After ends the call at once. */
  readonly maxDelayMs: number;
  /** All waits and attempts of one call together, milliseconds. */
  readonly budgetMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 4,
  maxAttemptsOnServerError: 2,
  firstDelayMs: 200,
  maxDelayMs: 5_000,
  budgetMs: 20_000,
};

const transientStatuses: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** True for answers that say "later", as opposed to "no". */
export function isTransientStatus(status: number): boolean {
  return transientStatuses.has(status);
}

/**
 * Wait in milliseconds before the next attempt, or null when the call ends here.
 * @param numAttempts attempts made so far, 1 or more
 * @param elapsedMs since the call began
 * @param chance 0 to 1, exclusive: half of each wait is left to it, so that many workers do not return in step
 */
export function nextDelayMs(
  policy: RetryPolicy,
  attempt: Attempt,
  numAttempts: number,
  elapsedMs: number,
  chance: number,
): number | null {
  if (numAttempts >= allowedAttempts(policy, attempt)) return null;
  const backoffMs = Math.min(policy.firstDelayMs * 2 ** (numAttempts - 1), policy.maxDelayMs);
  const jitteredMs = backoffMs * (0.5 + chance / 2);
  const askedMs = attempt.kind === 'answer' ? (attempt.retryAfterMs ?? 0) : 0;
  const delayMs = Math.max(jitteredMs, askedMs);
  if (askedMs > policy.maxDelayMs || elapsedMs + delayMs > policy.budgetMs) return null;
  return Math.round(delayMs);
}

function allowedAttempts(policy: RetryPolicy, attempt: Attempt): number {
  if (attempt.kind === 'no-answer' || isTransientStatus(attempt.status)) return policy.maxAttempts;
  return attempt.status === 500 ? policy.maxAttemptsOnServerError : 1;
}

/**
 * Milliseconds that a `Retry-After` header asks for: seconds or an HTTP date (RFC 9110, section 10.2.3).
 * @returns undefined when the header is absent or says nothing usable
 */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
