/** The quality monitor's steps, and what a target offers to readers. */
import type { MonitorChange, MonitorRefresh, MonitorStatus } from '../../monitor/quality-monitor.js';
import { defaultSpec } from '../../monitor/spec.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { targetLockOf } from '../fingerprint.js';

/** Names the target of a step; null means the default one. */
export interface TargetRequest {
  readonly targetName: string | null;
}

export async function ensureMonitorExists(
  worker: ActivityDependencies,
  request: TargetRequest,
): Promise<MonitorChange> {
  const { monitor, monitorSpec, warehouse } = await worker.target(request.targetName);
  await warehouse.prepare();
  return monitor.ensure(monitorSpec ?? defaultSpec);
}

export async function monitorStatus(worker: ActivityDependencies, request: TargetRequest): Promise<MonitorStatus> {
  return (await worker.target(request.targetName)).monitor.show();
}

export async function refreshMonitor(
  worker: ActivityDependencies,
  request: TargetRequest,
  attempt: StepAttempt,
): Promise<MonitorRefresh> {
  const { monitor, monitorSpec } = await worker.target(request.targetName);
  return monitor.refresh({ ...attempt, spec: monitorSpec ?? defaultSpec });
}

/** Makes the committed tables readable for other processes. Answers where, or null where readers need nothing. */
export async function publishTarget(worker: ActivityDependencies, request: TargetRequest): Promise<string | null> {
  return (await worker.target(request.targetName)).warehouse.publish();
}

/** Name and commit lock of a target. */
export async function describeTarget(
  worker: ActivityDependencies,
  request: TargetRequest,
): Promise<{ targetName: string; targetLock: string }> {
  const target = await worker.target(request.targetName);
  return { targetName: target.name, targetLock: targetLockOf(target) };
}
