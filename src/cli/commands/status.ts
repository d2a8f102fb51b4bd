/** Loads what `tracelift status` shows: runs in Temporal, the ledger, the totals of the tables. Never prints. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { TraceliftError } from '../../errors/index.js';
import type { WindowRow } from '../../tables/rows.js';
import type { GoldSummary } from '../../targets/warehouse.js';
import type { RunProgress } from '../../workflows/contract.js';
import { countPollers } from '../temporal/pollers.js';
import { targetPlace, type CliSession, type TargetPlace } from '../session.js';
import { findRunningTemporal, type TemporalSession } from '../temporal/server.js';
import { queryProgress } from '../temporal/watch.js';

export interface RunLine {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: string;
  readonly startedMs: number;
  readonly closedMs: number | null;
  /** Of runs that are under way and answer. */
  readonly progress: RunProgress | null;
}

export interface StatusModel {
  /** Null where no server is configured and none runs for the data folder. */
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly uiUrl: string | null;
    readonly taskQueue: string;
    readonly workers: number;
    readonly runs: readonly RunLine[];
  } | null;
  readonly target: TargetPlace;
  /** Null before the first run, or where another process holds the tables. */
  readonly tables: { readonly summary: GoldSummary; readonly windows: readonly WindowRow[] } | null;
  /** Why the tables could not be read. */
  readonly tablesProblem: string | null;
}

export interface StatusOptions {
  readonly target?: string;
  /** Runs and ledger rows at the most. */
  readonly limit: number;
}

const shownTypes = ['backfillTraces', 'backfillExperiments', 'syncTraces', 'ensureMonitor', 'rebuildGold'];

/** @throws TemporalUnreachable when the configured server does not answer */
export async function loadStatus(session: CliSession, options: StatusOptions): Promise<StatusModel> {
  const temporal = await findRunningTemporal(session);
  return {
    temporal: temporal === null ? null : await loadTemporal(session, temporal, options.limit),
    target: targetPlace(session, options.target),
    ...(await loadLedger(session, options)),
  };
}

async function loadTemporal(
  session: CliSession,
  temporal: TemporalSession,
  limit: number,
): Promise<NonNullable<StatusModel['temporal']>> {
  const { address, namespace, uiUrl, taskQueue, client } = temporal;
  const workers = await countPollers(temporal, session.io.nowMs());
  const types = shownTypes.map((type) => `'${type}'`).join(', ');
  const runs: RunLine[] = [];
  for await (const info of client.workflow.list({ query: `WorkflowType IN (${types})`, pageSize: limit })) {
    if (runs.length >= limit) break;
    runs.push(await runLine(temporal, info, workers > 0));
  }
  return { address, namespace, uiUrl, taskQueue, workers, runs };
}

async function runLine(temporal: TemporalSession, info: WorkflowExecutionInfo, canAnswer: boolean): Promise<RunLine> {
  const { workflowId, runId, type, status, startTime, closeTime } = info;
  const isCopy = type === 'backfillTraces' || type === 'syncTraces';
  const asks = canAnswer && isCopy && status.name === 'RUNNING';
  return {
    ...{ workflowId, runId, type, status: status.name.toLowerCase() },
    startedMs: startTime.getTime(),
    closedMs: closeTime?.getTime() ?? null,
    progress: asks ? await queryProgress(temporal.client.workflow.getHandle(workflowId, runId)) : null,
  };
}

async function loadLedger(
  session: CliSession,
  { target, limit }: StatusOptions,
): Promise<Pick<StatusModel, 'tables' | 'tablesProblem'>> {
  if (!session.targetExists(target)) return { tables: null, tablesProblem: 'no run has written them yet' };
  try {
    const warehouse = await session.readTarget(target);
    const summary = await warehouse.summary();
    return { tables: { summary, windows: await warehouse.ledger({ limit }) }, tablesProblem: null };
  } catch (error) {
    if (error instanceof TraceliftError && error.code.startsWith('Warehouse')) {
      return { tables: null, tablesProblem: error.message };
    }
    throw error;
  }
}
