/** Whose a schedule is: several installations may keep schedules in one namespace. */
import { TraceliftError } from '../../../errors/index.js';
import type { Installation } from '../../../wiring/installation.js';
import type { CliSession } from '../../session.js';
import { ownerOfRun, type RunOwner } from '../../temporal/earlier-runs.js';
import { describeSchedule, type ScheduleState } from '../../temporal/schedules.js';
import type { TemporalServer } from '../../temporal/server.js';

/**
 * Whose it is: by its task queue, and by the source and the tables that it names. One of an earlier version names
 * neither; there its runs tell, and where none of them was prepared yet it is `unknown`.
 */
export async function ownerOf(
  session: CliSession,
  temporal: TemporalServer,
  schedule: ScheduleState,
): Promise<RunOwner> {
  if (schedule.taskQueue !== temporal.taskQueue) return 'others';
  const { source, target, sourceId, targetId } = schedule.input;
  const installation = await configuredAs(session, source, target);
  if (installation === null) return 'others';
  const { asked } = installation;
  if (sourceId !== undefined || targetId !== undefined) {
    return sourceId === asked.sourceId && targetId === asked.targetId ? 'ours' : 'others';
  }
  return ownerByRuns(temporal, schedule, installation);
}

/** Null where this configuration has no such names. */
async function configuredAs(session: CliSession, source: unknown, target: unknown): Promise<Installation | null> {
  try {
    return await session.installation(nameOf(source), nameOf(target));
  } catch (error) {
    if (error instanceof TraceliftError && error.code.endsWith('NotConfigured')) return null;
    throw error;
  }
}

const nameOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

async function ownerByRuns(
  temporal: TemporalServer,
  { recentRuns }: ScheduleState,
  installation: Installation,
): Promise<RunOwner> {
  for (const { workflowId } of recentRuns.toReversed()) {
    const owner = await ownerOfRun(temporal, workflowId, installation);
    if (owner !== 'unknown') return owner;
  }
  return 'unknown';
}

/** @throws ScheduleOfOthers */
export async function refuseOthers(
  session: CliSession,
  temporal: TemporalServer,
  schedule: ScheduleState,
): Promise<void> {
  if ((await ownerOf(session, temporal, schedule)) !== 'others') return;
  const { id, taskQueue, input } = schedule;
  const source = typeof input['sourceId'] === 'string' ? input['sourceId'] : 'another source or other tables';
  throw new TraceliftError('ScheduleOfOthers', {
    schedule: id,
    owner: `the task queue ${taskQueue} (${source})`,
    here: `the task queue ${temporal.taskQueue}`,
  });
}

/** The schedule that an earlier version made for the same, where its runs prove that it is ours. */
export async function takeFormer(
  temporal: TemporalServer,
  formerId: string,
  installation: Installation,
): Promise<ScheduleState | null> {
  let found: ScheduleState;
  try {
    found = await describeSchedule(temporal.client.schedule, formerId);
  } catch (error) {
    if (error instanceof TraceliftError && error.code === 'ScheduleNotFound') return null;
    throw error;
  }
  if (found.taskQueue !== temporal.taskQueue) return null;
  return (await ownerByRuns(temporal, found, installation)) === 'ours' ? found : null;
}
