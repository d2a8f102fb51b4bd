/** The workflow that makes sure of the quality monitor. Runs inside the workflow sandbox. */
import { sleep } from '@temporalio/workflow';

import type { MonitorStatus } from '../ports/monitor.js';
import { activitiesWith } from './activity-policies.js';
import type { MonitorOutcome } from './contract.js';
import { failRun, readableFailure } from './failures.js';
import { parseMonitorInput } from './input.js';
import type { MonitorInput } from './input.js';

const pollMs = 15_000;
/** Databricks takes 7 to 20 minutes to create a monitor's tables (terraform-provider-databricks#3859). */
const defaultTimeoutMs = 30 * 60_000;

/**
 * Creates the quality monitor of a target if it is missing, updates what differs, waits until it is active with
 * durable timers, refreshes its metrics. Idempotent: a second run changes nothing.
 *
 * @param raw {@link MonitorInput}: `{"target"?: string, "refresh"?: boolean = true, "timeoutMs"?: number = 1800000}`
 * @throws InvalidInput, MonitorPermission, MonitorFeatureDisabled, MonitorFailed, MonitorPending
 */
export async function ensureMonitor(raw: unknown = {}): Promise<MonitorOutcome> {
  const input = parseMonitorInput(raw);
  try {
    return await ensureAndRefresh(input);
  } catch (error) {
    throw readableFailure(error);
  }
}

async function ensureAndRefresh(input: MonitorInput): Promise<MonitorOutcome> {
  const targetName = input.target ?? null;
  const { quick, heavy } = activitiesWith(input.heartbeatTimeoutMs);
  const change = await quick.ensureMonitorExists.executeWithOptions({ summary: 'compare and create or update' }, [
    { targetName },
  ]);
  let status = await awaitActive(change.status, input);
  if (status.state === 'failed') failRun('MonitorFailed', { reason: status.failure ?? 'no reason given' });
  let rowsWritten: number | null = null;
  if (input.refresh ?? true) {
    const refresh = await heavy.refreshMonitor.executeWithOptions({ summary: 'refresh the metrics' }, [{ targetName }]);
    status = refresh.status;
    rowsWritten =
      refresh.profileRowsWritten === null ? null : refresh.profileRowsWritten + (refresh.driftRowsWritten ?? 0);
  }
  const { state, profileTable, driftTable, dashboardUrl } = status;
  return { action: change.action, state, profileTable, driftTable, dashboardUrl, rowsWritten };
}

async function awaitActive(first: MonitorStatus, input: MonitorInput): Promise<MonitorStatus> {
  const { quick } = activitiesWith(input.heartbeatTimeoutMs);
  const timeoutMs = input.timeoutMs ?? defaultTimeoutMs;
  let status = first;
  for (let waitedMs = 0; status.state === 'pending'; waitedMs += pollMs) {
    if (waitedMs >= timeoutMs) failRun('MonitorPending', { minutes: Math.round(timeoutMs / 60_000) });
    await sleep(pollMs, { summary: 'the monitor is being made' });
    status = await quick.monitorStatus({ targetName: input.target ?? null });
  }
  return status;
}
