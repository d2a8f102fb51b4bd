/** What every activity does before its work: prove that it runs in the right worker, and stay alive. */
import { createHash } from 'node:crypto';

import { Context } from '@temporalio/activity';

import { TraceliftError } from '../errors/index.js';
import { schemaVersion } from '../tables/index.js';
import { processVersion } from '../trace/process-trace.js';
import type { RunReference } from './run.js';
import type { CallOptions, TraceSource } from '../sources/trace-source.js';
import type { ActivityDependencies, OpenTarget } from './dependencies.js';

/** Heartbeats per timeout: one may be lost or late. */
const heartbeatsPerTimeout = 4;
/** Also how long a cancelled attempt goes on before it hears of it. */
const slowestHeartbeatMs = 2000;

/**
 * How soon a step that came to the wrong worker is offered again: the right one may be at work on the same queue, and
 * where there is none, nobody is to be kept busy.
 */
export function offeredAgainAfterMs(attempt: number): number {
  return Math.min(500 * attempt, 60_000);
}

/** Calls the work with a cancellation signal, heartbeating meanwhile. */
export async function alive<Result>(work: (options: Required<CallOptions>) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const timeoutMs = context.info.heartbeatTimeoutMs ?? Number.MAX_SAFE_INTEGER;
  const everyMs = Math.min(slowestHeartbeatMs, timeoutMs / heartbeatsPerTimeout);
  const timer = setInterval(() => context.heartbeat(), everyMs);
  try {
    return await work({ signal: context.cancellationSignal, onProgress: () => context.heartbeat() });
  } finally {
    clearInterval(timer);
  }
}

/** Short, stable, without secrets. */
function fingerprint(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * Hash of everything that two workers must share to work on one run: source, target, staging root, versions of the
 * program, the tables and the processing.
 */
export async function targetFingerprint(
  dependencies: ActivityDependencies,
  source: TraceSource | null,
  target: OpenTarget,
): Promise<string> {
  const described = source === null ? null : await source.describe();
  return fingerprint([
    described?.sourceId ?? '',
    described?.address ?? '',
    target.warehouse.location,
    target.staging.root,
    target.staging.isLocal ? dependencies.hostName : '',
    dependencies.version,
    schemaVersion,
    processVersion(dependencies.processing),
  ]);
}

/** Names the commit lock: the same tables, the same lock, whatever the target is called. */
export function targetLockOf(target: OpenTarget): string {
  return `${target.name}-${fingerprint([target.warehouse.location]).slice(0, 8)}`;
}

/** The opened parts of a run. */
export interface RunParts {
  readonly source: TraceSource;
  readonly target: OpenTarget;
}

/** Opens a run's parts. @throws WrongWorker when this worker serves other ones than the run was prepared for */
export async function partsOf(dependencies: ActivityDependencies, run: RunReference): Promise<RunParts> {
  const { source } = await dependencies.source(run.sourceName);
  const target = await dependencies.target(run.targetName);
  await checkFingerprint(dependencies, run, source, target);
  return { source, target };
}

/** Opens a run's target alone: a rebuild has no source. @throws WrongWorker */
export async function targetOf(dependencies: ActivityDependencies, run: RunReference): Promise<OpenTarget> {
  if (run.sourceName !== '') return (await partsOf(dependencies, run)).target;
  const target = await dependencies.target(run.targetName);
  await checkFingerprint(dependencies, run, null, target);
  return target;
}

/**
 * Asks whether the address still leads to the server that the run began with. Experiment ids are small numbers: every
 * server has an experiment 1, and rows of another one must never land under this name.
 *
 * @throws SourceChanged
 */
export async function checkExperiment(source: TraceSource, run: RunReference, options: CallOptions): Promise<void> {
  const { experimentId } = run.scope;
  if ((await experimentCreatedAtMs(source, experimentId, options)) === run.experimentCreatedAtMs) return;
  const { address } = await source.describe(options);
  throw new TraceliftError('SourceChanged', { address, experiment: experimentId });
}

/** Undefined where there is no such experiment. */
async function experimentCreatedAtMs(
  source: TraceSource,
  experimentId: string,
  options: CallOptions,
): Promise<number | null | undefined> {
  try {
    return (await source.getExperiment(experimentId, options)).createdAtMs;
  } catch (error) {
    if (error instanceof TraceliftError && error.code === 'ExperimentNotFound') return undefined;
    throw error;
  }
}

async function checkFingerprint(
  dependencies: ActivityDependencies,
  run: RunReference,
  source: TraceSource | null,
  target: OpenTarget,
): Promise<void> {
  const here = await targetFingerprint(dependencies, source, target);
  if (here !== run.targetFingerprint) {
    const retryAfterMs = offeredAgainAfterMs(Context.current().info.attempt);
    throw new TraceliftError('WrongWorker', { here, wanted: run.targetFingerprint }, { retryAfterMs });
  }
}
