/** `tracelift schedule resume`: runs start again after a pause. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import { instant, type Paint } from '../../terminal/text.js';
import { scheduleChoice, withChoice, type ChoiceFlags } from './choice.js';
import type { ChangedSchedules, ScheduleChoice } from './server.js';
import { changedLines } from './text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withChoice(
    group.command('resume').summary('go on after a pause; the next run copies what the pause left out'),
  ).option('--note <text>', 'why, shown by describe');
  command.action(async (ids: string[], flags: ChoiceFlags) => {
    const choice = scheduleChoice(ids, flags, 'schedule resume');
    print(context.io, flags, await load(await context.session(), choice, flags.note), view);
  });
  withExamples(command, 'tracelift schedule resume --experiment 1');
}

/** @throws ScheduleNeedsServer, TemporalUnreachable, ScheduleNotFound, ExperimentNotFound */
export async function load(session: CliSession, choice: ScheduleChoice, note?: string): Promise<ChangedSchedules> {
  const { changeSchedules } = await import('./server.js');
  const { withHandle } = await import('../../temporal/schedules.js');
  return changeSchedules(session, 'resume', choice, async ({ client }, { id }) => {
    await withHandle(client.schedule, id, (handle) => handle.unpause(note ?? 'resumed by tracelift schedule resume'));
    return [];
  });
}

export function view(model: ChangedSchedules, paint: Paint): string {
  return changedLines(model, 'resumed', (one) => `, next run ${instant(one.nextRunsMs[0])}`, paint);
}
