/**
 * The worker process: polls a task queue for workflows and activities. Builds on src/wiring; called by
 * `tracelift worker` and, in the same process, by commands that bring their own worker.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';

import { createActivities } from './activities/activities.js';
import { catalogueFailures } from './activities/failure-interceptor.js';
import type { Config } from './config/index.js';
import { TraceliftError } from './errors/index.js';
import { loadDataConverter } from './wiring/payload-codec.js';
import type { Runtime } from './wiring/index.js';

/** Options of {@link startWorker}. */
export interface StartWorkerOptions {
  readonly runtime: Runtime;
  /** Default: the configured queue. */
  readonly taskQueue?: string;
  /** Address of a server that this process started; default: what TEMPORAL_* and its file say. */
  readonly address?: string;
  readonly namespace?: string;
  /** Default: what the SDK chooses. 0 makes every task replay its history: a test for determinism. */
  readonly maxCachedWorkflows?: number;
  /** File made by `bundleWorkflowCode`. Default: the one beside the built program, else the sources are bundled now. */
  readonly workflowBundlePath?: string;
}

/** A worker that polls. */
export interface TraceliftWorker {
  readonly taskQueue: string;
  /** Resolves when the worker has stopped; rejects when it broke. */
  readonly stopped: Promise<void>;
  /** Lets activities in flight finish within the grace period, then stops. Calling twice is fine. */
  shutdown(): Promise<void>;
}

/** A batch holds its answer, its rows and its file in memory at once: about this many times its expected bytes. */
const batchMemoryFactor = 4;
const maxActivitySlots = 64;
/** Activities of one process beyond this many commit, list and verify: they must not starve behind batches. */
const spareSlots = 4;
const forceShutdownExtraMs = 30_000;
/** SDK default is 60 s: cancellation reaches an activity only with a heartbeat that is sent. */
const heartbeatThrottleMs = 2000;

/** @throws TemporalUnreachable when the server does not answer, ConfigInvalid for a codec that is none */
export async function startWorker(options: StartWorkerOptions): Promise<TraceliftWorker> {
  const { runtime } = options;
  const { config } = runtime;
  const taskQueue = options.taskQueue ?? config.temporal.taskQueue;
  const dataConverter = await loadDataConverter(config);
  // Loaded by the first batch, the rank table would hold up everything that runs beside it.
  const [{ connection, namespace }] = await Promise.all([
    connect(config, options),
    runtime.activityDependencies.tokenCounter.load(),
  ]);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(dataConverter === undefined ? {} : { dataConverter }),
    ...workflowCode(options.workflowBundlePath),
    activities: createActivities(runtime.activityDependencies),
    interceptors: { activity: [catalogueFailures(runtime.log)] },
    maxConcurrentActivityTaskExecutions: activitySlots(config),
    maxHeartbeatThrottleInterval: heartbeatThrottleMs,
    shutdownGraceTime: config.worker.shutdownGraceMs,
    shutdownForceTime: config.worker.shutdownGraceMs + forceShutdownExtraMs,
    ...cacheSize(options.maxCachedWorkflows ?? config.worker.maxCachedWorkflows),
  });
  const stopped = worker.run().finally(() => connection.close());
  return {
    taskQueue,
    stopped,
    async shutdown() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}

/** How many activities run at once: the memory budget over what a batch takes at its peak. */
export function activitySlots(config: Config): number {
  const batchPeakBytes = config.windows.batchBytes * batchMemoryFactor;
  const batches = Math.floor(config.worker.activityMemoryBytes / batchPeakBytes);
  return Math.min(maxActivitySlots, Math.max(1, batches)) + spareSlots;
}

function cacheSize(maxCachedWorkflows: number | undefined): Partial<WorkerOptions> {
  return maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows };
}

/** The bundle made by the build, or the sources when run from them. */
function workflowCode(
  given: string | undefined,
): Pick<WorkerOptions, 'workflowBundle'> | Pick<WorkerOptions, 'workflowsPath'> {
  const bundle = given ?? fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return { workflowsPath: fileURLToPath(new URL(`./workflows/index.${extension}`, import.meta.url)) };
}

async function connect(
  config: Config,
  options: StartWorkerOptions,
): Promise<{ connection: NativeConnection; namespace: string }> {
  const fromEnvironment = loadClientConnectConfig({ overrideEnvVars: config.temporal.environment });
  const address = options.address ?? fromEnvironment.connectionOptions.address ?? 'localhost:7233';
  const namespace = options.namespace ?? fromEnvironment.namespace ?? 'default';
  const connectionOptions = options.address === undefined ? fromEnvironment.connectionOptions : {};
  try {
    return { connection: await NativeConnection.connect({ ...connectionOptions, address }), namespace };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new TraceliftError('TemporalUnreachable', { address, namespace, reason }, { cause: error });
  }
}
