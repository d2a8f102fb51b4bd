/** `tracelift schedule pause`: no further runs start. */
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
  const command = withChoice(group.command('pause').summary('start no further runs; a run in progress goes on')).option(
    '--note <text>',
    'why, shown by describe',
  );
  command.action(async (ids: string[], flags: ChoiceFlags) => {
    const choice = scheduleChoice(ids, flags, 'schedule pause');
    print(context.io, flags, await load(await context.session(), choice, flags.note), view);
  });
  withExamples(command, 'tracelift schedule pause --experiment 1');
}

/** @throws ScheduleNeedsServer, TemporalUnreachable, ScheduleNotFound, ExperimentNotFound */
export async function load(session: CliSession, choice: ScheduleChoice, note?: string): Promise<ChangedSchedules> {
  const { changeSchedules } = await import('./server.js');
  const { withHandle } = await import('../../temporal/schedules.js');
  return changeSchedules(session, 'pause', choice, async ({ client }, { id }) => {
    await withHandle(client.schedule, id, (handle) => handle.pause(note ?? 'paused by tracelift schedule pause'));
    return [];
  });
}

export function view(model: ChangedSchedules, paint: Paint): string {
  return changedLines(model, 'paused', runUnderWay, paint);
}
