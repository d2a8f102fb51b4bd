/** `tracelift dead-letters show`: one trace that could not be copied. */
import type { Command } from 'commander';
import { errorCatalogue, isErrorCode, TraceliftError } from '../../../errors/index.js';
import type { DeadLetterRow } from '../../../tables/rows.js';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import { count, instant, instantOfMicros, pairs, type Paint } from '../../terminal/text.js';
import { openDeadLetters } from './open.js';

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('show')
      .summary('one of them: what failed, when, and what to do')
      .argument('<trace id>', 'id of the trace')
      .option(...targetOption),
  ).action(async (traceId: string, flags: PlaceFlags) => {
    print(context.io, flags, await load(await context.session(), traceId, flags), view);
  });
  withExamples(command, 'tracelift dead-letters show tr-0123456789abcdef0123456789abcdef');
}

export interface DeadLetterDetails {
  readonly deadLetter: DeadLetterRow;
  /** What its error code asks for; null for a code of another version. */
  readonly nextStep: string | null;
}

export interface DeadLetterModel {
  readonly traceId: string;
  /** One for each source and experiment that has such a trace. */
  readonly found: readonly DeadLetterDetails[];
}

/** @throws NoTables, DeadLetterNotFound */
export async function load(session: CliSession, traceId: string, { target }: PlaceFlags): Promise<DeadLetterModel> {
  const found = (await openDeadLetters(session, target)).filter((row) => row.trace_id === traceId);
  if (found.length === 0) throw new TraceliftError('DeadLetterNotFound', { ids: traceId });
  return { traceId, found: found.map((deadLetter) => ({ deadLetter, nextStep: nextStepOf(deadLetter.error_code) })) };
}

function nextStepOf(code: string): string | null {
  return isErrorCode(code) ? errorCatalogue[code].nextStep : null;
}

/** Everything that is known about one trace that could not be copied. */
export function view(model: DeadLetterModel, paint: Paint): string {
  const parts = model.found.map(({ deadLetter: row, nextStep }) => {
    const facts: [string, string][] = [
      ['source', row.source_id],
      ['experiment', row.experiment_id],
      ['started', row.start_time_ms === null ? 'unknown' : instant(Number(row.start_time_ms))],
      ['failed while', row.stage],
      ['code', paint.red(row.error_code)],
      ['message', row.message],
      ['attempts', count(row.attempts)],
      ['first failed', instantOfMicros(row.first_failed_at)],
      ['last failed', instantOfMicros(row.last_failed_at)],
      ['next try', row.retry_after === null ? 'when the trace changes' : instantOfMicros(row.retry_after)],
    ];
    if (nextStep !== null) facts.push(['what to do', nextStep]);
    return `${paint.bold(row.trace_id)}\n${pairs(facts, paint)}`;
  });
  const again = paint.dim(`Try it again now: tracelift dead-letters retry ${model.traceId}`);
  return [...parts, again].join('\n\n');
}
