/** The quality monitor's steps, and what a target offers to readers. */
import type { MonitorChange, MonitorRefresh, MonitorStatus } from '../../monitor/quality-monitor.js';
import { defaultSpec } from '../../monitor/spec.js';
import type { StepAttempt } from '../attempt.js';
import { refuseOtherPlace } from '../asked-place.js';
import type { ActivityDependencies, OpenTarget } from '../dependencies.js';
import type { AskedPlace } from '../run.js';
import { targetLockOf } from '../fingerprint.js';

/** Names the target of a step; null means the default one. */
export interface TargetRequest extends Pick<AskedPlace, 'targetId'> {
  readonly targetName: string | null;
}

/** @throws WrongWorker, OtherInstallation, and what opening throws */
async function open(worker: ActivityDependencies, request: TargetRequest, attempt: StepAttempt): Promise<OpenTarget> {
  const target = await worker.target(request.targetName);
  refuseOtherPlace(request, { sourceId: null, target }, attempt);
  return target;
}

export async function ensureMonitorExists(
  worker: ActivityDependencies,
  request: TargetRequest,
  attempt: StepAttempt,
): Promise<MonitorChange> {
  const { monitor, monitorSpec, warehouse } = await open(worker, request, attempt);
  await warehouse.prepare();
  return monitor.ensure(monitorSpec ?? defaultSpec);
}

export async function monitorStatus(
  worker: ActivityDependencies,
  request: TargetRequest,
  attempt: StepAttempt,
): Promise<MonitorStatus> {
  return (await open(worker, request, attempt)).monitor.show();
}

export async function refreshMonitor(
  worker: ActivityDependencies,
  request: TargetRequest,
  attempt: StepAttempt,
): Promise<MonitorRefresh> {
  const { monitor, monitorSpec } = await open(worker, request, attempt);
  return monitor.refresh({ ...attempt, spec: monitorSpec ?? defaultSpec });
}

/** Makes the committed tables readable for other processes. Answers where, or null where readers need nothing. */
export async function publishTarget(
  worker: ActivityDependencies,
  request: TargetRequest,
  attempt: StepAttempt,
): Promise<string | null> {
  return (await open(worker, request, attempt)).warehouse.publish();
}

/** Name and commit lock of a target. */
export async function describeTarget(
  worker: ActivityDependencies,
  request: TargetRequest,
  attempt: StepAttempt,
): Promise<{ targetName: string; targetLock: string }> {
  const target = await open(worker, request, attempt);
  return { targetName: target.name, targetLock: targetLockOf(worker, target) };
}
