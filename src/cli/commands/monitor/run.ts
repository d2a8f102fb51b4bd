/** The run that `monitor ensure` and `monitor refresh` share: a workflow, since others must not work on the monitor meanwhile. */
import type { CliSession } from '../../session.js';
import { runToEnd, type FinishedRun } from '../../temporal/run-to-end.js';
import type { RunEvents } from '../../terminal/progress.js';

/** Creates or updates the monitor, waits until it is active, and refreshes it unless told not to. @throws NoTables, RunFailed */
export async function runMonitor(
  session: CliSession,
  target: string | undefined,
  refresh: boolean,
  events: RunEvents,
): Promise<FinishedRun<'ensureMonitor'>> {
  session.requireTables(target);
  const installation = await session.installation(null, target);
  const { name } = installation.target;
  return await runToEnd(session, target, events, {
    type: 'ensureMonitor',
    installation,
    workflowId: `tracelift/monitor-command/${installation.idPart}`,
    formerWorkflowId: `tracelift/monitor-command/${installation.formerIdPart}`,
    input: { target: name, refresh },
    summary: `quality monitor of ${name}`,
  });
}
