/**
 * What becomes of a step that finds its DuckDB file in use by another process. A worker of the same task queue can do
 * the step itself; somebody else (a notebook, a shell) is waited for a while.
 */
import type { Context } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';

import { TraceliftError } from '../errors/index.js';
import { offeredAgainAfterMs } from './offered-again.js';

/** How often a step is tried while a process that is no worker has the file open: about half a minute. */
const patientAttempts = 10;
const waitForOthersMs = 3000;

/** A failure as Temporal is to see it. `retryAfterMs`, milliseconds; undefined: as the step's policy says. */
export interface ReportedFailure {
  readonly error: TraceliftError;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | undefined;
}

/** Null for every other failure. */
export async function tablesInUse(error: TraceliftError, context: Context): Promise<ReportedFailure | null> {
  if (error.code !== 'WarehouseHeldByProcess') return null;
  const { path = '', pid = '' } = error.parameters;
  const { taskQueue, attempt } = context.info;
  const isWorker = await isWorkerOf(context, String(pid));
  if (isWorker === null) return { error, isRetryable: true, retryAfterMs: waitForOthersMs };
  if (isWorker) {
    const inUse = new TraceliftError('WarehouseHeldByWorker', { path, pid, taskQueue }, { cause: error });
    return { error: inUse, isRetryable: true, retryAfterMs: offeredAgainAfterMs(attempt) };
  }
  return { error, isRetryable: attempt < patientAttempts, retryAfterMs: waitForOthersMs };
}

/**
 * The SDK calls a worker `<process id>@<host>`; a DuckDB file is on this host, and so is whoever has it open. Null where
 * Temporal does not answer.
 */
async function isWorkerOf(context: Context, pid: string): Promise<boolean | null> {
  const { client, info } = context;
  const { namespace } = client.options;
  try {
    const taskQueue = { name: info.taskQueue };
    const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue });
    const identities = pollers.map(({ identity }) => identity ?? '');
    const ownHost = identities.find((identity) => identity.startsWith(`${process.pid}@`))?.replace(/^\d+/, '');
    return ownHost !== undefined && identities.includes(`${pid}${ownHost}`);
  } catch (error) {
    if (isGrpcServiceError(error)) return null;
    throw error;
  }
}
