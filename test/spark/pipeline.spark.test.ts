/** MLflow -> Temporal -> the Databricks adapter -> Delta, all of them real but the REST APIs; DuckDB from the same source beside it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/workflows/contract.js';
import { tracelift } from '../cli/command-line.js';
import { brokenInvariants } from '../contract/table-invariants.js';
import { dumpTables, type Dump } from '../contract/dump-tables.js';
import { openPipeline, type LocalPipeline } from '../e2e/local-pipeline.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import {
  addAssessment,
  deleteAssessment,
  exportSpans,
  seedTraces,
  setTag,
  startTrace,
  updateAssessment,
  type Seeded,
} from '../servers/seed.js';
import { comparable, withoutTimesOfRuns } from './comparable-dump.js';
import { readDelta } from './delta-files.js';
import {
  databricksEnvironment,
  freshSchema,
  missingSpark,
  startSparkWorkspace,
  type SparkWorkspace,
} from './spark-workspace.js';

const numSeeded = 40;
const startMs = Date.UTC(2026, 0, 1);
const missing = missingSpark();
const source = { source: { source_type: 'LLM_JUDGE', source_id: 'judge' } };

/** Traces that few sources have and every target must take. */
async function addOddTraces(address: string, experimentId: string): Promise<number> {
  const span = (attributes: Record<string, string | number>) => ({
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: null,
    name: "o'clock `x` ${env:HOME}",
    startTimeNs: BigInt(startMs) * 1_000_000n,
    endTimeNs: BigInt(startMs) * 1_000_000n + 5_000_001n,
    isError: false,
    attributes: attributes as never,
  });
  const newId = (): string => `tr-${randomBytes(16).toString('hex')}`;
  const bare = newId();
  await startTrace(address, {
    trace_id: bare,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
    request_time: new Date(startMs).toISOString(),
    state: 'ERROR',
  });
  const [quoted, judged] = [newId(), newId()];
  const text = 'it\'s "quoted" \\ \u2028 😀 ${x} -- ; DROP TABLE x\n\ttab';
  await exportSpans(address, experimentId, [
    { traceId: quoted, spans: [span({ 'mlflow.spanInputs': text, 'mlflow.spanOutputs': text })] },
    { traceId: judged, spans: [span({ 'mlflow.spanInputs': '{}' })] },
  ]);
  const odd = { Case: 1, case: 'yes', '"; DROP TABLE x; --': 0.5, 東京: true, 'sp ace': 'text', ['x'.repeat(300)]: 2 };
  for (const [name, value] of Object.entries(odd)) {
    await addAssessment(address, judged, { ...source, assessment_name: name, feedback: { value } });
  }
  return 3;
}

const describeOnSpark: typeof describeWith =
  missing === null ? describeWith : (_, name, tests) => void describe.skip(`${name} ${missing}`, tests);

describeOnSpark(['mlflow', 'temporal'], 'a pipeline from MLflow into Delta', () => {
  let rig: SparkWorkspace;
  let pipeline: LocalPipeline;
  let seeded: Seeded;
  let numTraces: number;
  let env: Record<string, string>;
  const schema = freshSchema('pipeline');
  const results = new Map<string, RunResult>();

  async function copy(): Promise<void> {
    for (const target of ['local', 'databricks']) {
      const input = { experiment: seeded.experimentId, target, monitor: false };
      results.set(target, await pipeline.run<RunResult>('backfillTraces', input));
    }
  }

  /** DuckDB's word, Spark's word, and what lies in the files of the Delta tables. */
  async function dumps(): Promise<{ duckdb: Dump; spark: Dump; files: Dump }> {
    const { warehouse: duckdb } = await pipeline.runtime.target('local');
    const { warehouse: delta } = await pipeline.runtime.target('databricks');
    const read = (sql: string): ReturnType<typeof readDelta> => readDelta(rig.warehouseFolder, sql);
    const all = [await dumpTables(duckdb), await dumpTables(delta), await dumpTables(delta, { read })];
    const [inDuckdb = {}, inSpark = {}, inFiles = {}] = all.map((dump) => withoutTimesOfRuns(comparable(dump)));
    return { duckdb: inDuckdb, spark: inSpark, files: inFiles };
  }

  beforeAll(async () => {
    const address = mlflowUri();
    rig = await startSparkWorkspace();
    seeded = await seedTraces({
      address,
      experimentName: `delta-${randomUUID()}`,
      numTraces: numSeeded,
      textBytes: 1500,
      withAssessments: true,
    });
    numTraces = numSeeded + (await addOddTraces(address, seeded.experimentId));
    env = await databricksEnvironment(rig, schema);
    pipeline = await openPipeline({
      mlflow: address,
      temporal: temporalAddress(),
      env: {
        ...env,
        TRACELIFT_WINDOW_TRACES: '25',
        TRACELIFT_PAGE_SIZE: '25',
        TRACELIFT_BATCH_TRACES: '10',
      },
    });
    await copy();
  });

  afterAll(async () => {
    await pipeline.close();
    await rig.stop();
  });

  it('a pipeline from MLflow into Delta lands every trace of every window, and its receipt is that of DuckDB', () => {
    const totals = { listed: numTraces, landed: numTraces, inserted: numTraces, missing: 0, extra: 0 };
    expect(results.get('databricks')?.totals).toMatchObject(totals);
    expect(results.get('databricks')?.totals).toEqual(results.get('local')?.totals);
    expect(results.get('databricks')?.totals.windows).toBeGreaterThan(1);
  });

  it('a pipeline from MLflow into Delta fills every table with the rows that DuckDB has, by Spark and by the files themselves', async () => {
    const { duckdb, spark, files } = await dumps();
    expect(duckdb['gold']).toHaveLength(numTraces);
    expect(spark).toEqual(duckdb);
    expect(files).toEqual(duckdb);
  });

  it('a pipeline from MLflow into Delta follows late, changed and deleted assessments and tags as DuckDB does', async () => {
    const address = mlflowUri();
    const [first = '', second = '', third = ''] = seeded.traceIds;
    const judgement = { ...source, assessment_name: 'late', feedback: { value: 0.25 } };
    const late = await addAssessment(address, first, judgement);
    const gone = await addAssessment(address, second, judgement);
    await setTag(address, third, 'team', 'elsewhere');
    await copy();
    await updateAssessment(address, first, late, { feedback: { value: 0.75 } });
    await deleteAssessment(address, second, gone);
    await copy();
    const { duckdb, files } = await dumps();
    expect(files).toEqual(duckdb);
    expect(results.get('databricks')?.totals).toMatchObject({ inserted: 0, updated: 2, missing: 0 });
    const { warehouse } = await pipeline.runtime.target('databricks');
    expect(await brokenInvariants(warehouse)).toEqual([]);
  });

  it('a pipeline from MLflow into Delta makes the quality monitor by the command line, and prints the link to its dashboard', async () => {
    rig.workspace.catalog.addSchema(`main.${schema}`);
    rig.workspace.catalog.addTable(`main.${schema}.genai_processed_traces_gold`);
    const place = { TEMPORAL_ADDRESS: temporalAddress(), TRACELIFT_TASK_QUEUE: pipeline.taskQueue };
    const { code, stdout } = await tracelift(['monitor', 'ensure', '--no-refresh', '--target', 'databricks'], {
      ...{ env: { ...env, ...place }, cwd: pipeline.dataDir, runtime: pipeline.runtime },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/dashboard +https:\/\/\S+\/sql\/dashboardsv3\/[0-9a-f]{32}/);
  });

  it('a pipeline from MLflow into Delta leaves nothing on the Volume', async () => {
    const { staging } = await pipeline.runtime.target('databricks');
    expect(await staging.listRuns()).toEqual([]);
  });
});
