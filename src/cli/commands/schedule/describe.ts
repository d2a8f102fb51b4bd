/** `tracelift schedule describe`: settings, state and latest runs of schedules. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import { instant, textTable, type Paint } from '../../terminal/text.js';
import { scheduleChoice, withChoice, type ChoiceFlags } from './choice.js';
import type { ScheduleChoice, SchedulesModel } from './server.js';
import { facts, serverLine } from './text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withChoice(group.command('describe').summary('settings, state and latest runs')).action(
    async (ids: string[], flags: ChoiceFlags) => {
      const choice = scheduleChoice(ids, flags, 'schedule describe');
      print(context.io, flags, await load(await context.session(), choice), view);
    },
  );
  withExamples(command, 'tracelift schedule describe --experiment 1');
}

/** @throws ScheduleNeedsServer, TemporalUnreachable, ScheduleNotFound, ExperimentNotFound */
export async function load(session: CliSession, choice: ScheduleChoice): Promise<SchedulesModel> {
  const { chosenSchedules, requireTemporal, schedulePlace } = await import('./server.js');
  const temporal = await requireTemporal(session);
  return {
    server: await schedulePlace(session, temporal),
    schedules: await chosenSchedules(session, temporal, choice),
  };
}

/** Everything about each schedule. */
export function view(model: SchedulesModel, paint: Paint): string {
  const parts = model.schedules.map((one) => {
    const runs = one.recentRuns.map((run) => [
      one.running.includes(run.workflowId) ? paint.cyan('running') : 'closed',
      instant(run.scheduledMs),
      run.workflowId,
    ]);
    const recent = runs.length === 0 ? 'no runs yet' : textTable(['state', 'scheduled', 'workflow id'], runs, paint);
    return `${paint.bold(one.id)}\n${facts(one, paint)}\n\n${recent}`;
  });
  return [...parts, serverLine(model.server, paint)].join('\n\n');
}
