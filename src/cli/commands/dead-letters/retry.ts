/** Loads what `tracelift dead-letters show` and `retry` show. Never prints. */
import { errorCatalogue, isErrorCode, TraceliftError } from '../../../errors/index.js';
import type { DeadLetterRow } from '../../../tables/rows.js';
import type { RunTotals } from '../../../copy/run.js';
import type { CliSession } from '../../session.js';
import type { RunEvents } from '../../temporal/watch.js';
import { requireTables } from '../tables.js';

/** More are not looked through. */
const maxDeadLetters = 100_000;

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
export async function showDeadLetter(
  session: CliSession,
  options: { readonly traceId: string; readonly target?: string },
): Promise<DeadLetterModel> {
  const { traceId } = options;
  const found = (await openDeadLetters(session, options)).filter((row) => row.trace_id === traceId);
  if (found.length === 0) throw new TraceliftError('DeadLetterNotFound', { ids: traceId });
  return { traceId, found: found.map((deadLetter) => ({ deadLetter, nextStep: nextStepOf(deadLetter.error_code) })) };
}

function nextStepOf(code: string): string | null {
  return isErrorCode(code) ? errorCatalogue[code].nextStep : null;
}

export interface RetryOptions {
  /** Trace ids; none: all of the experiment, or of every experiment. */
  readonly ids: readonly string[];
  /** Id or exact name. */
  readonly experiment?: string;
  readonly source?: string;
  readonly target?: string;
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
export async function retryDeadLetters(
  session: CliSession,
  options: RetryOptions,
  events: RunEvents,
): Promise<RetryModel> {
  const { name, source } = await session.source(options.source);
  const { sourceId } = await source.describe();
  const experimentId =
    options.experiment === undefined ? undefined : (await source.getExperiment(options.experiment)).experimentId;
  const inScope = (row: DeadLetterRow): boolean =>
    row.source_id === sourceId && (experimentId === undefined || row.experiment_id === experimentId);
  const open = (await openDeadLetters(session, options)).filter(inScope);
  const wanted = options.ids.length === 0 ? open : named(open, options.ids);
  const { backfill } = await import('../../copying.js');
  const runs: Omit<RetriedRun, 'stillFailing'>[] = [];
  for (const { traceIds, fromMs, toMs, ...plan } of planRetries(wanted)) {
    const range = { ...(fromMs === null ? {} : { fromMs }), ...(toMs === null ? {} : { toMs }) };
    const target = options.target === undefined ? {} : { target: options.target };
    const settings = { monitor: true, detach: false, keepServer: false, retryDeadLetters: true };
    const order = { experiment: plan.experimentId, source: name, ...target, ...range, ...settings };
    const { workflowId, result } = await backfill(session, order, events);
    if (result !== null) {
      runs.push({ ...plan, fromMs, toMs, workflowId, totals: result.totals, asked: traceIds.length });
    }
  }
  if (runs.length === 0) return { runs: [] };
  const asked = new Set(wanted.map((row) => `${row.experiment_id}/${row.trace_id}`));
  const left = (await openDeadLetters(session, options)).filter(
    (row) => inScope(row) && asked.has(`${row.experiment_id}/${row.trace_id}`),
  );
  return {
    runs: runs.map((run) => ({
      ...run,
      stillFailing: left.filter((row) => row.experiment_id === run.experimentId).map((row) => row.trace_id),
    })),
  };
}

/** @throws DeadLetterNotFound naming the ids that are none */
function named(open: readonly DeadLetterRow[], ids: readonly string[]): DeadLetterRow[] {
  const known = new Set(open.map((row) => row.trace_id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new TraceliftError('DeadLetterNotFound', { ids: unknown.slice(0, 10).join(', ') });
  return open.filter((row) => ids.includes(row.trace_id));
}

async function openDeadLetters(
  session: CliSession,
  { target }: { readonly target?: string },
): Promise<DeadLetterRow[]> {
  requireTables(session, target);
  const readable = await (await session.runtime()).readTarget(target ?? null);
  try {
    return await readable.warehouse.listDeadLetters({ limit: maxDeadLetters });
  } finally {
    await readable.close();
  }
}
