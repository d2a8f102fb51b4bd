import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';

import type { ActivityDependencies } from '../../src/copy/dependencies.js';
import { verifiedIntervals } from '../../src/copy/prepare/coverage.js';
import type { CommitManifest } from '../../src/targets/warehouse.js';
import type { Dump } from '../contract/dump-tables.js';
import { dumpTables, withoutObservationTimes } from '../contract/dump-tables.js';
import { expectInvariants } from '../contract/table-invariants.js';
import { killWorker, loadWorker, startWorkerProcess } from '../crash/worker-process.js';
import { openFaultBench } from '../faults/fault-bench.js';
import type { FaultBench } from '../faults/fault-bench.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { writeWorkflowBundle } from '../workflows/workflow-bundle.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

const numTraces = 22;
const startMs = Date.parse('2026-01-01T00:00:00Z');
const lookbackMs = 20 * 365 * 86_400_000;

describeWith(['mlflow', 'temporal'], 'several runs and workers on the same tables', () => {
  let bench: FaultBench;
  let undisturbed: Dump;
  let folder: string;

  beforeAll(async () => {
    bench = await openFaultBench(
      { mlflow: mlflowUri(), temporal: temporalAddress() },
      { numTraces, withAssessments: true },
    );
    folder = await mkdtemp(join(tmpdir(), 'tracelift-several-'));
    const target = bench.newTarget();
    await bench.copy(target);
    undisturbed = await bench.tables(target);
  });

  afterAll(async () => {
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Why steps of a run had to be tried again. */
  async function retriedFor(handle: WorkflowHandle): Promise<string[]> {
    const { events } = await handle.fetchHistory();
    return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => {
      const type = started?.lastFailure?.applicationFailureInfo?.type;
      return type === null || type === undefined ? [] : [type];
    });
  }

  it('several runs and workers on the same tables end with the tables of one run: overlapping backfills and a schedule, by two worker processes', async () => {
    const target = bench.newTarget();
    const { client, taskQueue, dataDir } = bench.pipeline;
    const bundlePath = join(folder, 'workflow-bundle.js');
    await writeWorkflowBundle(bundlePath);
    const other = loadWorker();
    const env = {
      MLFLOW_TRACKING_URI: bench.proxy.address,
      TRACELIFT_DATA: dataDir,
      TRACELIFT_SOURCE_ID: 'source',
      TRACELIFT_LAG_MS: '0',
    };
    const input = { ...bench.input, windowTraces: 12, pageSize: 12, batchTraces: 6 };
    const scheduleId = `several-${randomUUID()}`;
    try {
      await startWorkerProcess(other, {
        ...{ env, dataDir, taskQueue, bundlePath, point: null },
        temporal: temporalAddress(),
      });
      const schedule = await client.schedule.create({
        scheduleId,
        spec: { intervals: [{ every: '2 seconds' }] },
        policies: { overlap: 'SKIP' },
        action: {
          type: 'startWorkflow',
          workflowType: 'syncTraces',
          taskQueue,
          args: [{ ...input, target, lookbackMs }],
        },
        state: { triggerImmediately: true },
      });
      const range = (fromSeconds: number, toSeconds: number) => ({
        from: new Date(startMs + fromSeconds * 1000).toISOString(),
        to: new Date(startMs + toSeconds * 1000).toISOString(),
      });
      const start = (part: object): Promise<WorkflowHandle> =>
        bench.pipeline.start('backfillTraces', { ...input, target, ...part });
      const backfills = await Promise.all([start(range(0, 15)), start(range(7, 60))]);
      await Promise.all(backfills.map((handle) => handle.result()));
      await vi.waitFor(async () => {
        const { info } = await schedule.describe();
        expect(info.recentActions.length).toBeGreaterThan(1);
      }, 120_000);
      // Nothing is started any more: the last of these syncs is the last of all.
      await schedule.pause();
      const syncs = (await schedule.describe()).info.recentActions;
      await schedule.delete();
      const scheduled = syncs.map(({ action }) => client.workflow.getHandle(action.workflow.workflowId));
      for (const handle of scheduled) await handle.result();
      // Which worker gets a step is up to the server: of all these steps some went to the one without the file.
      const retried = (await Promise.all([...backfills, ...scheduled].map((handle) => retriedFor(handle)))).flat();
      expect(new Set(retried)).toEqual(new Set(['WarehouseHeldByWorker']));
    } finally {
      await client.schedule
        .getHandle(scheduleId)
        .delete()
        .catch(() => undefined);
      await killWorker(other);
    }
    expect(await bench.tables(target)).toEqual(undisturbed);
    const scope = { sourceId: 'source', experimentId: bench.seeded.experimentId };
    expect(verifiedIntervals(await (await bench.warehouse(target)).windowChecks(scope))).toHaveLength(1);
  }, 600_000);

  it('several runs and workers on the same tables go on from one history to the next at every window, each step replayed from the start', async () => {
    const target = bench.newTarget();
    const { dataDir } = bench.pipeline;
    const pipeline = await openPipeline({
      ...{ mlflow: bench.proxy.address, temporal: temporalAddress(), dataDir, maxCachedWorkflows: 0 },
      env: { TRACELIFT_SOURCE_ID: 'source' },
    });
    try {
      const handle = await pipeline.start('backfillTraces', { ...bench.input, target, maxWindowsPerRun: 1 });
      expect(await handle.result()).toMatchObject({ totals: { windows: 3, listed: numTraces, landed: numTraces } });
      const { workflowId } = handle;
      // Lists of workflows follow a little later.
      await vi.waitFor(async () => {
        const runs: string[] = [];
        for await (const run of pipeline.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
          runs.push(run.status.name);
        }
        expect(runs.toSorted()).toEqual(['COMPLETED', 'CONTINUED_AS_NEW', 'CONTINUED_AS_NEW']);
      }, 60_000);
    } finally {
      await pipeline.close();
    }
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  it('several runs and workers on the same tables are each written by one version and one configuration alone, whichever workers share the queue', async () => {
    const taskQueue = `several-${randomUUID()}`;
    const written = new Map<string, Set<string>>();
    const open = (name: string, dataDir: string, version: string): Promise<LocalPipeline> =>
      openPipeline({
        ...{ mlflow: bench.proxy.address, temporal: temporalAddress(), taskQueue, dataDir },
        env: { TRACELIFT_SOURCE_ID: 'source' },
        wrap: (dependencies) => noting(name, { ...dependencies, version }, written),
      });
    const dataDir = await mkdtemp(join(folder, 'ours-'));
    const [ours, newer, elsewhere] = await Promise.all([
      open('ours', dataDir, '1.0.0'),
      open('newer', dataDir, '1.1.0'),
      open('elsewhere', await mkdtemp(join(folder, 'elsewhere-')), '1.0.0'),
    ]);
    try {
      const input = { ...bench.input, windowTraces: 100, pageSize: 100, batchTraces: 22 };
      await Promise.all([1, 2].map(() => ours.run('backfillTraces', input)));
      expect(written.size).toBe(2);
      for (const [run, writers] of written) expect([run, [...writers]]).toEqual([run, [expect.any(String)]]);
      for (const pipeline of [ours, elsewhere]) {
        const warehouse = await pipeline.warehouse();
        await warehouse.prepare();
        await expectInvariants(warehouse);
        const tables = withoutObservationTimes(await dumpTables(warehouse));
        if ((tables['gold'] ?? []).length > 0) expect(tables).toEqual(undisturbed);
      }
    } finally {
      for (const pipeline of [newer, ours, elsewhere]) await pipeline.close();
    }
  }, 600_000);
});

/** Notes which worker staged and committed for which run. */
function noting(
  name: string,
  dependencies: ActivityDependencies,
  written: Map<string, Set<string>>,
): ActivityDependencies {
  const note = (key: string): void => {
    // `<workflow>/<first run>/…`
    const run = key.split('/').slice(0, 2).join('/');
    written.set(run, (written.get(run) ?? new Set()).add(name));
  };
  return {
    ...dependencies,
    async target(wanted) {
      const open = await dependencies.target(wanted);
      const staging = listeningTo(open.staging, (method, [key]) => {
        if (method.startsWith('write')) note(String(key));
      });
      const warehouse = listeningTo(open.warehouse, (method, [manifest]) => {
        if (method === 'commit') for (const { key } of (manifest as CommitManifest).files) note(key);
      });
      return { ...open, staging, warehouse };
    },
  };
}

/** The port, with every call told first. */
function listeningTo<Port extends object>(port: Port, hear: (method: string, args: unknown[]) => void): Port {
  return new Proxy(port, {
    get(whole, property) {
      const value: unknown = Reflect.get(whole, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        hear(String(property), args);
        return Reflect.apply(value, whole, args);
      };
    },
  });
}
