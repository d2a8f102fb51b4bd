/** The real pipeline in the test's own process: configuration, wiring, worker, client, DuckDB target. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';

import type { ActivityDependencies } from '../../src/copy/dependencies.js';
import { loadConfig } from '../../src/config/index.js';
import type { Config } from '../../src/config/index.js';
import { silentLog } from '../../src/log.js';
import type { Log } from '../../src/log.js';
import type { Warehouse } from '../../src/targets/warehouse.js';
import { startWorker } from '../../src/worker.js';
import type { TraceliftWorker } from '../../src/worker.js';
import { createRuntime } from '../../src/wiring/index.js';
import type { Runtime } from '../../src/wiring/index.js';
import { writeWorkflowBundle } from '../workflows/workflow-bundle.js';

export interface PipelineOptions {
  readonly mlflow: string;
  readonly temporal: string;
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a fresh folder that `close` removes. */
  readonly dataDir?: string;
  readonly log?: Log;
  readonly maxCachedWorkflows?: number;
  /** Default: a queue of its own. */
  readonly taskQueue?: string;
  /** Comes between the activities and their parts. */
  readonly wrap?: (dependencies: ActivityDependencies) => ActivityDependencies;
}

export interface LocalPipeline {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly client: Client;
  readonly taskQueue: string;
  readonly dataDir: string;
  warehouse(): Promise<Warehouse>;
  start(workflowType: string, input?: unknown): Promise<WorkflowHandle>;
  /** Starts a workflow under a fresh id and waits for its result. */
  run<Result>(workflowType: string, input?: unknown): Promise<Result>;
  /** First value of the first row of a query. */
  value(sql: string): Promise<string | number | boolean | null>;
  close(): Promise<void>;
}

export async function openPipeline(options: PipelineOptions): Promise<LocalPipeline> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tracelift-e2e-')));
  const taskQueue = options.taskQueue ?? `e2e-${randomUUID()}`;
  const env = {
    MLFLOW_TRACKING_URI: options.mlflow,
    TRACELIFT_DATA: dataDir,
    TRACELIFT_TASK_QUEUE: taskQueue,
    TRACELIFT_LAG_MS: '0',
    ...options.env,
  };
  const config = loadConfig({ env, cwd: dataDir });
  const runtime = createRuntime(config, { log: options.log ?? silentLog });
  const { activityDependencies } = runtime;
  const worker: TraceliftWorker = await startWorker({
    runtime: { ...runtime, activityDependencies: options.wrap?.(activityDependencies) ?? activityDependencies },
    address: options.temporal,
    workflowBundlePath: await writeWorkflowBundle(join(dataDir, 'workflow-bundle.js')),
    ...(options.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: options.maxCachedWorkflows }),
  });
  const connection = await Connection.connect({ address: options.temporal });
  const client = new Client({ connection });
  const warehouse = async (): Promise<Warehouse> => (await runtime.target(null)).warehouse;
  const start = (workflowType: string, input?: unknown): Promise<WorkflowHandle> =>
    client.workflow.start(workflowType, {
      taskQueue,
      workflowId: `e2e-${workflowType}-${randomUUID()}`,
      args: input === undefined ? [] : [input],
    });
  return {
    config,
    runtime,
    client,
    taskQueue,
    dataDir,
    warehouse,
    start,
    async run<Result>(workflowType: string, input?: unknown) {
      return (await (await start(workflowType, input)).result()) as Result;
    },
    async value(sql) {
      const { rows } = await (await warehouse()).query(sql, { limit: 1 });
      return rows[0]?.[0] ?? null;
    },
    async close() {
      await worker.shutdown();
      await connection.close();
      await runtime.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
