/** `tracelift monitor show`: the state of the quality monitor and its tables. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import type { Paint } from '../../terminal/text.js';
import { monitorStatusText, type MonitorModel } from './text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('show')
      .summary('its state and its tables')
      .option(...targetOption),
  ).action(async (flags: PlaceFlags) => {
    print(context.io, flags, await load(await context.session(), flags), view);
  });
  withExamples(command, 'tracelift monitor show');
}

/** @throws NoTables and the codes of the monitor */
export async function load(session: CliSession, { target }: PlaceFlags): Promise<MonitorModel> {
  session.requireTables(target);
  const { monitor } = await session.readMonitor(target);
  return { target: session.place(target), status: await monitor.show() };
}

export function view(model: MonitorModel, paint: Paint): string {
  return monitorStatusText(model, paint);
}
