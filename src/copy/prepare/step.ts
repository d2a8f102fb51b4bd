/** The first activity of a run: checks every part and fixes what the whole run will use. */
import { coverageEndMs } from './coverage.js';
import type { Interval } from './coverage.js';
import { runMarkerKey, runPrefix } from '../staging-layout.js';
import type { PreflightRequest } from './messages.js';
import type { PreparedRun } from '../run.js';
import { withAsked } from '../run-settings.js';
import type { RunSettings } from '../run-settings.js';
import { copyableExperiment } from '../../sources/copyable-experiment.js';
import type { TraceSource } from '../../sources/trace-source.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { refuseOtherPlace } from '../asked-place.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { targetFingerprint, targetIdOf, targetLockOf } from '../fingerprint.js';
import { refuseDuplicates, traceTables } from '../duplicate-rows.js';
import { keepServer } from '../same-server.js';
import { askedRange, latestEndMs, syncRange, upTo } from './rules.js';
import { sweepStaging } from './sweep-staging.js';

/** Beyond this difference between the clocks of Temporal and source the operator is told. */
const toleratedSkewMs = 60_000;

/**
 * Opens source and target, creates or upgrades the tables, resolves experiment, bounds and settings.
 * @throws WrongWorker, OtherInstallation, ExperimentNotFound, ExperimentDeleted, ExperimentInUnityCatalog, SourceChanged, RangeEmpty, DuplicateRows, and the codes of source and warehouse
 */
export async function preflight(
  worker: ActivityDependencies,
  request: PreflightRequest,
  attempt: StepAttempt,
): Promise<PreparedRun> {
  const { name: sourceName, source } = await worker.source(request.sourceName);
  const target = await worker.target(request.targetName);
  const { sourceId } = await source.describe(attempt);
  refuseOtherPlace(request, { sourceId, target }, attempt);
  const experiment = await copyableExperiment(source, request.experiment, attempt);
  await target.warehouse.prepare({ isNewRun: true });
  const settings = withAsked(target.defaults, request.settings);
  const nowMs = earlierClock(worker, await source.nowMs(attempt), request.clockMs ?? Date.now());
  const scope = { sourceId, experimentId: experiment.experimentId };
  const known = { source, warehouse: target.warehouse, scope, experiment };
  await keepServer(known, settings.acceptChangedSource, attempt);
  const bounds = await resolveBounds(worker, request, {
    source,
    warehouse: target.warehouse,
    scope,
    nowMs,
    settings,
  });
  await refuseDuplicates(target.warehouse, scope, bounds, traceTables);
  const stagingPrefix = runPrefix(request.workflowId, request.firstRunId);
  await sweepStaging(target.staging, stagingPrefix, worker.log, attempt);
  await target.staging.writeJson(runMarkerKey(stagingPrefix), {
    workflowId: request.workflowId,
    firstRunId: request.firstRunId,
  });
  return {
    run: {
      sourceName,
      targetName: target.name,
      scope,
      experimentName: experiment.name,
      targetFingerprint: await targetFingerprint(worker, source, target),
      experimentCreatedAtMs: experiment.createdAtMs,
      stagingPrefix,
    },
    experimentName: experiment.name,
    ...bounds,
    settings,
    expectedTraces: await source.countTraces(experiment.experimentId, bounds.fromMs, bounds.toMs, attempt),
    targetLock: targetLockOf(worker, target),
    targetId: targetIdOf(target.warehouse.location),
    startedAtMs: nowMs,
    hasWebhook: worker.notify !== null,
  };
}

/**
 * The source's clock says how far its traces go, but nothing is verified beyond the time that Temporal knows: a trace
 * that starts in that stretch later would never be looked for.
 */
function earlierClock({ log }: ActivityDependencies, sourceNowMs: number, ownNowMs: number): number {
  const skewMs = ownNowMs - sourceNowMs;
  if (Math.abs(skewMs) > toleratedSkewMs) {
    log.warn('the clocks of Temporal and of the source differ; the earlier one decides where the run ends', { skewMs });
  }
  return Math.min(sourceNowMs, ownNowMs);
}

interface BoundsContext {
  readonly source: TraceSource;
  readonly warehouse: Warehouse;
  readonly scope: { readonly sourceId: string; readonly experimentId: string };
  readonly nowMs: number;
  readonly settings: RunSettings;
}

/** Of source and tables: what the source no longer has, mostly the oldest traces, must be seen to be missing. */
async function earliestMs({ source, warehouse, scope }: BoundsContext): Promise<number | null> {
  const atSource = await source.earliestTraceMs(scope.experimentId);
  const inTables = (await warehouse.summary(scope)).firstStartMs;
  if (atSource === null || inTables === null) return atSource ?? inTables;
  return Math.min(atSource, inTables);
}

/** A window may only end in the past by `lag`, on the earlier clock: what comes later would be missed. */
async function resolveBounds(
  worker: ActivityDependencies,
  { range }: PreflightRequest,
  context: BoundsContext,
): Promise<Interval> {
  const { lagMs } = context.settings;
  const latestMs = latestEndMs(context.nowMs, lagMs);
  if (range.kind === 'scheduled') {
    const { scheduledMs, lookbackMs } = range;
    const checks = await context.warehouse.windowChecks(context.scope);
    const request = { scheduledMs, lookbackMs: lookbackMs ?? worker.defaultLookbackMs, lagMs };
    return upTo(syncRange({ ...request, coverageEndMs: coverageEndMs(checks) }), latestMs);
  }
  if (range.fromMs !== null) return askedRange(range.fromMs, range.toMs, latestMs, lagMs);
  const toMs = range.toMs ?? latestMs;
  return upTo({ fromMs: (await earliestMs(context)) ?? toMs, toMs }, latestMs);
}
