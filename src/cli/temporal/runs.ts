/** Starts workflows by their types: input and result of each are known. */
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import type * as workflows from '../../workflows/index.js';
import type { BackfillInput, MonitorInput, RebuildInput, SyncInput } from '../../workflows/input.js';
import type { TemporalServer } from './server.js';

/** Inputs of the workflows that commands start. */
interface RunInputs {
  readonly backfillTraces: BackfillInput;
  readonly syncTraces: SyncInput;
  readonly ensureMonitor: MonitorInput;
  readonly rebuildGold: RebuildInput;
}

export type RunType = keyof RunInputs;
export type RunHandle<Type extends RunType> = WorkflowHandle<(typeof workflows)[Type]>;
export type RunResultOf<Type extends RunType> = Awaited<ReturnType<RunHandle<Type>['result']>>;

/** What to run. */
export interface RunOrder<Type extends RunType> {
  readonly type: Type;
  /** Equal orders have equal ids: a second start joins the run that is under way. */
  readonly workflowId: string;
  readonly input: RunInputs[Type];
  /** Shown in Temporal's Web UI. */
  readonly summary: string;
}

export interface StartedRun<Type extends RunType> {
  readonly type: Type;
  readonly workflowId: string;
  readonly firstRunId: string;
  /** False when it was under way already. */
  readonly isNew: boolean;
}

/** Starts the workflow, or joins the run of the same id. */
export async function startRun<Type extends RunType>(
  temporal: TemporalServer,
  order: RunOrder<Type>,
): Promise<StartedRun<Type>> {
  const { client, taskQueue } = temporal;
  const { type, workflowId } = order;
  const isNew = !(await isRunning(temporal, workflowId));
  const handle = await client.workflow.start(type, {
    taskQueue,
    workflowId,
    args: [order.input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: order.summary.slice(0, 200),
  });
  return { type, workflowId, firstRunId: handle.firstExecutionRunId, isNew };
}

async function isRunning(temporal: TemporalServer, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
