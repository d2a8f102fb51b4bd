/** Attempts that end in the middle of a commit on Delta, and several workers and runs at once, end with the tables of one. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WindowRow } from '../../src/tables/rows.js';
import { dumpTables, type Dump } from '../contract/dump-tables.js';
import { landedTrace, micros } from '../contract/staged-traces.js';
import { killWorker, loadWorker, startWorkerProcess } from '../crash/worker-process.js';
import { openPipeline, type LocalPipeline } from '../e2e/local-pipeline.js';
import { apiError } from '../fakes/databricks/http.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { seedTraces } from '../servers/seed.js';
import { deadAfter, writeWorkflowBundle } from '../workflows/workflow-bundle.js';
import { comparable, withoutTimesOfRuns } from './comparable-dump.js';
import { readDelta } from './delta-files.js';
import { openSparkTarget, type SparkTarget } from './open-spark-target.js';
import {
  databricksEnvironment,
  freshSchema,
  missingSpark,
  startSparkWorkspace,
  type SparkWorkspace,
} from './spark-workspace.js';

const missing = missingSpark();

/** Two traces that fill every table; the second round changes them and takes a span, a document and an assessment away. */
function round(experimentId: string, number: 1 | 2) {
  const part = { experimentId, observedAtMs: Date.UTC(2026, 0, 2, 0, 0, number), sourceHash: `h${number}` };
  const some = <T>(one: T): T[] => Array.from({ length: 3 - number }, () => one);
  return ['a', 'b'].map((traceId) =>
    landedTrace({
      ...part,
      traceId,
      spans: 4 - number,
      documents: some({ score: number }),
      assessments: some({ rationale: `round ${number}` }),
      numbers: { metric_helpfulness: number },
    }),
  );
}

describe.skipIf(missing !== null)(`a commit on Delta that is cut off ${missing ?? ''}`, () => {
  let rig: SparkWorkspace;
  let target: SparkTarget;
  let undisturbed: Dump;
  let numFiles = 0;

  async function stage(experimentId: string, number: 1 | 2) {
    numFiles += 1;
    const key = `kill/run/w${numFiles}/b-1.parquet`;
    const file = await target.staging.writeTraces(key, round(experimentId, number));
    return { files: [file], locations: [target.staging.location(key)], maxMetricColumns: 300 };
  }

  /** From the files, without the experiment that each case has of its own. */
  async function dumpOf(experimentId: string): Promise<Dump> {
    const dump = await dumpTables(target.warehouse, {
      experimentId,
      read: (sql) => readDelta(rig.warehouseFolder, sql),
    });
    const rows = (all: Dump[string]): Dump[string] => all.map((row) => ({ ...row, experiment_id: '' }));
    return Object.fromEntries(Object.entries(dump).map(([role, all]) => [role, rows(all)]));
  }

  beforeAll(async () => {
    rig = await startSparkWorkspace();
    target = await openSparkTarget(rig.workspace, freshSchema('kill'));
    await target.warehouse.prepare();
    for (const number of [1, 2] as const) await target.warehouse.commit(await stage('clean', number));
    undisturbed = await dumpOf('clean');
  });
  afterAll(async () => {
    await target.close();
    await rig.stop();
  });

  /** The engine takes so many MERGE statements of an attempt, then nothing more. */
  async function dieAfterMerges(number: number, attempt: () => Promise<unknown>): Promise<void> {
    let merges = 0;
    rig.front.beforeStatement = (sql) => {
      if (merges >= number) throw new Error('the attempt is dead');
      if (sql.startsWith('MERGE INTO')) merges += 1;
    };
    await expect(attempt()).rejects.toThrow();
    expect(merges).toBe(number);
    rig.front.beforeStatement = () => {};
  }

  it.each([1, 3, 5])('after %i of its MERGE statements is completed by the next attempt', async (merges) => {
    const experimentId = `after-${merges}`;
    await target.warehouse.commit(await stage(experimentId, 1));
    const manifest = await stage(experimentId, 2);
    await dieAfterMerges(merges, () => target.warehouse.commit(manifest));
    expect((await dumpOf(experimentId))['gold']).toMatchObject([{ metric_helpfulness: 1 }, { metric_helpfulness: 1 }]);
    await target.warehouse.commit(manifest);
    expect(await dumpOf(experimentId)).toEqual(undisturbed);
  });

  it('after gold and before its ledger row changes nothing the second time, and the row stands once', async () => {
    const experimentId = 'ledger';
    await target.warehouse.commit(await stage(experimentId, 1));
    const manifest = await stage(experimentId, 2);
    await target.warehouse.commit(manifest);
    const ledgerRow = ledgerRowOf(experimentId);
    rig.front.beforeStatement = () => Promise.reject(new Error('the attempt is dead'));
    await expect(target.warehouse.recordWindow(ledgerRow)).rejects.toThrow();
    rig.front.beforeStatement = () => {};
    expect(await target.warehouse.ledger({ experimentId, limit: 5 })).toEqual([]);
    expect(await target.warehouse.commit(manifest)).toMatchObject({ inserted: 0, updated: 0 });
    for (let attempt = 0; attempt < 2; attempt += 1) await target.warehouse.recordWindow(ledgerRow);
    expect(await target.warehouse.ledger({ experimentId, limit: 5 })).toEqual([ledgerRow]);
    expect(await dumpOf(experimentId)).toEqual(undisturbed);
  });

  it('between the upload to the Volume and the commit leaves a file that is read by nobody and swept', async () => {
    const experimentId = 'upload';
    await target.warehouse.commit(await stage(experimentId, 1));
    const lost = await stage(experimentId, 2);
    rig.workspace.fail({ on: /^PUT .*\/fs\/files/, times: 99, answer: apiError(403, '403', 'Forbidden') });
    await expect(stage(experimentId, 2)).rejects.toThrow();
    rig.workspace.heal();
    await target.warehouse.commit(await stage(experimentId, 2));
    expect(await dumpOf(experimentId)).toEqual(undisturbed);
    expect(await target.staging.exists(lost.files[0]?.key ?? '')).toBe(true);
    await target.staging.remove('kill/run');
    expect(await target.staging.listRuns()).toEqual([]);
  });
});

const ledgerRowOf = (experiment_id: string): WindowRow => ({
  workflow_id: 'w',
  first_run_id: experiment_id,
  window_index: 0,
  source_id: 'mlflow',
  experiment_id,
  from_ms: 0,
  to_ms: 1000,
  state: 'complete',
  listed: 2,
  landed: 2,
  written: 2,
  dead_lettered: 0,
  missing: 0,
  extra: 0,
  repair_rounds: 0,
  ids_digest: 'd',
  started_at: micros(Date.UTC(2026, 0, 2)),
  verified_at: micros(Date.UTC(2026, 0, 2)),
  tracelift_version: '0.1.0',
});

const describeOnSpark: typeof describeWith =
  missing === null ? describeWith : (_, name, tests) => void describe.skip(`${name} ${missing}`, tests);

describeOnSpark(['mlflow', 'temporal'], 'workers and runs on the same Delta tables', () => {
  let rig: SparkWorkspace;
  let folder: string;
  let bundlePath: string;
  let experiment: string;
  let env: Record<string, string>;
  let undisturbed: Dump;
  const opened: LocalPipeline[] = [];
  const numTraces = 16;
  const startMs = Date.UTC(2026, 0, 1);

  const open = async (taskQueue: string, schema: string): Promise<LocalPipeline> => {
    const pipeline = await openPipeline({
      ...{ mlflow: mlflowUri(), temporal: temporalAddress(), dataDir: folder, taskQueue, maxCachedWorkflows: 0 },
      env: { ...env, TRACELIFT_DATABRICKS_SCHEMA: schema },
    });
    opened.push(pipeline);
    return pipeline;
  };
  const orderFor = (taskQueue: string, schema: string) => ({
    env: {
      ...{ MLFLOW_TRACKING_URI: mlflowUri(), TRACELIFT_DATA: folder, TRACELIFT_LAG_MS: '0', ...env },
      TRACELIFT_DATABRICKS_SCHEMA: schema,
      TRACELIFT_TASK_QUEUE: taskQueue,
    },
    ...{ dataDir: folder, temporal: temporalAddress(), taskQueue, bundlePath },
  });
  const filesOf = async (pipeline: LocalPipeline): Promise<Dump> => {
    const { warehouse } = await pipeline.runtime.target('databricks');
    const dump = await dumpTables(warehouse, { read: (sql) => readDelta(rig.warehouseFolder, sql) });
    return withoutTimesOfRuns(comparable(dump));
  };
  const input = { windowTraces: 8, pageSize: 8, batchTraces: 4, monitor: false };

  beforeAll(async () => {
    rig = await startSparkWorkspace();
    env = await databricksEnvironment(rig, 'chosen later');
    folder = rig.volumesFolder;
    bundlePath = join(folder, 'workflow-bundle.js');
    await writeWorkflowBundle(bundlePath);
    const seeded = await seedTraces({
      ...{ address: mlflowUri(), experimentName: `kill-${randomUUID()}`, numTraces, textBytes: 800 },
      withAssessments: true,
    });
    experiment = seeded.experimentId;
    const alone = await open(`alone-${randomUUID()}`, freshSchema('alone'));
    await alone.run('backfillTraces', { ...input, experiment, target: 'local' });
    const { warehouse } = await alone.runtime.target('local');
    undisturbed = withoutTimesOfRuns(comparable(await dumpTables(warehouse)));
  });
  afterAll(async () => {
    for (const pipeline of opened) await pipeline.close();
    await rig.stop();
  });

  it('a worker killed by SIGKILL before gold is merged is replaced by another one', async () => {
    const [taskQueue, schema] = [`killed-${randomUUID()}`, freshSchema('killed')];
    const child = loadWorker();
    const exited = once(child, 'exit');
    const point = { port: 'warehouse', method: 'commit:gold', when: 'before', nth: 1 } as const;
    await startWorkerProcess(child, { ...orderFor(taskQueue, schema), point });
    const [anyPipeline] = opened;
    const handle = await anyPipeline!.client.workflow.start('backfillTraces', {
      ...{ taskQueue, workflowId: taskQueue, ...deadAfter(3000) },
      args: [{ ...input, experiment, target: 'databricks' }],
    });
    expect(await exited).toEqual([null, 'SIGKILL']);
    const pipeline = await open(taskQueue, schema);
    expect(await handle.result()).toMatchObject({ totals: { listed: numTraces, landed: numTraces, missing: 0 } });
    expect(await filesOf(pipeline)).toEqual(undisturbed);
  });

  it('two workers and two overlapping runs end with the tables of one', async () => {
    const [taskQueue, schema] = [`several-${randomUUID()}`, freshSchema('several')];
    const child = loadWorker();
    try {
      await startWorkerProcess(child, { ...orderFor(taskQueue, schema), point: null });
      const pipeline = await open(taskQueue, schema);
      const range = (fromSeconds: number, toSeconds: number) => ({
        from: new Date(startMs + fromSeconds * 1000).toISOString(),
        to: new Date(startMs + toSeconds * 1000).toISOString(),
      });
      const order = { ...input, experiment, target: 'databricks' };
      const runs = [range(0, 12), range(5, 60)].map((part) => pipeline.run('backfillTraces', { ...order, ...part }));
      await Promise.all(runs);
      expect(await filesOf(pipeline)).toEqual(undisturbed);
    } finally {
      await killWorker(child);
    }
  });
});
