/** `tracelift rebuild`: makes every derived table again from the raw ones. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../options/flags.js';
import type { CliSession } from '../session.js';
import type { FinishedRun } from '../temporal/run-to-end.js';
import { print, withProgress } from '../terminal/output.js';
import { count, pairs, plural, type Paint } from '../terminal/text.js';
import type { RunEvents } from '../terminal/progress.js';

interface RebuildFlags extends PlaceFlags {
  readonly monitor: boolean;
}

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const command = withJson(
    program
      .command('rebuild')
      .summary('derive all tables from the raw one again')
      .description(
        'Processes every raw trace again, gold last. Use it after a change of token encoding, dimensions, further metrics or the hashing of user ids. Needs no MLflow.',
      )
      .option(...targetOption)
      .option('--no-monitor', 'leave the quality monitor alone'),
  ).action(async (flags: RebuildFlags) => {
    const session = await context.session();
    print(io, flags, await withProgress(io, flags, (events) => load(session, flags, events)), view);
  });
  withExamples(command, 'TRACELIFT_ENCODING=o200k_base tracelift rebuild');
}

/** @throws NoTables, RunFailed, Interrupted */
export async function load(
  session: CliSession,
  { target, monitor }: RebuildFlags,
  events: RunEvents,
): Promise<FinishedRun<'rebuildGold'>> {
  session.requireTables(target);
  const installation = await session.installation(null, target);
  const { name } = installation.target;
  const { runToEnd } = await import('../temporal/run-to-end.js');
  return await runToEnd(session, target, events, {
    type: 'rebuildGold',
    installation,
    workflowId: `tracelift/rebuild/${installation.idPart}`,
    formerWorkflowId: `tracelift/rebuild/${installation.formerIdPart}`,
    input: { target: name, ...(monitor ? {} : { monitor: false }) },
    summary: `rebuild of ${name}`,
  });
}

export function view(model: FinishedRun<'rebuildGold'>, paint: Paint): string {
  const { traces, updated, batches } = model.result;
  return pairs(
    [
      ['target', `${model.target.location} (${model.target.name})`],
      ['traces', `${count(traces)} processed again, ${count(updated)} rows changed`],
      ['work', plural(batches, 'batch', 'batches')],
    ],
    paint,
  );
}
