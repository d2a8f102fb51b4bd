/** The commit lock: one run at a time commits to the same tables. Runs inside the workflow sandbox. */
import { ChildWorkflowCancellationType, ParentClosePolicy } from '@temporalio/workflow';

import type { CommitRequest, CommitResult } from '../copy/commit/messages.js';
import { runUnderLock } from './lock.js';

/** Runs `commitWindow` as soon as nobody else commits to the same tables. */
export function commitUnderLock(targetLock: string, request: CommitRequest, summary: string): Promise<CommitResult> {
  return runUnderLock({
    workflowType: 'commitWindow',
    lockId: `tracelift/commit/${targetLock}`,
    input: request,
    summary,
    waitingFor: 'another run commits to these tables',
    longestWaitMs: 3000,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}
