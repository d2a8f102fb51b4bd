/**
 * The monitor lock: one run at a time works on the monitor of the same tables, whoever started it. Runs inside the
 * workflow sandbox.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';

import type { MonitorOutcome } from './contract.js';
import type { MonitorInput } from './input.js';
import { runUnderLock } from './lock.js';

const lockPrefix = 'tracelift/monitor/';
/** A native monitor may take half an hour: waiting for it must not fill the history with timers. */
const longestWaitMs = 30_000;

type EnsureMonitor = (raw: unknown) => Promise<MonitorOutcome>;

/** True for a run of `ensureMonitor` that holds the lock itself. */
export function holdsMonitorLock(workflowId: string): boolean {
  return workflowId.startsWith(lockPrefix);
}

/** Runs `ensureMonitor` as soon as nobody else works on the monitor, and waits for it. */
export function awaitMonitor(input: MonitorInput & { target: string }, targetLock: string): Promise<MonitorOutcome> {
  return runUnderLock({
    workflowType: 'ensureMonitor',
    lockId: lockPrefix + targetLock,
    input,
    summary: summaryOf(input),
    waitingFor: 'another run works on the monitor',
    longestWaitMs,
  });
}

/** Starts `ensureMonitor` and leaves it alone, so that a slow monitor never makes a scheduled run skip. */
export async function triggerMonitor(input: MonitorInput & { target: string }, targetLock: string): Promise<void> {
  try {
    await startChild<EnsureMonitor>('ensureMonitor', {
      workflowId: lockPrefix + targetLock,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: summaryOf(input),
    });
  } catch (error) {
    // One that already runs sees this run's rows at its next refresh.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function summaryOf({ target }: { readonly target: string }): string {
  return `quality monitor of ${target}`;
}
