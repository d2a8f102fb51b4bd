/** `tracelift backfill`: copies the history of an experiment. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import type { CopyModel } from '../copying.js';
import { exitCodes } from '../exit-codes.js';
import { withCopyOptions, type CopyFlags } from '../options/copy.js';
import { timeHelp, timeOf, withExamples, type TimeRange } from '../options/flags.js';
import { checkRange } from '../options/values.js';
import type { CliSession } from '../session.js';
import { print, withProgress } from '../terminal/output.js';
import { copyText } from '../receipt.js';
import type { Paint } from '../terminal/text.js';
import type { RunEvents } from '../terminal/progress.js';

interface BackfillFlags extends CopyFlags, TimeRange {
  /** Traces whose rows other rules made are processed again. */
  readonly reprocess?: true;
}

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const command = program
    .command('backfill')
    .summary('copy the history of an experiment, verified window by window')
    .description(
      'Copies all traces of an experiment that start in [from, to) and proves that none is missing. Running it again lists everything and fetches only what changed. Without TEMPORAL_ADDRESS it starts a local Temporal server and a worker by itself.',
    );
  withCopyOptions(command, 'backfill')
    .option(
      '--from <time>',
      `first start of a trace, inclusive: ${timeHelp} (default: the oldest)`,
      timeOf(io.nowMs, { command: 'backfill', option: '--from' }),
    )
    .option(
      '--to <time>',
      'end of the range of trace starts, exclusive; the same forms (default: now, less the lag)',
      timeOf(io.nowMs, { command: 'backfill', option: '--to' }),
    )
    .option(
      '--reprocess',
      'also make rows anew, from the raw table, that other rules made: another encoding, other dimensions or metrics',
    )
    .action(async (flags: BackfillFlags) => {
      checkRange(flags, 'backfill');
      const session = await context.session();
      const model = await withProgress(io, flags, (events) => load(session, flags, events));
      print(io, flags, model, view);
      if ((model.result?.totals.missing ?? 0) > 0) context.endWith(exitCodes.failed);
    });
  withExamples(
    command,
    'MLFLOW_TRACKING_URI=http://127.0.0.1:5000 tracelift backfill --experiment support-bot --from 30d',
    'tracelift backfill --experiment 1 --from 2024-01-01 --to 2024-02-01 --target local',
    'tracelift backfill --experiment 1 --target databricks --adopt',
    'TRACELIFT_DIMENSIONS=team=tag:team tracelift backfill --experiment 1 --reprocess',
  );
}

/** @throws RunFailed, Interrupted, TemporalUnreachable and the codes of the source */
export async function load(session: CliSession, flags: BackfillFlags, events: RunEvents): Promise<CopyModel> {
  const { backfill } = await import('../copying.js');
  return backfill(session, flags, events, flags.reprocess === true ? 'reprocess' : 'backfill');
}

export function view(model: CopyModel, paint: Paint): string {
  return copyText(model, paint);
}
