/** The workflow that makes sure of the quality monitor. Runs inside the workflow sandbox. */
import { isCancellation, log, patched, sleep, workflowInfo } from '@temporalio/workflow';

import { isMonitorRefusal } from '../errors/index.js';
import type { MonitorChange, MonitorRefresh, MonitorStatus } from '../monitor/quality-monitor.js';
import { heavy, quick } from './activity-policies.js';
import type { MonitorOutcome } from './contract.js';
import { errorCodeOf, failRun, readableFailure } from './failures.js';
import { parseMonitorInput } from './input.js';
import type { MonitorInput } from './input.js';
import { awaitMonitor, holdsMonitorLock } from './monitor-step.js';

/** Runs begun before it worked on the monitor without the lock. */
const lockPatch = 'monitor-lock';
const pollMs = 15_000;
/** Databricks takes 7 to 20 minutes to create a monitor's tables (terraform-provider-databricks#3859). */
const defaultTimeoutMs = 30 * 60_000;

/**
 * Creates the quality monitor of a target if it is missing, updates what differs, waits until it is active with
 * durable timers, refreshes its metrics. Idempotent: a second run changes nothing. One run at a time works on the
 * monitor of the same tables: a run that was not started under the lock starts a child there, and waits for it.
 *
 * @param raw {@link MonitorInput}: `{"target"?: string, "refresh"?: boolean = true, "timeoutMs"?: number = 1800000}`
 * @throws InvalidInput, MonitorPermission, MonitorFeatureDisabled, MonitorFailed, MonitorPending
 */
export async function ensureMonitor(raw: unknown = {}): Promise<MonitorOutcome> {
  const input = parseMonitorInput(raw);
  try {
    const needsLock = !holdsMonitorLock(workflowInfo().workflowId) && patched(lockPatch);
    return await (needsLock ? ensureUnderLock(input) : ensureAndRefresh(input));
  } catch (error) {
    throw readableFailure(error);
  }
}

async function ensureUnderLock(input: MonitorInput): Promise<MonitorOutcome> {
  const { targetName, targetLock } = await quick.describeTarget(targetOf(input));
  return awaitMonitor({ ...input, target: targetName }, targetLock);
}

async function ensureAndRefresh(input: MonitorInput): Promise<MonitorOutcome> {
  const { action, status: made } = await ensureActive(input).catch((error: unknown) => refuse(input, error));
  let status = made;
  let rowsWritten: number | null = null;
  if (wantsRefresh(input)) {
    const refresh = await refreshMetrics(input);
    status = refresh.status;
    rowsWritten =
      refresh.profileRowsWritten === null ? null : refresh.profileRowsWritten + (refresh.driftRowsWritten ?? 0);
  }
  const { state, profileTable, driftTable, dashboardUrl } = status;
  return { action, state, profileTable, driftTable, dashboardUrl, rowsWritten };
}

async function ensureActive(input: MonitorInput): Promise<Pick<MonitorChange, 'action' | 'status'>> {
  const { action, status: first } = await quick.ensureMonitorExists.executeWithOptions(
    { summary: 'compare and create or update' },
    [targetOf(input)],
  );
  const status = await awaitActive(first, input);
  if (status.state === 'failed') failRun('MonitorFailed', { reason: status.failure ?? 'no reason given' });
  return { action, status };
}

function targetOf({ target, targetId }: MonitorInput): Parameters<typeof quick.describeTarget>[0] {
  return { targetName: target ?? null, targetId };
}

function wantsRefresh(input: MonitorInput): boolean {
  return input.refresh ?? true;
}

function refreshMetrics(input: MonitorInput): Promise<MonitorRefresh> {
  return heavy.refreshMonitor.executeWithOptions({ summary: 'refresh the metrics' }, [targetOf(input)]);
}

/** A native monitor that is refused keeps nobody from tracelift's own, which a refresh brings up to date nevertheless. */
async function refuse(input: MonitorInput, error: unknown): Promise<never> {
  const code = errorCodeOf(error);
  if (code === null || !isMonitorRefusal(code) || !wantsRefresh(input)) throw error;
  try {
    await refreshMetrics(input);
  } catch (refreshError) {
    if (isCancellation(refreshError)) throw refreshError;
    // Why there is no monitor is what the run ends with; the refresh most often says the same.
    log.warn('the monitor was refused; so was its refresh', { code, refresh: errorCodeOf(refreshError) ?? 'unknown' });
  }
  throw error;
}

async function awaitActive(first: MonitorStatus, input: MonitorInput): Promise<MonitorStatus> {
  const timeoutMs = input.timeoutMs ?? defaultTimeoutMs;
  let status = first;
  for (let waitedMs = 0; status.state === 'pending'; waitedMs += pollMs) {
    if (waitedMs >= timeoutMs) failRun('MonitorPending', { minutes: Math.round(timeoutMs / 60_000) });
    await sleep(pollMs, { summary: 'the monitor is being made' });
    status = await quick.monitorStatus(targetOf(input));
  }
  return status;
}
