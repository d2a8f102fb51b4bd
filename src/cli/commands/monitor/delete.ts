/** `tracelift monitor delete`: removes the quality monitor. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import type { Paint } from '../../terminal/text.js';
import { monitorStatusText, type MonitorModel } from './text.js';

interface DeleteFlags extends PlaceFlags {
  readonly dropTables?: true;
}

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('delete')
      .summary('remove it; its metric tables stay')
      .option('--drop-tables', 'remove its metric tables too')
      .option(...targetOption),
  ).action(async (flags: DeleteFlags) => {
    print(context.io, flags, await load(await context.session(), flags), view);
  });
  withExamples(command, 'tracelift monitor delete --drop-tables');
}

/** Removes the monitor; its metric tables only where asked for. @throws NoTables and the codes of the monitor */
export async function load(session: CliSession, { target, dropTables }: DeleteFlags): Promise<MonitorModel> {
  session.requireTables(target);
  const { monitor } = await session.target(target);
  await monitor.delete({ dropTables: dropTables === true });
  return { target: session.place(target), status: await monitor.show() };
}

export function view(model: MonitorModel, paint: Paint): string {
  return monitorStatusText(model, paint);
}
