/** `tracelift schedule list`: every schedule with its last and next run. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples, withJson } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print, type OutputFlags } from '../../terminal/output.js';
import { count, instant, textTable, type Paint } from '../../terminal/text.js';
import type { SchedulesModel } from './server.js';
import { everyText, lookbackText, serverLine } from './text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withJson(group.command('list').summary('every schedule with its last and next run')).action(
    async (flags: OutputFlags) => {
      print(context.io, flags, await load(await context.session()), view);
    },
  );
  withExamples(command, 'tracelift schedule list');
}

/** All schedules of tracelift in the namespace. @throws ScheduleNeedsServer, TemporalUnreachable */
export async function load(session: CliSession): Promise<SchedulesModel> {
  const { requireTemporal, schedulePlace } = await import('./server.js');
  const { listSchedules } = await import('../../temporal/schedules.js');
  const temporal = await requireTemporal(session);
  const schedules = await listSchedules(temporal.client.schedule);
  return { server: await schedulePlace(session, temporal), schedules };
}

/** One line for each schedule. */
export function view(model: SchedulesModel, paint: Paint): string {
  const head = serverLine(model.server, paint);
  if (model.schedules.length === 0) {
    return `${head}\nno schedules yet; for example: tracelift schedule create --experiment 1 --every 15m`;
  }
  const rows = model.schedules.map((one) => [
    one.paused ? paint.yellow('paused') : paint.green('active'),
    one.id,
    everyText(one),
    lookbackText(one),
    instant(one.recentRuns.at(-1)?.scheduledMs),
    one.paused ? '-' : instant(one.nextRunsMs[0]),
    count(one.runs),
    count(one.skipped),
    count(one.missed),
  ]);
  const names = ['state', 'id', 'every', 'looks back', 'last run', 'next run', 'runs', 'skipped', 'missed'];
  return `${head}\n${textTable(names, rows, paint, [6, 7, 8])}`;
}
