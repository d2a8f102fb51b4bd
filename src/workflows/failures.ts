/**
 * Failures as workflows throw and read them: always a code of the catalogue, never a text to match on. Runs inside the
 * workflow sandbox.
 */
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, isCancellation } from '@temporalio/workflow';

import { errorMessage, isErrorCode, isRetryable } from '../errors/index.js';
import type { ErrorCode, ErrorParameters } from '../errors/index.js';

/** Ends the run with an error of the catalogue. */
export function failRun(code: ErrorCode, parameters: ErrorParameters): never {
  throw ApplicationFailure.create({
    message: errorMessage(code, parameters),
    type: code,
    nonRetryable: !isRetryable(code),
  });
}

/** The application failure inside an activity's or child's failure; null where there is none (timeouts, bugs). */
function applicationFailureIn(error: unknown): ApplicationFailure | null {
  let current: unknown = error;
  while (current instanceof ActivityFailure || current instanceof ChildWorkflowFailure) current = current.cause;
  return current instanceof ApplicationFailure ? current : null;
}

/** Code of a failed activity or child; null where the failure carries none. */
export function errorCodeOf(error: unknown): ErrorCode | null {
  const type = applicationFailureIn(error)?.type;
  return typeof type === 'string' && isErrorCode(type) ? type : null;
}

/** True where staged files are gone or are not what was staged: what they were made of has to be read again. */
export function isStagingLoss(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'StagingLost' || code === 'ManifestMismatch';
}

/**
 * The failure to end a run with: activity and child failures are unwrapped, so that the first line of the Web UI and
 * of the command line is the message a person can act on. Cancellation and continue-as-new pass unchanged.
 */
export function readableFailure(error: unknown): unknown {
  if (isCancellation(error)) return error;
  const failure = applicationFailureIn(error);
  if (failure === null || failure === error) return error;
  return ApplicationFailure.create({
    message: failure.message,
    type: failure.type ?? 'Unexpected',
    nonRetryable: failure.nonRetryable ?? false,
  });
}
