/** `tracelift dead-letters retry`: tries traces again that could not be copied. */
import type { Command } from 'commander';
import type { RunTotals } from '../../../copy/run.js';
import { TraceliftError } from '../../../errors/index.js';
import type { DeadLetterRow } from '../../../tables/rows.js';
import type { CommandContext } from '../../context.js';
import { exitCodes } from '../../exit-codes.js';
import { sourceOption, targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print, withProgress } from '../../terminal/output.js';
import { count, instant, pairs, plural, type Paint } from '../../terminal/text.js';
import { openDeadLetters } from './open.js';
import type { RunEvents } from '../../terminal/progress.js';

interface RetryFlags extends PlaceFlags {
  /** Id or exact name. */
  readonly experiment?: string;
}

export function options(group: Command, context: CommandContext): void {
  const { io } = context;
  const command = withJson(
    group
      .command('retry')
      .summary('try them again now, without waiting for their next attempt')
      .description(
        'Copies the time range of the dead letters again, with one run for each experiment, and tries every dead letter in it. If the start time of one is unknown, the run covers the whole experiment. Ends with 1 if any of them fails again.',
      )
      .argument('[ids...]', 'ids of traces (default: all)')
      .option('-e, --experiment <id or name>', 'of one experiment only')
      .option(...sourceOption)
      .option(...targetOption),
  ).action(async (ids: string[], flags: RetryFlags) => {
    const session = await context.session();
    const model = await withProgress(io, flags, (events) => load(session, ids, flags, events));
    print(io, flags, model, view);
    if (model.runs.some((run) => run.stillFailing.length > 0)) context.endWith(exitCodes.failed);
  });
  withExamples(command, 'tracelift dead-letters retry --experiment 1');
}

/** What one run tries again. Null bounds: the whole experiment, since some start is unknown. */
export interface PlannedRetry {
  readonly experimentId: string;
  readonly fromMs: number | null;
  /** Exclusive. */
  readonly toMs: number | null;
  readonly traceIds: readonly string[];
}

/** A run of its own for each experiment, over the stretch that its dead letters span. Pure. */
export function planRetries(
  rows: readonly Pick<DeadLetterRow, 'experiment_id' | 'trace_id' | 'start_time_ms'>[],
): PlannedRetry[] {
  const experimentIds = [...new Set(rows.map((row) => row.experiment_id))];
  return experimentIds.map((experimentId) => {
    const letters = rows.filter((row) => row.experiment_id === experimentId);
    const starts = letters.map((row) => (row.start_time_ms === null ? null : Number(row.start_time_ms)));
    const known = starts.filter((start) => start !== null);
    const isBounded = known.length === starts.length;
    return {
      experimentId,
      fromMs: isBounded ? known.reduce((least, start) => Math.min(least, start), Infinity) : null,
      toMs: isBounded ? known.reduce((most, start) => Math.max(most, start), -Infinity) + 1 : null,
      traceIds: letters.map((row) => row.trace_id),
    };
  });
}

export interface RetriedRun {
  readonly experimentId: string;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly workflowId: string;
  readonly totals: RunTotals;
  readonly asked: number;
  /** Ids that are dead letters still. */
  readonly stillFailing: readonly string[];
}

export interface RetryModel {
  readonly runs: readonly RetriedRun[];
}

/**
 * Tries dead letters again at once, without waiting for their time. Every dead letter in the stretch is tried, also
 * those that were not named.
 * @throws NoTables, DeadLetterNotFound, ExperimentNotFound and the codes of a run
 */
export async function load(
  session: CliSession,
  ids: readonly string[],
  flags: RetryFlags,
  events: RunEvents,
): Promise<RetryModel> {
  const { name, source } = await session.source(flags.source);
  const { sourceId } = await source.describe();
  const experimentId =
    flags.experiment === undefined ? undefined : (await source.getExperiment(flags.experiment)).experimentId;
  const inScope = (row: DeadLetterRow): boolean =>
    row.source_id === sourceId && (experimentId === undefined || row.experiment_id === experimentId);
  const open = (await openDeadLetters(session, flags.target)).filter(inScope);
  const wanted = ids.length === 0 ? open : named(open, ids);
  const runs = await retryAll(session, planRetries(wanted), { ...flags, source: name }, events);
  if (runs.length === 0) return { runs: [] };
  const asked = new Set(wanted.map((row) => `${row.experiment_id}/${row.trace_id}`));
  const left = (await openDeadLetters(session, flags.target)).filter(
    (row) => inScope(row) && asked.has(`${row.experiment_id}/${row.trace_id}`),
  );
  return {
    runs: runs.map((run) => ({
      ...run,
      stillFailing: left.filter((row) => row.experiment_id === run.experimentId).map((row) => row.trace_id),
    })),
  };
}

async function retryAll(
  session: CliSession,
  plans: readonly PlannedRetry[],
  { source, target }: PlaceFlags,
  events: RunEvents,
): Promise<Omit<RetriedRun, 'stillFailing'>[]> {
  const { backfill } = await import('../../copying.js');
  const place = { ...(source === undefined ? {} : { source }), ...(target === undefined ? {} : { target }) };
  const runs: Omit<RetriedRun, 'stillFailing'>[] = [];
  for (const { experimentId, fromMs, toMs, traceIds } of plans) {
    const range = { ...(fromMs === null ? {} : { from: fromMs }), ...(toMs === null ? {} : { to: toMs }) };
    const order = { experiment: experimentId, ...place, ...range, monitor: true };
    const { workflowId, result } = await backfill(session, order, events, 'retry');
    if (result !== null) {
      runs.push({ experimentId, fromMs, toMs, workflowId, totals: result.totals, asked: traceIds.length });
    }
  }
  return runs;
}

/** @throws DeadLetterNotFound naming the ids that are none */
function named(open: readonly DeadLetterRow[], ids: readonly string[]): DeadLetterRow[] {
  const known = new Set(open.map((row) => row.trace_id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new TraceliftError('DeadLetterNotFound', { ids: unknown.slice(0, 10).join(', ') });
  return open.filter((row) => ids.includes(row.trace_id));
}

/** What each run landed and what fails still. */
export function view(model: RetryModel, paint: Paint): string {
  if (model.runs.length === 0) return paint.green('No dead letters to try again.');
  return model.runs.map((run) => retriedRun(run, paint)).join('\n\n');
}

function retriedRun(run: RetriedRun, paint: Paint): string {
  const { asked, stillFailing, totals } = run;
  const landed = asked - stillFailing.length;
  const word =
    stillFailing.length === 0 ? paint.green('landed') : paint.red(`${count(stillFailing.length)} fail still`);
  const range = run.fromMs === null || run.toMs === null ? 'whole' : `${instant(run.fromMs)} to ${instant(run.toMs)}`;
  const facts: [string, string][] = [
    ['range', range],
    ['tried', `${plural(asked, 'dead letter')}, ${count(landed)} landed`],
    ['run', `${run.workflowId}: ${count(totals.listed)} listed, ${count(totals.deadLettered)} dead-lettered`],
  ];
  if (stillFailing.length > 0) facts.push(['fail still', stillFailing.slice(0, 10).join(', ')]);
  return `${word}  experiment ${run.experimentId}\n${pairs(facts, paint)}`;
}
