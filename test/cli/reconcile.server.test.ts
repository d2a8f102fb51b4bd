import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { DuckDbDatabase } from '../../src/targets/duckdb/database.js';
import type { RunTotals } from '../../src/copy/run.js';
import { sourceHash } from '../../src/trace/source-hash.js';
import { silentLog } from '../../src/log.js';
import type { ReconcileReport } from '../../src/copy/reconcile/report.js';
import { expectInvariants } from '../contract/table-invariants.js';
import { deadLetter } from '../contract/staged-traces.js';
import { openPipeline } from '../e2e/local-pipeline.js';
import type { LocalPipeline } from '../e2e/local-pipeline.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { deleteTraces, exportSpans, seedTraces, setTag } from '../servers/seed.js';
import type { Seeded } from '../servers/seed.js';
import { tracelift, type Outcome } from './command-line.js';

interface RetryAnswer {
  readonly runs: readonly { readonly workflowId: string; readonly asked: number; readonly stillFailing: string[] }[];
}

const numTraces = 60;

describeWith(['mlflow', 'temporal'], 'a copy from a real MLflow, reconciled by the command line', () => {
  const address = mlflowUri();
  const experimentName = `reconcile-${randomUUID()}`;
  const shape = { address, experimentName, textBytes: 300, spansPerTrace: 3 };
  let pipeline: LocalPipeline;
  let seeded: Seeded;

  beforeAll(async () => {
    seeded = await seedTraces({ ...shape, numTraces });
    pipeline = await openPipeline({ mlflow: address, temporal: temporalAddress() });
    await pipeline.run('backfillTraces', { experiment: seeded.experimentId, monitor: false });
  });

  afterAll(async () => pipeline.close());

  const id = (index: number): string => seeded.traceIds[index] ?? 'none';

  const call = (...args: string[]): Promise<Outcome> =>
    tracelift(args, {
      env: {
        MLFLOW_TRACKING_URI: address,
        TEMPORAL_ADDRESS: temporalAddress(),
        TRACELIFT_TASK_QUEUE: pipeline.taskQueue,
        TRACELIFT_DATA: pipeline.dataDir,
        TRACELIFT_LAG_MS: '0',
        TRACELIFT_PAGE_SIZE: '10',
      },
      runtime: pipeline.runtime,
    });

  async function reconcile(...args: string[]): Promise<{ code: number; report: ReconcileReport }> {
    const { code, stdout, stderr } = await call(
      'reconcile',
      ...['--experiment', experimentName, '--window-traces', '20', '--json'],
      ...args,
    );
    expect(stderr).toBe('');
    return { code, report: JSON.parse(stdout) as ReconcileReport };
  }

  async function change(sql: string): Promise<void> {
    const { location } = await pipeline.warehouse();
    const database = await DuckDbDatabase.open({ path: location, log: silentLog });
    await database.run(sql);
    await database.close();
  }

  it('a copy from a real MLflow, reconciled by the command line is complete, and agrees with the counts of the server', async () => {
    const { code, report } = await reconcile();
    expect(code).toBe(0);
    expect(report.totals).toMatchObject({
      listed: numTraces,
      landed: numTraces,
      missing: 0,
      moving: 0,
      extra: 0,
      countedTraces: numTraces,
      countedSpans: 3 * numTraces,
      landedSpans: 3 * numTraces,
    });
    expect(report.windows.length).toBeGreaterThan(2);
  });

  it('a copy from a real MLflow, reconciled by the command line tells a person what is missing, moving and extra, and ends with 1', async () => {
    await change(`DELETE FROM genai_processed_traces_gold WHERE trace_id IN ('${id(10)}', '${id(11)}')`);
    await seedTraces({ ...shape, numTraces: 3, firstIndex: numTraces });
    await setTag(address, id(20), 'team', 'late');
    await deleteTraces(address, seeded.experimentId, [id(30)]);
    const { code, stdout } = await call('reconcile', '-e', experimentName, '--window-traces', '20');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^5 missing {2}reconcile-/);
    expect(stdout).toMatch(new RegExp(`missing from .*: ${id(10)}, ${id(11)}\n`));
    expect(stdout).toMatch(new RegExp(`moving from .*: ${id(20)}\n`));
    expect(stdout).toMatch(new RegExp(`extra from .*: ${id(30)}\n`));
    expect(stdout).toContain('--repair` fetches the difference');
  });

  it('a copy from a real MLflow, reconciled by the command line is healed by --repair, which copies only the windows that differ', async () => {
    const { code, report } = await reconcile('--repair');
    expect(code).toBe(0);
    // The repair marks the row whose trace is deleted at the source: it is no extra row any more.
    expect(report.totals).toMatchObject({ missing: 0, moving: 0, extra: 0, landed: numTraces + 2 });
    const { repair } = report as unknown as {
      repair: { before: ReconcileReport; runs: { totals: { inserted: number; updated: number; listed: number } }[] };
    };
    expect(repair.before.totals).toMatchObject({ missing: 5, moving: 1 });
    const written = repair.runs.map(({ totals }) => totals.inserted + totals.updated);
    expect(written.reduce((sum, one) => sum + one, 0)).toBe(6);
    expect((await reconcile('--repair')).report).toMatchObject({ repair: null });
  });

  it('reconcile --deep names the traces whose spans were lost from the raw table', async () => {
    await change(`UPDATE genai_raw_traces SET spans = '[]' WHERE trace_id = '${id(5)}'`);
    await change(`UPDATE genai_processed_traces_gold SET num_spans = 0 WHERE trace_id = '${id(5)}'`);
    await change(`DELETE FROM genai_trace_spans WHERE trace_id = '${id(5)}'`);
    const shallow = await reconcile();
    expect(shallow.code).toBe(1);
    expect(shallow.report.totals).toMatchObject({ missing: 0, missingSpans: 0, unexplainedSpans: 3 });
    const { code, report } = await reconcile('--deep');
    expect(code).toBe(1);
    expect(report.totals.missingSpans).toBe(3);
    expect(report.windows.flatMap(({ spans }) => spans?.differingIds ?? [])).toEqual([id(5)]);
  });

  it('reconcile --deep --repair reads the spans again that were lost, or came after their trace was settled', async () => {
    const { spans } = seeded.traceAt(8);
    const [root] = spans;
    if (root === undefined) throw new Error('the trace has a root');
    const late = { ...root, spanId: 'abcdef0123456789', parentSpanId: root.spanId, name: 'late' };
    await exportSpans(address, seeded.experimentId, [{ traceId: id(8), spans: [late] }]);
    const plain = await reconcile('--repair');
    expect(plain.report).toMatchObject({ repair: null });
    const { code, report } = await reconcile('--deep', '--repair');
    expect(code).toBe(0);
    expect(report.totals).toMatchObject({ missing: 0, missingSpans: 0, landedSpans: report.totals.countedSpans });
    const { repair } = report as unknown as { repair: { before: ReconcileReport; runs: { totals: RunTotals }[] } };
    expect(repair.before.totals).toMatchObject({ missingSpans: 4, differingSpans: 2 });
    // The stretches hold these two traces alone: nothing else is downloaded again.
    expect(repair.runs.reduce((sum, { totals }) => sum + totals.listed, 0)).toBe(2);
    expect(repair.runs.reduce((sum, { totals }) => sum + totals.updated, 0)).toBe(2);
    await expectInvariants(await pipeline.warehouse());
    expect((await reconcile('--deep', '--repair')).report).toMatchObject({ repair: null });
  });

  it('a copy from a real MLflow, reconciled by the command line counts dead letters as accounted for; show explains one, retry lands them without waiting for their time', async () => {
    const added = await seedTraces({ ...shape, numTraces: 2, firstIndex: numTraces + 10 });
    const { source } = await pipeline.runtime.source(null);
    const { sourceId } = await source.describe();
    const { infos } = await source.getInfos(seeded.experimentId, added.traceIds);
    const { warehouse, staging } = await pipeline.runtime.target(null);
    const observedAtMs = await source.nowMs();
    const letters = infos.map((info) => {
      const { traceId, startTimeMs, experimentId } = info;
      return deadLetter({ sourceId, experimentId, traceId, startTimeMs, sourceHash: sourceHash(info), observedAtMs });
    });
    const file = await staging.writeTraces('test/run/dead.parquet', letters);
    const locations = [staging.location(file.key)];
    await warehouse.commit({ files: [file], locations, maxMetricColumns: 10 });

    expect((await reconcile()).report.totals).toMatchObject({ missing: 0, deadLettered: 2 });
    const [first = 'none', second = 'none'] = added.traceIds;
    const shown = await call('dead-letters', 'show', first);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/SpansUnreadable[\s\S]*what to do +Open the trace in the MLflow server/);

    await pipeline.run('backfillTraces', { experiment: seeded.experimentId, monitor: false });
    expect((await reconcile()).report.totals).toMatchObject({ deadLettered: 2 });
    const { code, stdout } = await call('dead-letters', 'retry', '-e', experimentName, '--json');
    expect(code).toBe(0);
    const { runs } = JSON.parse(stdout) as RetryAnswer;
    expect(runs).toMatchObject([{ asked: 2, stillFailing: [] }]);
    expect(runs[0]?.workflowId).toMatch(/^tracelift\/retry\//);
    expect((await reconcile()).report.totals).toMatchObject({ deadLettered: 0, missing: 0 });
    expect((await call('dead-letters', 'retry', second)).stderr).toMatch(/^DeadLetterNotFound: .*tr-/);
    expect((await call('dead-letters', 'retry')).stdout).toContain('No dead letters to try again.');
  });

  it('a deliberate mass deletion is suspicious until --accept-deletions looks up what is gone and marks it', async () => {
    const gone = seeded.traceIds.filter((traceId, index) => index < 50 && traceId !== id(30));
    await deleteTraces(address, seeded.experimentId, gone);
    const before = await reconcile();
    expect(before.code).toBe(1);
    expect(before.report.totals.suspicious).toBeGreaterThan(0);
    expect(before.report.totals).toMatchObject({ extra: 0, marked: 0 });
    const copied = await call('backfill', '-e', experimentName, '--no-monitor');
    expect(copied.code).toBe(1);
    expect(copied.stderr).toContain('--accept-deletions');
    const { code, report } = await reconcile('--accept-deletions');
    expect(code).toBe(0);
    expect(report.totals).toMatchObject({ suspicious: 0, missing: 0, extra: 0 });
    const marked = `SELECT count(deleted_at_source)::INT FROM genai_processed_traces_gold`;
    expect(await pipeline.value(marked)).toBe(gone.length + 1);
    expect((await call('backfill', '-e', experimentName, '--no-monitor')).code).toBe(0);
  });

  it('a copy from a real MLflow, reconciled by the command line cannot be asked for an experiment that does not exist, or for a stretch in the future', async () => {
    const unknown = await call('reconcile', '-e', 'no such experiment');
    expect(unknown).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('ExperimentNotFound') as string,
    });
    const future = await call('reconcile', '-e', experimentName, '--from', '2999-01-01');
    expect(future).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('RangeEmpty') as string });
  });
});
