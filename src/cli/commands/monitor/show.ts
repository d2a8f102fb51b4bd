/** Loads what `tracelift monitor …` and `tracelift rebuild` show. Never prints. */
import { TraceliftError } from '../../../errors/index.js';
import type { DriftHighlight, DriftReader, MonitorStatus, QualityMonitor } from '../../../monitor/quality-monitor.js';
import type { MonitorOutcome, RebuildResult } from '../../../workflows/contract.js';
import { targetPlace, type CliSession, type TargetPlace } from '../../session.js';
import { ensureWorker, openTemporal } from '../../temporal/server.js';
import { startRun, watchRun, type RunEvents, type RunOrder } from '../../temporal/watch.js';
import { requireTables } from '../tables.js';

export interface MonitorModel {
  readonly target: TargetPlace;
  readonly status: MonitorStatus;
}

export async function showMonitor(session: CliSession, target: string | undefined): Promise<MonitorModel> {
  requireTables(session, target);
  const { monitor } = await session.readMonitor(target);
  return { target: targetPlace(session, target), status: await monitor.show() };
}

/** Removes the monitor; its metric tables only where asked for. */
export async function deleteMonitor(
  session: CliSession,
  target: string | undefined,
  options: { readonly dropTables: boolean },
): Promise<MonitorModel> {
  requireTables(session, target);
  const { monitor } = await session.target(target);
  await monitor.delete(options);
  return { target: targetPlace(session, target), status: await monitor.show() };
}

/** Outcome of a workflow of its own. */
export interface OutcomeModel<Result> {
  readonly workflowId: string;
  readonly target: TargetPlace;
  readonly result: Result;
}

/** Creates or updates the monitor, waits until it is active, and refreshes it unless told not to. */
export async function ensureMonitor(
  session: CliSession,
  options: { readonly target?: string; readonly refresh: boolean },
  events: RunEvents,
): Promise<OutcomeModel<MonitorOutcome>> {
  requireTables(session, options.target);
  const { name } = session.targetConfig(options.target);
  return await runToEnd<MonitorOutcome>(session, options.target, events, {
    type: 'ensureMonitor',
    workflowId: `tracelift/monitor-command/${name}`,
    input: { target: name, refresh: options.refresh },
    summary: `quality monitor of ${name}`,
  });
}

/** Makes every derived table again from the raw ones. */
export async function rebuild(
  session: CliSession,
  options: { readonly target?: string; readonly monitor: boolean },
  events: RunEvents,
): Promise<OutcomeModel<RebuildResult>> {
  requireTables(session, options.target);
  const { name } = session.targetConfig(options.target);
  return await runToEnd<RebuildResult>(session, options.target, events, {
    type: 'rebuildGold',
    workflowId: `tracelift/rebuild/${name}`,
    input: { target: name, ...(options.monitor ? {} : { monitor: false }) },
    summary: `rebuild of ${name}`,
  });
}

async function runToEnd<Result>(
  session: CliSession,
  target: string | undefined,
  events: RunEvents,
  order: RunOrder,
): Promise<OutcomeModel<Result>> {
  const temporal = await openTemporal(session, events.note);
  await ensureWorker(session, temporal, events.note);
  const run = await startRun(temporal, order);
  const result = await watchRun<Result>(session, temporal, run, events);
  return { workflowId: run.workflowId, target: targetPlace(session, target), result };
}

export interface DriftModel {
  readonly target: TargetPlace;
  readonly granularity: '1 hour' | '1 day';
  readonly highlights: readonly DriftHighlight[];
}

/** The columns that changed most lately. @throws MonitorAbsent, DriftNotOffered */
export async function loadDrift(
  session: CliSession,
  options: { readonly target?: string; readonly granularity: '1 hour' | '1 day'; readonly limit: number },
): Promise<DriftModel> {
  requireTables(session, options.target);
  const { monitor, name } = await session.readMonitor(options.target);
  if (!isDriftReader(monitor)) {
    const { driftTable, dashboardUrl } = await monitor.show();
    throw new TraceliftError('DriftNotOffered', { target: name, place: dashboardUrl ?? driftTable ?? 'its dashboard' });
  }
  const { granularity, limit } = options;
  return {
    target: targetPlace(session, options.target),
    granularity,
    highlights: await monitor.latestDrift({ granularity, limit }),
  };
}

function isDriftReader(monitor: QualityMonitor): monitor is QualityMonitor & DriftReader {
  return 'latestDrift' in monitor;
}
