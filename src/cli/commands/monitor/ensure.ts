/** `tracelift monitor ensure` and `refresh`: bring the quality monitor up to date. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import type { FinishedRun } from '../../temporal/run-to-end.js';
import { print, withProgress } from '../../terminal/output.js';
import { monitorText } from '../../receipt.js';
import { pairs, type Paint } from '../../terminal/text.js';
import type { RunEvents } from '../../terminal/progress.js';

interface EnsureFlags extends PlaceFlags {
  readonly refresh?: boolean;
}

export function options(group: Command, context: CommandContext): void {
  const { io } = context;
  for (const [name, summary] of [
    ['ensure', 'create it or update what differs, wait until it is active, refresh it'],
    ['refresh', 'compute what changed since the last refresh'],
  ] as const) {
    const command = withJson(
      group
        .command(name)
        .summary(summary)
        .option(...targetOption),
    );
    if (name === 'ensure') command.option('--no-refresh', 'leave its metrics as they are');
    command.action(async (flags: EnsureFlags) => {
      const session = await context.session();
      print(io, flags, await withProgress(io, flags, (events) => load(session, flags, events)), view);
    });
    withExamples(command, `tracelift monitor ${name}`);
  }
}

/** Creates or updates the monitor, waits until it is active, and refreshes it unless told not to. @throws NoTables, RunFailed */
export async function load(
  session: CliSession,
  { target, refresh = true }: EnsureFlags,
  events: RunEvents,
): Promise<FinishedRun<'ensureMonitor'>> {
  session.requireTables(target);
  const { name } = session.targetConfig(target);
  const { runToEnd } = await import('../../temporal/run-to-end.js');
  return await runToEnd(session, target, events, {
    type: 'ensureMonitor',
    workflowId: `tracelift/monitor-command/${name}`,
    input: { target: name, refresh },
    summary: `quality monitor of ${name}`,
  });
}

export function view(model: FinishedRun<'ensureMonitor'>, paint: Paint): string {
  const { result, target } = model;
  const rows: [string, string][] = [
    ['target', `${target.location} (${target.name})`],
    ['monitor', monitorText(result)],
    ['profile table', result.profileTable ?? '-'],
    ['drift table', result.driftTable ?? '-'],
  ];
  if (result.dashboardUrl !== null) rows.push(['dashboard', result.dashboardUrl]);
  return pairs(rows, paint);
}
