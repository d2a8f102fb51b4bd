/** Loads what `tracelift reconcile` shows: source and tables beside each other, before and after a repair. Never prints. */
import type { Interval } from '../../../copy/prepare/coverage.js';
import { fewStretches, planRepairs } from '../../../copy/reconcile/rules.js';
import type { Experiment, TraceSource } from '../../../sources/trace-source.js';
import { reconcile, reconcileBounds } from '../../../copy/reconcile/reconcile.js';
import type { ReconcileReport } from '../../../copy/reconcile/report.js';
import { everyKeyedTable, refuseDuplicates } from '../../../copy/duplicate-rows.js';
import { checkKnownServer } from '../../../copy/same-server.js';
import type { TraceScope } from '../../../tables/trace-key.js';
import { requireTracesInMlflow } from '../../../sources/copyable-experiment.js';
import type { RunTotals } from '../../../copy/run.js';
import type { CopyPurpose } from '../../copying.js';
import type { CliSession } from '../../session.js';
import { Interrupted } from '../../exit-codes.js';
import type { PlaceFlags, TimeRange } from '../../options/flags.js';
import type { RunEvents } from '../../terminal/progress.js';

export interface ReconcileFlags extends PlaceFlags, TimeRange {
  /** Id or exact name. */
  readonly experiment: string;
  /** Traces after which a window closes; without it as the configuration says. */
  readonly windowTraces?: number;
  /** Where numbers of spans differ, spans are read again. */
  readonly deep?: true;
  /** What differs is copied again. */
  readonly repair?: true;
  /** The same, and what the source no longer shows is taken for deleted. */
  readonly acceptDeletions?: true;
}

/** Which data was looked at. */
interface ReconciledTables {
  readonly target: string;
  readonly location: string;
  /** When the read copy was made, epoch milliseconds; null for the tables themselves. */
  readonly copiedAtMs: number | null;
}

/** A stretch to copy again, and how. */
interface RepairOrder extends Interval {
  readonly purpose: Extract<CopyPurpose, 'backfill' | 'reread' | 'accept-deletions'>;
}

/** A stretch that was copied again. */
interface RepairRun extends RepairOrder {
  readonly workflowId: string;
  readonly totals: RunTotals;
}

export interface ReconcileModel extends ReconcileReport {
  readonly experiment: Experiment;
  readonly source: { readonly name: string; readonly sourceId: string; readonly address: string };
  readonly tables: ReconciledTables;
  /** The end that was asked for, where it was beyond the latest possible one; else null. */
  readonly askedToMs: number | null;
  /** Null where no repair was asked for or none was needed; else what the windows above were before. */
  readonly repair: { readonly before: ReconcileReport; readonly runs: readonly RepairRun[] } | null;
}

/** @throws ExperimentNotFound, NoTables, SourceChanged, RangeEmpty, the codes of source and warehouse, those of a run with `repair` */
export async function load(session: CliSession, flags: ReconcileFlags, events: RunEvents): Promise<ReconcileModel> {
  session.requireTables(flags.target);
  const { name, source } = await session.source(flags.source);
  const experiment = await source.getExperiment(flags.experiment);
  requireTracesInMlflow(experiment);
  const { sourceId, address } = await source.describe();
  const place = { source, experiment, scope: { sourceId, experimentId: experiment.experimentId } };
  const found = await compare(session, place, flags, events);
  const { toMs } = found.report;
  const askedToMs = flags.to !== undefined && flags.to > toMs ? flags.to : null;
  const model = { experiment, source: { name, sourceId, address }, askedToMs, repair: null };
  const orders = repairsOf(found.report, flags);
  if (orders.length === 0) return { ...model, ...found.report, tables: found.tables };
  const repaired = { experiment: experiment.experimentId, source: name, target: found.tables.target };
  const runs = await repair(session, repaired, orders, events);
  const again = await compare(session, place, { ...flags, from: found.report.fromMs, to: found.report.toMs }, events);
  return { ...model, ...again.report, tables: again.tables, repair: { before: found.report, runs } };
}

/**
 * Windows that differ are copied again, suspicious ones only where deletions are accepted; of traces that miss spans, all
 * spans are read again.
 */
function repairsOf({ windows }: ReconcileReport, { repair, acceptDeletions }: ReconcileFlags): RepairOrder[] {
  if (repair !== true && acceptDeletions !== true) return [];
  const doubtful = acceptDeletions === true ? windows.filter(({ state }) => state === 'suspicious') : [];
  const purpose = acceptDeletions === true ? 'accept-deletions' : 'backfill';
  const differing = fewStretches([...planRepairs(windows), ...doubtful]);
  const late = fewStretches(windows.flatMap(({ spans }) => spans?.late ?? []));
  return [
    ...differing.map((stretch): RepairOrder => ({ ...stretch, purpose })),
    ...late.map((stretch): RepairOrder => ({ ...stretch, purpose: 'reread' })),
  ];
}

async function repair(
  session: CliSession,
  place: { readonly experiment: string; readonly source: string; readonly target: string },
  orders: readonly RepairOrder[],
  events: RunEvents,
): Promise<RepairRun[]> {
  const { backfill } = await import('../../copying.js');
  const runs: RepairRun[] = [];
  for (const [index, order] of orders.entries()) {
    const { fromMs, toMs, purpose } = order;
    // The monitor once is enough: after the last stretch.
    const flags = { ...place, from: fromMs, to: toMs, monitor: index === orders.length - 1 };
    const { workflowId, result } = await backfill(session, flags, events, purpose);
    if (result !== null) runs.push({ ...order, workflowId, totals: result.totals });
  }
  return runs;
}

/** One pass. The tables are held only meanwhile: a worker in another process may want the file. */
async function compare(
  session: CliSession,
  place: { readonly source: TraceSource; readonly experiment: Experiment; readonly scope: TraceScope },
  flags: ReconcileFlags,
  events: RunEvents,
): Promise<{ report: ReconcileReport; tables: ReconciledTables }> {
  const { windows } = session.config;
  const readable = await (await session.runtime()).readTarget(flags.target ?? null);
  const interrupted = new AbortController();
  const stop = session.onInterrupt(() => interrupted.abort(new Interrupted()));
  try {
    const { warehouse, copiedAtMs } = readable;
    const parts = { ...place, warehouse };
    await checkKnownServer(parts);
    const bounds = await reconcileBounds(parts, askedBounds(flags), windows.lagMs);
    await refuseDuplicates(warehouse, place.scope, bounds, everyKeyedTable);
    let listed = 0;
    const report = await reconcile(parts, {
      ...bounds,
      pageSize: windows.pageSize,
      budget: { traces: flags.windowTraces ?? windows.windowTraces, bytes: windows.windowBytes },
      deep: flags.deep === true,
      mayMark: copiedAtMs === null,
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

function askedBounds({ from, to }: TimeRange): { fromMs?: number; toMs?: number } {
  return { ...(from === undefined ? {} : { fromMs: from }), ...(to === undefined ? {} : { toMs: to }) };
}
