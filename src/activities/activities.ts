/** Every activity, bound to its dependencies. Thin: each calls domain and ports, and returns counts and keys. */
import { closeRun } from './close-run.js';
import { commitManifest, recordWindow, removeStaged, sealWindow } from './commit.js';
import type { ActivityDependencies } from './dependencies.js';
import { resolveExperiments } from './experiments.js';
import { listPage } from './list-page.js';
import { describeTarget, ensureMonitorExists, monitorStatus, publishTarget, refreshMonitor } from './monitor.js';
import { notifyRun } from './notify-run.js';
import { preflight } from './preflight.js';
import { processBatch } from './process-batch.js';
import { listRawPage, prepareRebuild, processRawBatch } from './rebuild.js';
import { verifyWindow } from './verify-window.js';

/** An activity without its first argument, the dependencies. */
type Bound<F> = F extends (dependencies: ActivityDependencies, request: infer Request) => Promise<infer Result>
  ? (request: Request) => Promise<Result>
  : never;

const unbound = {
  closeRun,
  commitManifest,
  describeTarget,
  ensureMonitorExists,
  listPage,
  listRawPage,
  monitorStatus,
  notifyRun,
  preflight,
  prepareRebuild,
  processBatch,
  processRawBatch,
  publishTarget,
  recordWindow,
  refreshMonitor,
  removeStaged,
  resolveExperiments,
  sealWindow,
  verifyWindow,
};

/** The activities as workflows call them. */
export type Activities = { [Name in keyof typeof unbound]: Bound<(typeof unbound)[Name]> };

/** Binds the activities of a worker. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const bound = Object.entries(unbound).map(([name, activity]) => [
    name,
    (request: never) => activity(dependencies, request),
  ]);
  return Object.fromEntries(bound) as Activities;
}
