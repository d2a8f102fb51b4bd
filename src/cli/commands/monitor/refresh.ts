/** `tracelift monitor refresh`: computes what changed since the last refresh. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import type { FinishedRun } from '../../temporal/run-to-end.js';
import { print, withProgress } from '../../terminal/output.js';
import type { RunEvents } from '../../terminal/progress.js';
import type { Paint } from '../../terminal/text.js';
import { monitorRunText } from './text.js';

export function options(group: Command, context: CommandContext): void {
  const { io } = context;
  const command = withJson(
    group
      .command('refresh')
      .summary('compute what changed since the last refresh')
      .option(...targetOption),
  ).action(async (flags: PlaceFlags) => {
    const session = await context.session();
    print(io, flags, await withProgress(io, flags, (events) => load(session, flags, events)), view);
  });
  withExamples(command, 'tracelift monitor refresh');
}

/** @throws NoTables, RunFailed */
export async function load(
  session: CliSession,
  { target }: PlaceFlags,
  events: RunEvents,
): Promise<FinishedRun<'ensureMonitor'>> {
  const { runMonitor } = await import('./run.js');
  return runMonitor(session, target, true, events);
}

export function view(model: FinishedRun<'ensureMonitor'>, paint: Paint): string {
  return monitorRunText(model, paint);
}
