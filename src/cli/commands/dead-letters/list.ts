/** `tracelift dead-letters list`: traces that could not be copied. */
import type { Command } from 'commander';
import type { DeadLetterRow } from '../../../tables/rows.js';
import type { CommandContext } from '../../context.js';
import { targetOption, wholeNumberOf, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession, TargetPlace } from '../../session.js';
import { print } from '../../terminal/output.js';
import { instantOfMicros, textTable, type Paint } from '../../terminal/text.js';

interface ListFlags extends PlaceFlags {
  readonly experiment?: string;
  readonly limit: number;
}

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('list')
      .summary('list them')
      .option(...targetOption)
      .option('--experiment <id>', 'of one experiment only, by id')
      .option(
        '--limit <n>',
        'at most this many rows',
        wholeNumberOf({ command: 'dead-letters list', option: '--limit' }, 1, 100_000),
        50,
      ),
  ).action(async (flags: ListFlags) => {
    print(context.io, flags, await load(await context.session(), flags), view);
  });
  withExamples(command, 'tracelift dead-letters list --experiment 1');
}

export interface DeadLettersModel {
  readonly target: TargetPlace;
  readonly limit: number;
  /** Id of the only experiment asked about; null: all of them. */
  readonly experimentId: string | null;
  readonly deadLetters: readonly DeadLetterRow[];
}

/** Open dead letters, at most `limit`. @throws NoTables and the codes of the warehouse */
export async function load(session: CliSession, { target, experiment, limit }: ListFlags): Promise<DeadLettersModel> {
  session.requireTables(target);
  const warehouse = await session.readTarget(target);
  const scope = experiment === undefined ? {} : { experimentId: experiment };
  const deadLetters = await warehouse.listDeadLetters({ ...scope, limit });
  return { target: session.place(target), limit, experimentId: experiment ?? null, deadLetters };
}

export function view(model: DeadLettersModel, paint: Paint): string {
  const { deadLetters, experimentId } = model;
  // Whether the experiment exists, and whether anything of it was ever copied, is not known here.
  const scope = experimentId === null ? '' : ` for experiment ${experimentId}`;
  if (deadLetters.length === 0) return paint.green(`No open dead letters${scope} in these tables.`);
  const rows = deadLetters.map((row) => [
    row.trace_id,
    row.experiment_id,
    row.stage,
    paint.red(row.error_code),
    String(row.attempts),
    instantOfMicros(row.last_failed_at),
    row.retry_after === null ? 'when the trace changes' : instantOfMicros(row.retry_after),
    row.message,
  ]);
  const head = ['trace', 'experiment', 'stage', 'code', 'attempts', 'last failed', 'next try', 'message'];
  const more = deadLetters.length === model.limit ? `\n${paint.dim('There may be more: raise --limit.')}` : '';
  return `${textTable(head, rows, paint)}${more}`;
}
