/** `tracelift sync`: copies what is new or changed lately. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import type { CopyModel } from '../copying.js';
import { exitCodes } from '../exit-codes.js';
import { withCopyOptions, type CopyFlags } from '../options/copy.js';
import { withExamples } from '../options/flags.js';
import { durationSettingOf, settingHelp } from '../options/run-settings.js';
import type { CliSession } from '../session.js';
import { print, withProgress } from '../terminal/output.js';
import { copyText } from '../receipt.js';
import type { Paint } from '../terminal/text.js';
import type { RunEvents } from '../terminal/progress.js';

interface SyncFlags extends CopyFlags {
  /** How far back to look for changes, milliseconds. */
  readonly lookback?: number;
}

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const command = program
    .command('sync')
    .summary('copy what is new or changed')
    .description(
      'Copies from the end of verified coverage, and at least the lookback, up to now. A Temporal Schedule runs the same workflow (syncTraces): docs/schedules.md.',
    );
  withCopyOptions(command, 'sync')
    .option(
      '--lookback <duration>',
      settingHelp('lookbackMs'),
      durationSettingOf({ command: 'sync', option: '--lookback' }, 'lookbackMs'),
    )
    .action(async (flags: SyncFlags) => {
      const session = await context.session();
      const model = await withProgress(io, flags, (events) => load(session, flags, events));
      print(io, flags, model, view);
      if ((model.result?.totals.missing ?? 0) > 0) context.endWith(exitCodes.failed);
    });
  withExamples(command, 'tracelift sync --experiment support-bot --lookback 2d');
}

/** From the end of verified coverage up to now. @throws RunFailed, Interrupted, TemporalUnreachable, codes of the source */
export async function load(session: CliSession, flags: SyncFlags, events: RunEvents): Promise<CopyModel> {
  const { sync } = await import('../copying.js');
  return sync(session, flags, events);
}

export function view(model: CopyModel, paint: Paint): string {
  return copyText(model, paint);
}
