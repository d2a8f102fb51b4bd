/** The second argument of the workflows that continue as new. Runs inside the workflow sandbox. */
import { workflowInfo } from '@temporalio/workflow';

import { invalidInput } from './input.js';

/**
 * What the execution before this one carried over. Whoever may start workflows could otherwise write the middle of a run
 * themselves: under which name rows are kept, and what its receipt says.
 *
 * @returns undefined for a run that begins
 * @throws InvalidInput where there is a second argument and no execution before this one
 */
export function continuationOf<Carried>(
  workflow: Parameters<typeof invalidInput>[0],
  carried: Carried | undefined,
): Carried | undefined {
  if (carried === undefined || carried === null) return undefined;
  if (workflowInfo().continuedFromExecutionRunId !== undefined) return carried;
  throw invalidInput(workflow, 'a second argument is taken only from an execution that continued as new');
}
