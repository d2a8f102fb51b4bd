/** The quality monitor's steps, and what a target offers to readers. */
import type { MonitorChange, MonitorRefresh, MonitorStatus } from '../../monitor/quality-monitor.js';
import type { ActivityDependencies } from '../dependencies.js';
import { alive, targetLockOf } from '../run-guard.js';

/** Names the target of a step; null means the default one. */
export interface TargetRequest {
  readonly targetName: string | null;
}

/** The specification used where the configuration gives none. */
const defaultSpec = { timestampColumn: 'start_time', granularities: ['1 hour', '1 day'], slicingColumns: [] } as const;

export function ensureMonitorExists(
  dependencies: ActivityDependencies,
  request: TargetRequest,
): Promise<MonitorChange> {
  return alive(async () => {
    const { monitor, monitorSpec, warehouse } = await dependencies.target(request.targetName);
    await warehouse.prepare();
    return monitor.ensure(monitorSpec ?? defaultSpec);
  });
}

export function monitorStatus(dependencies: ActivityDependencies, request: TargetRequest): Promise<MonitorStatus> {
  return alive(async () => (await dependencies.target(request.targetName)).monitor.show());
}

export function refreshMonitor(dependencies: ActivityDependencies, request: TargetRequest): Promise<MonitorRefresh> {
  return alive(async (options) => {
    const { monitor, monitorSpec } = await dependencies.target(request.targetName);
    return monitor.refresh({ ...options, spec: monitorSpec ?? defaultSpec });
  });
}

/** Makes the committed tables readable for other processes. Answers where, or null where readers need nothing. */
export function publishTarget(dependencies: ActivityDependencies, request: TargetRequest): Promise<string | null> {
  return alive(async () => (await dependencies.target(request.targetName)).warehouse.publish());
}

/** Name and commit lock of a target. */
export function describeTarget(
  dependencies: ActivityDependencies,
  request: TargetRequest,
): Promise<{ targetName: string; targetLock: string }> {
  return alive(async () => {
    const target = await dependencies.target(request.targetName);
    return { targetName: target.name, targetLock: targetLockOf(target) };
  });
}
