/**
 * Locks across runs and workers. Temporal lets one run of a workflow id live, so a child with a fixed id is a lock;
 * others wait on durable timers. Runs inside the workflow sandbox.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, sleep, type ChildWorkflowOptions } from '@temporalio/workflow';

const firstWaitMs = 500;

/** What is run while the lock is held. */
export interface LockedWork<Input> extends Pick<ChildWorkflowOptions, 'parentClosePolicy' | 'cancellationType'> {
  /** Name of the workflow type. */
  readonly workflowType: string;
  /** Id of the lock: the same id, one at a time. */
  readonly lockId: string;
  readonly input: Input;
  /** Shown in Temporal's Web UI. */
  readonly summary: string;
  /** Shown beside the timer while another run holds the lock. */
  readonly waitingFor: string;
  /** The first wait is half a second, each next one twice as long, up to so many milliseconds. */
  readonly longestWaitMs: number;
}

/** Runs the work as soon as nobody else holds the lock. */
export async function runUnderLock<Input, Result>(work: LockedWork<Input>): Promise<Result> {
  const { workflowType, lockId, input, summary, waitingFor, longestWaitMs, ...policies } = work;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await executeChild<(input: Input) => Promise<Result>>(workflowType, {
        ...policies,
        workflowId: lockId,
        args: [input],
        staticSummary: summary,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(waitMs, { summary: waitingFor });
    }
  }
}
