/** How copying runs end with the monitor. Runs inside the workflow sandbox. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, executeChild, sleep, startChild } from '@temporalio/workflow';

import type { MonitorOutcome } from './contract.js';
import type { MonitorInput } from './input.js';

const waitForOtherMs = 5000;

type EnsureMonitor = (raw: unknown) => Promise<MonitorOutcome>;

function monitorWorkflowId(targetLock: string): string {
  return `tracelift/monitor/${targetLock}`;
}

/** Runs `ensureMonitor` and waits for it; one at a time per target. */
export async function awaitMonitor(
  input: MonitorInput & { target: string },
  targetLock: string,
): Promise<MonitorOutcome> {
  for (;;) {
    try {
      return await executeChild<EnsureMonitor>('ensureMonitor', {
        workflowId: monitorWorkflowId(targetLock),
        args: [input],
        staticSummary: `quality monitor of ${input.target}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(waitForOtherMs, { summary: 'another run works on the monitor' });
    }
  }
}

/** Starts `ensureMonitor` and leaves it alone, so that a slow monitor never makes a scheduled run skip. */
export async function triggerMonitor(input: MonitorInput & { target: string }, targetLock: string): Promise<void> {
  try {
    await startChild<EnsureMonitor>('ensureMonitor', {
      workflowId: monitorWorkflowId(targetLock),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `quality monitor of ${input.target}`,
    });
  } catch (error) {
    // One that already runs sees this run's rows at its next refresh.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
