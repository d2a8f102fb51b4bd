/** `tracelift reconcile`: source and tables beside each other, before and after a repair. */
import type { Command } from 'commander';
import { isAnythingMissing } from '../../../copy/reconcile/report.js';
import type { CommandContext } from '../../context.js';
import { exitCodes } from '../../exit-codes.js';
import { experimentOption, sourceOption, targetOption, timeOf, withExamples, withJson } from '../../options/flags.js';
import { countSettingOf, settingHelp } from '../../options/run-settings.js';
import { checkRange } from '../../options/values.js';
import { print, withProgress } from '../../terminal/output.js';
import type { ReconcileFlags } from './load.js';
import { view } from './view.js';

const verdictsText = `
Verdicts of a window:
  complete    everything listed is in the tables, or in the dead letters with a reason
  moving      nothing is missing; some traces changed at the source since they were copied
  incomplete  something listed is neither in the tables nor in the dead letters
  suspicious  the source lists much less than is landed, or counts another number: nothing is concluded
Extra rows are landed traces that the source no longer has, after a look-up by id. They are kept, counted and marked
(deleted_at_source), which views leave out; where another process holds the tables, --repair marks them.
Ends with 1 if anything is missing or a window is suspicious, 0 otherwise.`;

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const place = (option: string) => ({ command: 'reconcile', option });
  const command = withJson(
    program
      .command('reconcile')
      .summary('prove the copy: compare source and tables, window by window')
      .description(
        'Lists the source again and compares every trace with the tables, by id and version. Where the server counts (MLflow 3.9 or newer), its exact numbers of traces and spans are compared too. Writes nothing but marks of deleted traces, unless --repair is given, and needs no Temporal.',
      )
      .requiredOption(...experimentOption)
      .option(
        '--from <time>',
        'as for backfill (default: the oldest trace of source and tables)',
        timeOf(io.nowMs, place('--from')),
      )
      .option('--to <time>', 'as for backfill (default: now, less the lag)', timeOf(io.nowMs, place('--to')))
      .option(
        '--window-traces <n>',
        settingHelp('windowTraces'),
        countSettingOf(place('--window-traces'), 'windowTraces'),
      )
      .option('--deep', 'where numbers of spans differ, read the spans again and compare them')
      .option('--repair', 'copy differing windows again, with --deep also missing spans; then compare once more')
      .option(
        '--accept-deletions',
        'as --repair, and what the source no longer shows is taken for deleted, however much it is: traces that a look-up by id does not find, and assessments',
      )
      .option(...sourceOption)
      .option(...targetOption),
  ).action(async (flags: ReconcileFlags) => {
    checkRange(flags, 'reconcile');
    const { load } = await import('./load.js');
    const session = await context.session();
    const model = await withProgress(io, flags, (events) => load(session, flags, events));
    print(io, flags, model, view);
    if (isAnythingMissing(model.totals)) context.endWith(exitCodes.failed);
  });
  command.addHelpText('after', verdictsText);
  withExamples(
    command,
    'tracelift reconcile --experiment support-bot --from 30d',
    'tracelift reconcile --experiment 1 --deep --repair',
    'tracelift reconcile --experiment 1 --accept-deletions',
  );
}
