/** Loads what `tracelift reconcile` shows: source and tables beside each other, before and after a repair. Never prints. */
import { TraceliftError } from '../../../errors/index.js';
import type { Interval } from '../../../copy/prepare/coverage.js';
import { fewStretches, planRepairs } from '../../../copy/reconcile/rules.js';
import type { Experiment, TraceSource } from '../../../sources/trace-source.js';
import { reconcile, reconcileBounds } from '../../../copy/reconcile/reconcile.js';
import type { ReconcileReport } from '../../../copy/reconcile/report.js';
import type { RunTotals } from '../../../copy/run.js';
import type { TimeRange } from '../../options/values.js';
import type { CliSession } from '../../session.js';
import { Interrupted } from '../../exit-codes.js';
import type { RunEvents } from '../../temporal/watch.js';
import { requireTables } from '../tables.js';

export interface ReconcileOptions extends TimeRange {
  /** Id or exact name. */
  readonly experiment: string;
  readonly source?: string;
  readonly target?: string;
  /** Traces after which a window closes; without it as the configuration says. */
  readonly windowTraces?: number;
  readonly deep: boolean;
  readonly repair: boolean;
}

/** Which data was looked at. */
export interface ReconciledTables {
  readonly target: string;
  readonly location: string;
  /** When the read copy was made, epoch milliseconds; null for the tables themselves. */
  readonly copiedAtMs: number | null;
}

/** A copy of a stretch that a repair made. Times are epoch milliseconds. */
export interface RepairRun {
  readonly fromMs: number;
  readonly toMs: number;
  /** True: the spans were read again; false: only what differed was copied. */
  readonly rereadSpans: boolean;
  readonly workflowId: string;
  readonly totals: RunTotals;
}

export interface ReconcileModel extends ReconcileReport {
  readonly experiment: Experiment;
  readonly source: { readonly name: string; readonly sourceId: string; readonly address: string };
  readonly tables: ReconciledTables;
  /** Null where no repair was asked for or none was needed; else what the windows above were before. */
  readonly repair: { readonly before: ReconcileReport; readonly runs: readonly RepairRun[] } | null;
}

/** @throws ExperimentNotFound, NoTables, RangeEmpty, the codes of source and warehouse, those of a run with `repair` */
export async function runReconcile(
  session: CliSession,
  options: ReconcileOptions,
  events: RunEvents,
): Promise<ReconcileModel> {
  requireTables(session, options.target);
  const { name, source } = await session.source(options.source);
  const experiment = await source.getExperiment(options.experiment);
  const { sourceId, address } = await source.describe();
  const place = { source, scope: { sourceId, experimentId: experiment.experimentId } };
  const found = await look(session, place, options, events);
  const model = { experiment, source: { name, sourceId, address }, repair: null };
  const orders = options.repair ? repairsOf(found.report) : [];
  if (orders.length === 0) return { ...model, ...found.report, tables: found.tables };
  const { backfill } = await import('../../copying.js');
  const runs: RepairRun[] = [];
  for (const [index, order] of orders.entries()) {
    const { workflowId, result } = await backfill(
      session,
      {
        experiment: experiment.experimentId,
        source: name,
        target: found.tables.target,
        ...order,
        // Once is enough: after the last stretch.
        monitor: index === orders.length - 1,
        detach: false,
        keepServer: false,
      },
      events,
    );
    if (result !== null) runs.push({ ...order, workflowId, totals: result.totals });
  }
  const again = await look(session, place, { ...options, ...boundsOf(found.report) }, events);
  return { ...model, ...again.report, tables: again.tables, repair: { before: found.report, runs } };
}

/** Windows that differ are copied again; of traces that miss spans, all spans are read again. */
function repairsOf({ windows }: ReconcileReport): (Interval & { rereadSpans: boolean })[] {
  const differing = planRepairs(windows).map((stretch) => ({ ...stretch, rereadSpans: false }));
  const late = fewStretches(windows.flatMap(({ spans }) => spans?.late ?? []));
  return [...differing, ...late.map((stretch) => ({ ...stretch, rereadSpans: true }))];
}

/** The same stretch before and after a repair. */
function boundsOf({ fromMs, toMs }: ReconcileReport): { fromMs: number; toMs: number } {
  return { fromMs, toMs };
}

/** One pass. The tables are held only meanwhile: a worker in another process may want the file. */
async function look(
  session: CliSession,
  place: { readonly source: TraceSource; readonly scope: { readonly sourceId: string; readonly experimentId: string } },
  options: ReconcileOptions,
  events: RunEvents,
): Promise<{ report: ReconcileReport; tables: ReconciledTables }> {
  const { windows } = session.config;
  const readable = await (await session.runtime()).readTarget(options.target ?? null);
  const interrupted = new AbortController();
  const stop = session.onInterrupt(() => interrupted.abort(new Interrupted()));
  try {
    const { warehouse, copiedAtMs } = readable;
    const parts = { ...place, warehouse };
    const bounds = await reconcileBounds(parts, options, windows.lagMs);
    if (options.fromMs !== undefined && bounds.fromMs >= bounds.toMs) throw rangeEmpty(bounds, windows.lagMs);
    let listed = 0;
    const report = await reconcile(parts, {
      ...bounds,
      pageSize: windows.pageSize,
      budget: { traces: options.windowTraces ?? windows.windowTraces, bytes: windows.windowBytes },
      deep: options.deep,
      signal: interrupted.signal,
      onWindow: (window) => {
        listed += window.listed;
        events.note(`compared ${listed} traces, up to ${new Date(window.toMs).toISOString()}`);
      },
    });
    return { report, tables: { target: readable.name, location: warehouse.location, copiedAtMs } };
  } finally {
    stop();
    await readable.close();
  }
}

function rangeEmpty(bounds: { fromMs: number; toMs: number }, lagMs: number): TraceliftError {
  return new TraceliftError('RangeEmpty', {
    from: new Date(bounds.fromMs).toISOString(),
    to: new Date(bounds.toMs).toISOString(),
    lagMinutes: Math.round(lagMs / 60_000),
  });
}
