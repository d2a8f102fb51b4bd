/** Every activity, bound to its dependencies. Thin: each calls domain and ports, and returns counts and keys. */
import { closeRun } from '../copy/close/step.js';
import { commitManifest, recordWindow, removeStaged, sealWindow } from '../copy/commit/step.js';
import type { ActivityDependencies } from '../copy/dependencies.js';
import { resolveExperiments } from '../copy/prepare/experiments.js';
import { listPage } from '../copy/list/step.js';
import {
  describeTarget,
  ensureMonitorExists,
  monitorStatus,
  publishTarget,
  refreshMonitor,
} from '../copy/monitor/step.js';
import { notifyRun } from '../copy/close/notify-run.js';
import { preflight } from '../copy/prepare/step.js';
import { processBatch } from '../copy/process/step.js';
import { listRawPage, prepareRebuild, processRawBatch } from '../copy/rebuild/step.js';
import { verifyWindow } from '../copy/verify/step.js';

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
