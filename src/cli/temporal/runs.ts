/** Starts workflows by their types: input and result of each are known. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { TraceliftError } from '../../errors/index.js';
import type { Installation } from '../../wiring/installation.js';
import type * as workflows from '../../workflows/index.js';
import type { BackfillInput, MonitorInput, RebuildInput, SyncInput } from '../../workflows/input.js';
import { ownerOfRun } from './earlier-runs.js';
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
  /** The id that earlier versions gave to the same order: such a run is joined too, where it is ours. */
  readonly formerWorkflowId: string;
  /** Whose tables and source it is about. */
  readonly installation: Installation;
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

/** What is kept with a run, for whoever finds its id taken. */
const memoName = 'traceliftPlace';

/**
 * Starts the workflow, or joins the run of the same id that is under way.
 * @throws RunOfOthers where that run is on another task queue, or works for other tables or another source
 */
export async function startRun<Type extends RunType>(
  temporal: TemporalServer,
  order: RunOrder<Type>,
): Promise<StartedRun<Type>> {
  const { client, taskQueue } = temporal;
  const { type, workflowId, installation } = order;
  const former = await joinFormer(temporal, order);
  if (former !== null) return former;
  for (;;) {
    try {
      const handle = await client.workflow.start(type, {
        taskQueue,
        workflowId,
        args: [{ ...order.input, ...installation.asked }],
        memo: { [memoName]: placeText(installation) },
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        staticSummary: order.summary.slice(0, 200),
      });
      return { type, workflowId, firstRunId: handle.firstExecutionRunId, isNew: true };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const running = await describeRunning(temporal, workflowId);
    // Ended since: then it can be started.
    if (running === null) continue;
    const place = running.memo?.[memoName];
    if (running.taskQueue !== taskQueue || place !== placeText(installation)) {
      throw new TraceliftError('RunOfOthers', {
        workflowId,
        owner: `${typeof place === 'string' ? place : 'an installation that does not say its tables'} on the task queue ${running.taskQueue}`,
        here: `${placeText(installation)} on the task queue ${taskQueue}`,
      });
    }
    return { type, workflowId, firstRunId: firstRunIdOf(running), isNew: false };
  }
}

/** A run of an earlier version that does the same for the same source and tables. Others keep their id to themselves. */
async function joinFormer<Type extends RunType>(
  temporal: TemporalServer,
  { type, formerWorkflowId, installation }: RunOrder<Type>,
): Promise<StartedRun<Type> | null> {
  const running = await describeRunning(temporal, formerWorkflowId);
  if (running === null || running.taskQueue !== temporal.taskQueue) return null;
  if ((await ownerOfRun(temporal, formerWorkflowId, installation)) !== 'ours') return null;
  return { type, workflowId: formerWorkflowId, firstRunId: firstRunIdOf(running), isNew: false };
}

/** That of the run from which this one continued as new, where it did. */
function firstRunIdOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId ?? runId;
}

/** Null where there is no such run, or none any more. */
async function describeRunning(
  { client }: TemporalServer,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    const found = await client.workflow.getHandle(workflowId).describe();
    return found.status.name === 'RUNNING' ? found : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** For people, and equal for equal installations. */
function placeText({ source, target }: Installation): string {
  return source === null
    ? `the tables ${target.location}`
    : `the source ${source.sourceId} and the tables ${target.location}`;
}
