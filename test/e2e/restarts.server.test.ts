import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ServiceError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import type { RunResult } from '../../src/workflows/contract.js';
import { tracelift } from '../cli/command-line.js';
import type { Dump } from '../contract/dump-tables.js';
import { killWorker, loadWorker, startWorkerProcess } from '../crash/worker-process.js';
import { isListing, isSpanBatch } from '../fakes/faulty-mlflow.js';
import { openFaultBench } from '../faults/fault-bench.js';
import type { FaultBench } from '../faults/fault-bench.js';
import { describeWith } from '../servers/require.js';
import { deadAfter, writeWorkflowBundle } from '../workflows/workflow-bundle.js';
import { openOwnServers } from './own-servers.js';
import type { OwnServers } from './own-servers.js';

const numTraces = 22;
/** Starting MLflow alone may take three minutes on a busy machine. */
const testTimeoutMs = 480_000;

describeWith(['mlflow', 'temporal'], 'a copy whose servers are killed and come back', () => {
  let servers: OwnServers | null = null;
  let bench: FaultBench;
  let undisturbed: Dump;
  let bundleFolder: string;

  beforeAll(async () => {
    const opened = await openOwnServers();
    if ('missing' in opened) {
      process.stderr.write(`skipped: restarts of servers: ${opened.missing}\n`);
      return;
    }
    servers = opened;
    bench = await openFaultBench(
      { mlflow: servers.mlflowUri, temporal: servers.temporalAddress },
      { numTraces, withAssessments: true },
    );
    const target = bench.newTarget();
    await bench.copy(target);
    undisturbed = await bench.tables(target);
    bundleFolder = await mkdtemp(join(tmpdir(), 'tracelift-restarts-'));
  }, testTimeoutMs);

  afterEach(() => {
    if (servers !== null) bench.proxy.heal();
  });

  afterAll(async () => {
    if (servers === null) return;
    await bench.close();
    await servers.close();
    await rm(bundleFolder, { recursive: true, force: true });
  });

  /** A test that needs servers of its own. */
  const test = (name: string, body: (own: OwnServers) => Promise<void>): void => {
    it(
      name,
      async (context) => {
        if (servers === null) context.skip('no servers of its own');
        else await body(servers);
      },
      testTimeoutMs,
    );
  };

  /** Does something once, when the run asks for its n-th page. */
  function atPage(nth: number, act: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      bench.proxy.before(isListing, async (page) => {
        if (page !== nth) return;
        await act().then(resolve, reject);
      });
    });
  }

  /**
   * Does something once, at the first page that is asked for after a commit: windows are committed one by one, each
   * when the one before it is verified, so that others are not committed then.
   */
  function atFirstVerification(target: string, act: () => Promise<void>): Promise<void> {
    let acting: Promise<void> | null = null;
    return new Promise((resolve, reject) => {
      bench.proxy.before(isListing, async () => {
        if (acting === null && (await landedIn(target)).length === 0) return;
        acting ??= act().then(resolve, reject);
        await acting;
      });
    });
  }

  async function landedIn(target: string): Promise<string[]> {
    const scope = { sourceId: 'source', experimentId: bench.seeded.experimentId };
    const landed = await (await bench.warehouse(target)).landed(scope, bench.seeded.traceIds);
    return landed.map(({ traceId }) => traceId);
  }

  /** The result, however often the server that has it goes away meanwhile; the client waits between its tries. */
  async function resultOf(handle: WorkflowHandle): Promise<RunResult> {
    for (;;) {
      try {
        return (await handle.result()) as RunResult;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
      }
    }
  }

  const start = (target: string, workflowId = `restart-${randomUUID()}`, taskQueue = bench.pipeline.taskQueue) =>
    bench.pipeline.client.workflow.start('backfillTraces', {
      ...{ taskQueue, workflowId, workflowTaskTimeout: '1 second', ...deadAfter(10_000) },
      args: [{ ...bench.input, target }],
    });

  test('a copy whose servers are killed and come back goes on by itself when MLflow is back', async ({ mlflow }) => {
    const target = bench.newTarget();
    let back = Promise.resolve();
    const down = atPage(4, async () => {
      await mlflow.kill();
      back = mlflow.start();
    });
    const handle = await start(target);
    await down;
    await back;
    expect(await resultOf(handle)).toMatchObject({ totals: { listed: numTraces, landed: numTraces, missing: 0 } });
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  test('a copy whose servers are killed and come back goes on by itself when Temporal is back with its file', async ({
    temporal,
  }) => {
    const target = bench.newTarget();
    const down = atPage(4, () => temporal.kill());
    const handle = await start(target);
    await down;
    await temporal.start();
    expect(await resultOf(handle)).toMatchObject({ totals: { listed: numTraces, landed: numTraces, missing: 0 } });
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  test('a copy whose servers are killed and come back is watched to its end by the command that started it, over a restart of Temporal', async (own) => {
    const target = bench.newTarget();
    const { runtime, taskQueue, dataDir } = bench.pipeline;
    const down = atPage(2, () => own.temporal.kill());
    const command = tracelift(
      ['backfill', '-e', bench.seeded.experimentId, '--target', target, '--no-monitor', '--json'],
      {
        cwd: dataDir,
        env: {
          ...{ TEMPORAL_ADDRESS: own.temporalAddress, MLFLOW_TRACKING_URI: bench.proxy.address },
          ...{ TRACELIFT_TASK_QUEUE: taskQueue, TRACELIFT_DATA: dataDir, TRACELIFT_SOURCE_ID: 'source' },
        },
        runtime,
      },
    );
    await down;
    await own.temporal.start();
    const { code, stdout, stderr } = await command;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'finished', result: { totals: { landed: numTraces } } });
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  test('a copy whose servers are killed and come back goes on by itself when MLflow, Temporal and a worker are back', async ({
    mlflow,
    temporal,
    temporalAddress,
  }) => {
    const target = bench.newTarget();
    const bundlePath = join(bundleFolder, 'workflow-bundle.js');
    await writeWorkflowBundle(bundlePath);
    const { dataDir } = bench.pipeline;
    const env = {
      MLFLOW_TRACKING_URI: bench.proxy.address,
      TRACELIFT_DATA: dataDir,
      TRACELIFT_SOURCE_ID: 'source',
      TRACELIFT_LAG_MS: '0',
    };
    const taskQueue = `restart-${randomUUID()}`;
    const order = { env, dataDir, taskQueue, bundlePath, temporal: temporalAddress, point: null };
    const [first, second] = [loadWorker(), loadWorker()];
    try {
      await startWorkerProcess(first, order);
      const down = atPage(4, async () => {
        await Promise.all([killWorker(first), mlflow.kill(), temporal.kill()]);
      });
      const handle = await start(target, taskQueue, taskQueue);
      await down;
      await Promise.all([mlflow.start(), temporal.start()]);
      await startWorkerProcess(second, order);
      expect(await resultOf(handle)).toMatchObject({ totals: { listed: numTraces, landed: numTraces, missing: 0 } });
    } finally {
      await Promise.all([killWorker(first), killWorker(second)]);
    }
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  test('a copy whose servers are killed and come back starts over when the database of Temporal is lost, and fetches only the difference', async (own) => {
    const target = bench.newTarget();
    const workflowId = `restart-${randomUUID()}`;
    const down = atFirstVerification(target, () => own.temporal.kill());
    await start(target, workflowId);
    await down;
    await own.loseTemporalDatabase();
    await own.temporal.start();
    const landed = await landedIn(target);
    expect(landed.length).toBeGreaterThan(0);
    expect(landed.length).toBeLessThan(numTraces);
    bench.proxy.heal();
    const result = await resultOf(await start(target, workflowId));
    expect(result.totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0 });
    const asked = bench.proxy.seen.filter(isSpanBatch).map(({ url }) => decodeURIComponent(url));
    expect(asked.length).toBeGreaterThan(0);
    expect(landed.filter((traceId) => asked.some((url) => url.includes(traceId)))).toEqual([]);
    expect(await bench.tables(target)).toEqual(undisturbed);
  });
});
