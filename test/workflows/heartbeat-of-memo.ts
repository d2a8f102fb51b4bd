/**
 * Interceptors that take the heartbeat timeout of a run and of its children from the memo that a test started it with.
 * Bundled with the workflows of tests; the product has one timeout for all (src/workflows/activity-policies.ts).
 */
import { workflowInfo } from '@temporalio/workflow';
import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Name of the memo field, milliseconds. */
export const heartbeatMemoField = 'heartbeatTimeoutMs';

/** The memo is there from the first activation on: not yet where interceptors are made, but at each of their calls. */
function chosenTimeout(): number | undefined {
  const chosen = workflowInfo().memo?.[heartbeatMemoField];
  return typeof chosen === 'number' ? chosen : undefined;
}

/** A workflow's memo does not pass to its children by itself. */
function passedOn(): Record<string, unknown> {
  const chosen = chosenTimeout();
  return chosen === undefined ? {} : { [heartbeatMemoField]: chosen };
}

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity: (input, next) =>
        next({
          ...input,
          options: { ...input.options, heartbeatTimeout: chosenTimeout() ?? input.options.heartbeatTimeout },
        }),
      startChildWorkflowExecution: (input, next) =>
        next({ ...input, options: { ...input.options, memo: { ...input.options.memo, ...passedOn() } } }),
      continueAsNew: (input, next) =>
        next({ ...input, options: { ...input.options, memo: { ...workflowInfo().memo } } }),
    },
  ],
});
