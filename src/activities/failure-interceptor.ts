/**
 * The one place where activity errors become Temporal failures: rebuilt from the catalogue, without cause and stack,
 * since parser and database errors quote data, and everything that leaves an activity is stored in the history.
 */
import { ApplicationFailure, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

import { TraceliftError } from '../errors/index.js';
import type { Log } from '../log.js';
import { pauseForStorageMs } from './storage-short.js';
import { tablesInUse } from './tables-in-use.js';
import type { ReportedFailure } from './tables-in-use.js';

/** Interceptor factory for `WorkerOptions.interceptors.activity`. The cause goes to the local log only. */
export function catalogueFailures(log: Log): (context: Context) => { inbound: ActivityInboundCallsInterceptor } {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          throw await toFailure(error, context, log);
        }
      },
    },
  });
}

/** Cancellation and asynchronous completion pass; everything else gets a code. */
async function toFailure(error: unknown, context: Context, log: Log): Promise<unknown> {
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
  if (context.cancellationSignal.aborted) return new CancelledFailure('CANCELLED');
  const { activityType, attempt, workflowExecution } = context.info;
  const known = asCatalogueError(error, activityType);
  const { error: reported, isRetryable, retryAfterMs } = await reportOf(known, context);
  log.warn('activity failed', {
    activity: activityType,
    attempt,
    workflowId: workflowExecution?.workflowId ?? null,
    code: reported.code,
    cause: describeCause(error),
  });
  return ApplicationFailure.create({
    message: reported.message,
    type: reported.code,
    nonRetryable: !isRetryable,
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

/** Most failures are what their code says; tables in use depend on who uses them, a full disk on how long it lasts. */
async function reportOf(error: TraceliftError, context: Context): Promise<ReportedFailure> {
  const { retryable, retryAfterMs } = error;
  const pauseMs = pauseForStorageMs(error, context.info.attempt);
  if (pauseMs !== null) return { error, isRetryable: true, retryAfterMs: pauseMs };
  return (await tablesInUse(error, context)) ?? { error, isRetryable: retryable, retryAfterMs };
}

function asCatalogueError(error: unknown, where: string): TraceliftError {
  if (error instanceof TraceliftError) return error;
  const type = error instanceof Error ? error.name : typeof error;
  return new TraceliftError('Unexpected', { type, where }, { cause: error });
}

/** Class and place of an error for the local log: the stack's first own line, never the message, which may quote data. */
function describeCause(error: unknown): string {
  const cause = error instanceof TraceliftError && error.cause !== undefined ? error.cause : error;
  if (!(cause instanceof Error)) return typeof cause;
  const place = cause.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${cause.name} ${place.trim()}`;
}
