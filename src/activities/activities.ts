/**
 * Every activity: a step of the copy, bound to what it works with. A step of a run gets the run's source and target,
 * opened and checked; the others get what the worker has. Names of activities are the keys below: never renamed.
 */
import type { StepAttempt } from '../copy/attempt.js';
import { closeRun, notifyRun, removeStaged } from '../copy/close/step.js';
import { commitManifest, sealWindow } from '../copy/commit/step.js';
import type { ActivityDependencies } from '../copy/dependencies.js';
import { listPage } from '../copy/list/step.js';
import {
  describeTarget,
  ensureMonitorExists,
  monitorStatus,
  publishTarget,
  refreshMonitor,
} from '../copy/monitor/step.js';
import { resolveExperiments } from '../copy/prepare/experiments.js';
import { preflight } from '../copy/prepare/step.js';
import { processBatch } from '../copy/process/step.js';
import { listRawPage, prepareRebuild, processRawBatch } from '../copy/rebuild/step.js';
import { recordWindow } from '../copy/record/step.js';
import { verifyWindow } from '../copy/verify/step.js';
import { runAttempt } from './attempt.js';
import { openRun, openRunTarget } from './worker-guard.js';

/** Steps that belong to no prepared run, or to any worker. */
const workerSteps = {
  describeTarget,
  ensureMonitorExists,
  monitorStatus,
  notifyRun,
  preflight,
  prepareRebuild,
  publishTarget,
  refreshMonitor,
  removeStaged,
  resolveExperiments,
};

/** Steps that read a run's source, or write down what was read from it. */
const sourceSteps = { closeRun, listPage, processBatch, recordWindow, verifyWindow };

/** Steps that need a run's target alone. */
const targetSteps = { commitManifest, sealWindow };

const rebuildSteps = { listRawPage, processRawBatch };

/** Steps by name, which all work with the same. */
type Steps<Given> = Readonly<Record<string, (given: Given, request: never, attempt: StepAttempt) => Promise<unknown>>>;

/** A step as workflows call it. */
type Bound<Step> = Step extends (given: never, request: infer Request, attempt: never) => Promise<infer Result>
  ? (request: Request) => Promise<Result>
  : never;

type BoundSteps<Group> = { readonly [Name in keyof Group]: Bound<Group[Name]> };

type RequestOf<Step> = Step extends (given: never, request: infer Request, attempt: never) => unknown ? Request : never;

/** The activities as workflows call them. */
export type Activities = BoundSteps<typeof workerSteps & typeof sourceSteps & typeof targetSteps & typeof rebuildSteps>;

/** Binds the activities of a worker. */
export function createActivities(worker: ActivityDependencies): Activities {
  return {
    ...bind(workerSteps, () => Promise.resolve(worker)),
    ...bind(sourceSteps, ({ run }) => openRun(worker, run)),
    ...bind(targetSteps, ({ run }) => openRunTarget(worker, run)),
    ...bind(rebuildSteps, ({ rebuild }) => openRunTarget(worker, rebuild.run)),
  };
}

function bind<Given, Group>(
  group: Group & Steps<Given>,
  open: (request: RequestOf<Group[keyof Group]>) => Promise<Given>,
): BoundSteps<Group> {
  const bound = Object.entries(group).map(([name, step]) => [
    name,
    (request: never) => runAttempt(request, async (attempt) => step(await open(request), request, attempt)),
  ]);
  return Object.fromEntries(bound) as BoundSteps<Group>;
}
