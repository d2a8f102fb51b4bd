/** `tracelift monitor ensure`: creates the quality monitor, or brings it in line with the configuration. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import type { FinishedRun } from '../../temporal/run-to-end.js';
import { print, withProgress } from '../../terminal/output.js';
import type { Paint } from '../../terminal/text.js';
import type { RunEvents } from '../../terminal/progress.js';
import { monitorRunText } from './text.js';

interface EnsureFlags extends PlaceFlags {
  readonly refresh?: boolean;
}

export function options(group: Command, context: CommandContext): void {
  const { io } = context;
  const command = withJson(
    group
      .command('ensure')
      .summary('create it or update what differs, wait until it is active, refresh it')
      .option('--no-refresh', 'leave its metrics as they are')
      .option(...targetOption),
  ).action(async (flags: EnsureFlags) => {
    const session = await context.session();
    print(io, flags, await withProgress(io, flags, (events) => load(session, flags, events)), view);
  });
  withExamples(command, 'tracelift monitor ensure');
}

/** @throws NoTables, RunFailed */
export async function load(
  session: CliSession,
  { target, refresh = true }: EnsureFlags,
  events: RunEvents,
): Promise<FinishedRun<'ensureMonitor'>> {
  const { runMonitor } = await import('./run.js');
  return runMonitor(session, target, refresh, events);
}

export function view(model: FinishedRun<'ensureMonitor'>, paint: Paint): string {
  return monitorRunText(model, paint);
}
