/** `tracelift schedule delete`: the schedules go, runs and tables stay. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import { type Paint } from '../../terminal/text.js';
import { scheduleChoice, withChoice, type ChoiceFlags } from './choice.js';
import type { ChangedSchedules, ScheduleChoice } from './server.js';
import { changedLines, runUnderWay } from './text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withChoice(group.command('delete').summary('remove them; runs and tables stay'));
  command.action(async (ids: string[], flags: ChoiceFlags) => {
    const choice = scheduleChoice(ids, flags, 'schedule delete');
    print(context.io, flags, await load(await context.session(), choice), view);
  });
  withExamples(command, 'tracelift schedule delete --experiment 1');
}

/** @throws ScheduleNeedsServer, TemporalUnreachable, ScheduleNotFound, ExperimentNotFound */
export async function load(session: CliSession, choice: ScheduleChoice): Promise<ChangedSchedules> {
  const { changeSchedules } = await import('./server.js');
  const { withHandle } = await import('../../temporal/schedules.js');
  return changeSchedules(session, 'delete', choice, async ({ client }, { id }) => {
    await withHandle(client.schedule, id, (handle) => handle.delete());
    return [];
  });
}

export function view(model: ChangedSchedules, paint: Paint): string {
  return changedLines(model, 'deleted', runUnderWay, paint);
}
