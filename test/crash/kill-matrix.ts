/**
 * Runs one backfill per case against a real MLflow and a real Temporal: a worker process dies where the case says,
 * another one takes over, and the tables must equal those of an undisturbed run, row by row.
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';

import { loadConfig } from '../../src/config/index.js';
import { silentLog } from '../../src/log.js';
import { startWorker } from '../../src/worker.js';
import { createRuntime } from '../../src/wiring/index.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { dumpTables, withoutObservationTimes } from '../contract/dump-tables.js';
import type { Dump } from '../contract/dump-tables.js';
import { expectCovered, expectInvariants } from '../contract/table-invariants.js';
import { deadAfter, writeWorkflowBundle } from '../workflows/workflow-bundle.js';
import { crashingDependencies } from './crash-point.js';
import type { CrashPoint } from './crash-point.js';
import type { WorkerOrder } from './crashing-worker.js';
import { loadWorker, startWorkerProcess } from './worker-process.js';

/** When the first worker dies: at a point, or so long after it began. */
export type Death =
  { readonly kind: 'point'; readonly point: CrashPoint } | { readonly kind: 'delay'; readonly delayMs: number };

export interface CaseOutcome {
  /** False where the run ended before the death came: the case proves nothing. */
  readonly died: boolean;
  readonly result: RunResult;
  readonly tables: Dump;
}

export interface KillMatrixOptions {
  readonly mlflow: string;
  readonly temporal: string;
  readonly experimentId: string;
}

/** Small windows and batches, so that a few traces pass through every step several times. */
const input = { windowTraces: 8, pageSize: 5, batchTraces: 3, concurrency: 2, lagMs: 0 };

export class KillMatrix {
  private next: ChildProcess | null = null;

  private constructor(
    private readonly options: KillMatrixOptions,
    private readonly client: Client,
    private readonly connection: Connection,
    private readonly root: string,
    private readonly bundlePath: string,
  ) {}

  static async open(options: KillMatrixOptions): Promise<KillMatrix> {
    const root = await mkdtemp(join(tmpdir(), 'tracelift-crash-'));
    const bundlePath = join(root, 'workflow-bundle.js');
    await writeWorkflowBundle(bundlePath);
    const connection = await Connection.connect({ address: options.temporal });
    return new KillMatrix(options, new Client({ connection }), connection, root, bundlePath);
  }

  /** The undisturbed run, and how often it reaches each point. */
  async baseline(): Promise<CaseOutcome & { counts: ReadonlyMap<string, number> }> {
    const counts = new Map<string, number>();
    const order = await this.order(null);
    // Nobody dies: a step that a busy machine slows down must not be tried again, and its calls not be counted twice.
    const handle = await this.start(order, 60_000);
    const outcome = await this.finish(order, handle, counts);
    return { died: false, ...outcome, counts };
  }

  async run(death: Death): Promise<CaseOutcome> {
    const order = await this.order(death.kind === 'point' ? death.point : null);
    const first = await this.launch(order);
    const handle = await this.start(order);
    const died = await this.awaitDeath(first, handle, death);
    const outcome = await this.finish(order, handle, new Map());
    return { died, ...outcome };
  }

  async close(): Promise<void> {
    this.next?.kill('SIGKILL');
    await this.connection.close();
    await rm(this.root, { recursive: true, force: true });
  }

  private async order(point: CrashPoint | null): Promise<WorkerOrder> {
    const dataDir = join(this.root, randomUUID());
    await mkdir(dataDir);
    const env = { MLFLOW_TRACKING_URI: this.options.mlflow, TRACELIFT_DATA: dataDir, TRACELIFT_SOURCE_ID: 'source' };
    const { temporal } = this.options;
    return { env, dataDir, temporal, taskQueue: `crash-${randomUUID()}`, bundlePath: this.bundlePath, point };
  }

  private start(order: WorkerOrder, heartbeatTimeoutMs = 1000): Promise<WorkflowHandle> {
    return this.client.workflow.start('backfillTraces', {
      taskQueue: order.taskQueue,
      workflowId: order.taskQueue,
      // A workflow task that was in a killed worker's hands is given away after this.
      workflowTaskTimeout: '1 second',
      ...deadAfter(heartbeatTimeoutMs),
      args: [{ experiment: this.options.experimentId, ...input }],
    });
  }

  /** Loading a worker takes longer than a case: one is always being loaded ahead. */
  private async launch(order: WorkerOrder): Promise<ChildProcess> {
    const child = this.next ?? loadWorker();
    this.next = loadWorker();
    await startWorkerProcess(child, order);
    return child;
  }

  private async awaitDeath(child: ChildProcess, handle: WorkflowHandle, death: Death): Promise<boolean> {
    const exited = once(child, 'exit').then(() => true);
    const ended = handle.result().then(
      () => false,
      () => false,
    );
    if (death.kind === 'delay') {
      const timer = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), death.delayMs));
      const isUnderWay = await Promise.race([timer, ended]);
      child.kill('SIGKILL');
      await exited;
      return isUnderWay;
    }
    const died = await Promise.race([exited, ended]);
    if (!died) {
      child.kill('SIGKILL');
      await exited;
    }
    return died;
  }

  /** A second worker, in this process, brings the run to its end. */
  private async finish(
    order: WorkerOrder,
    handle: WorkflowHandle,
    counts: Map<string, number>,
  ): Promise<Omit<CaseOutcome, 'died'>> {
    const runtime = createRuntime(loadConfig({ env: order.env, cwd: order.dataDir }), { log: silentLog });
    const activityDependencies = crashingDependencies(runtime.activityDependencies, null, counts);
    const worker = await startWorker({
      runtime: { ...runtime, activityDependencies },
      address: order.temporal,
      taskQueue: order.taskQueue,
      workflowBundlePath: order.bundlePath,
    });
    try {
      const result = (await handle.result()) as RunResult;
      const { warehouse } = await runtime.target(null);
      await expectInvariants(warehouse);
      await expectCovered(warehouse, { sourceId: 'source', experimentId: this.options.experimentId }, result);
      return { result, tables: withoutObservationTimes(await dumpTables(warehouse)) };
    } finally {
      await worker.shutdown();
      await runtime.close();
      await rm(order.dataDir, { recursive: true, force: true });
    }
  }
}
