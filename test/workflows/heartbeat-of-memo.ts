/**
 * Interceptors that take the heartbeat timeout of a run and of its children from the memo that a test started it with.
 * Bundled with the workflows of tests; the product has one timeout for all (src/workflows/activity-policies.ts).
 */
import { workflowInfo } from '@temporalio/workflow';
import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Name of the memo field, milliseconds. */
export const heartbeatMemoField = 'heartbeatTimeoutMs';

export const interceptors = (): WorkflowInterceptors => {
  const memo = workflowInfo().memo;
  const heartbeatTimeout = memo?.[heartbeatMemoField];
  if (typeof heartbeatTimeout !== 'number') return {};
  const passedOn = { [heartbeatMemoField]: heartbeatTimeout };
  return {
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, options: { ...input.options, heartbeatTimeout } }),
        startChildWorkflowExecution: (input, next) =>
          next({ ...input, options: { ...input.options, memo: { ...input.options.memo, ...passedOn } } }),
        continueAsNew: (input, next) => next({ ...input, options: { ...input.options, memo: { ...memo } } }),
      },
    ],
  };
};
