/**
 * The commit lock. Temporal lets one run of a workflow id live, so the child's fixed id is a lock across runs and
 * workers; others wait on durable timers. Runs inside the workflow sandbox.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowCancellationType, ParentClosePolicy, executeChild, sleep } from '@temporalio/workflow';

import type { CommitRequest, CommittedWindow } from '../copy/commit/messages.js';

const firstWaitMs = 500;
const longestWaitMs = 3000;

/** Runs `commitWindow` as soon as nobody else commits to the same tables. */
export async function commitUnderLock(
  targetLock: string,
  request: CommitRequest,
  summary: string,
): Promise<CommittedWindow> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await executeChild<(request: CommitRequest) => Promise<CommittedWindow>>('commitWindow', {
        workflowId: `tracelift/commit/${targetLock}`,
        args: [request],
        staticSummary: summary,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(waitMs, { summary: 'another run commits to these tables' });
    }
  }
}
