/** The commands that prove and mend a copy: reconcile, dead-letters show and retry. */
import type { Command } from 'commander';
import { isAnythingMissing } from '../../copy/reconcile/report.js';
import { exitCodes } from '../exit-codes.js';
import { readRange } from '../options/values.js';
import { readCountSetting, settingHelp } from '../run-setting-options.js';
import { deadLetterView, retryView } from '../views/dead-letters.js';
import { reconcileView } from '../commands/reconcile/view.js';
import { print, withExamples, withJson, withProgress, type OutputOptions, type ProgramContext } from '../terminal/output.js';

interface PlaceFlags extends OutputOptions {
  readonly source?: string;
  readonly target?: string;
}

/** The names that were given, for options that must not be undefined. */
function places({ source, target }: PlaceFlags): { source?: string; target?: string } {
  return { ...(source === undefined ? {} : { source }), ...(target === undefined ? {} : { target }) };
}

interface ReconcileFlags extends PlaceFlags {
  readonly experiment: string;
  readonly from?: string;
  readonly to?: string;
  readonly windowTraces?: string;
  readonly deep?: true;
  readonly repair?: true;
}

const verdictsText = `
Verdicts of a window:
  complete    everything listed is in the tables, or in the dead letters with a reason
  changed     nothing is missing; some traces changed at the source since they were copied
  incomplete  something listed is nowhere
  suspicious  the source lists much less than is landed, or counts another number: nothing is concluded
Extra rows are landed traces that the source no longer has; they are kept and counted.
Ends with 1 if anything is missing or a window is suspicious, 0 otherwise.`;

export function addReconcileCommand(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('reconcile')
      .summary('prove the copy: compare source and tables, window by window')
      .description(
        'Lists the source again and compares every trace with the tables, by id and version. Where the server counts (MLflow 3.9 or newer), its exact numbers of traces and spans are compared too. Reads only, unless --repair is given, and needs no Temporal.',
      )
      .requiredOption('-e, --experiment <id or name>', 'MLflow experiment, by id or exact name')
      .option('--from <time>', 'as for backfill (default: the oldest trace of source and tables)')
      .option('--to <time>', 'as for backfill (default: now, less the lag)')
      .option('--window-traces <n>', settingHelp('windowTraces'))
      .option('--deep', 'where numbers of spans differ, read the spans again and compare them')
      .option(
        '--repair',
        'copy the windows that differ again, with --deep also spans that are missing; then compare once more',
      )
      .option('--source <name>', 'MLflow server of the configuration')
      .option('--target <name>', 'place of the tables (default: local)'),
  ).action(async (flags: ReconcileFlags) => {
    const place = { command: 'reconcile', option: '--window-traces' };
    const { windowTraces } = flags;
    const options = {
      experiment: flags.experiment,
      ...places(flags),
      ...readRange(flags, context.session.io.nowMs(), 'reconcile'),
      ...(windowTraces === undefined ? {} : { windowTraces: readCountSetting(windowTraces, place, 'windowTraces') }),
      deep: flags.deep === true,
      repair: flags.repair === true,
    };
    const { runReconcile } = await import('../commands/reconcile/load.js');
    const model = await withProgress(context, flags, (events) => runReconcile(context.session, options, events));
    print(context, flags, model, reconcileView);
    if (isAnythingMissing(model.totals)) context.exitCode = exitCodes.failed;
  });
  command.addHelpText('after', verdictsText);
  withExamples(
    command,
    'tracelift reconcile --experiment support-bot --from 30d',
    'tracelift reconcile --experiment 1 --deep --repair',
  );
}

/** Adds `show` and `retry` to the group of `dead-letters list`. */
export function addDeadLetterActions(group: Command, context: ProgramContext): void {
  const show = withJson(
    group
      .command('show')
      .summary('one of them: what failed, when, and what to do')
      .argument('<trace id>', 'id of the trace')
      .option('--target <name>', 'place of the tables (default: local)'),
  ).action(async (traceId: string, flags: PlaceFlags) => {
    const { showDeadLetter } = await import('../commands/dead-letters/retry.js');
    print(context, flags, await showDeadLetter(context.session, { traceId, ...places(flags) }), deadLetterView);
  });
  withExamples(show, 'tracelift dead-letters show tr-0123456789abcdef0123456789abcdef');
  const retry = withJson(
    group
      .command('retry')
      .summary('try them again now, without waiting for their time')
      .description(
        'Copies the stretch that the dead letters span, one run for each experiment; every dead letter in it is tried. Where the start of one is unknown the run covers the whole experiment. Ends with 1 if any of them fails again.',
      )
      .argument('[ids...]', 'ids of traces (default: all)')
      .option('-e, --experiment <id or name>', 'of one experiment only')
      .option('--source <name>', 'MLflow server of the configuration')
      .option('--target <name>', 'place of the tables (default: local)'),
  ).action(async (ids: string[], flags: PlaceFlags & { experiment?: string }) => {
    const experiment = flags.experiment === undefined ? {} : { experiment: flags.experiment };
    const options = { ids, ...experiment, ...places(flags) };
    const { retryDeadLetters } = await import('../commands/dead-letters/retry.js');
    const model = await withProgress(context, flags, (events) => retryDeadLetters(context.session, options, events));
    print(context, flags, model, retryView);
    if (model.runs.some((run) => run.stillFailing.length > 0)) context.exitCode = exitCodes.failed;
  });
  withExamples(retry, 'tracelift dead-letters retry --experiment 1');
}
