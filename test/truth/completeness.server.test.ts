import { createHash, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { copyableExperiment } from '../../src/sources/copyable-experiment.js';
import { createMlflowSource } from '../../src/sources/mlflow/mlflow-source.js';
import { silentLog } from '../../src/log.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { openPipeline } from '../e2e/local-pipeline.js';
import type { LocalPipeline } from '../e2e/local-pipeline.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { ensureExperiment, exportSpans, mlflowRequest, startTrace } from '../servers/seed.js';
import type { SeedSpan } from '../servers/seed.js';

const idOf = (name: string, digits: number): string => createHash('sha256').update(name).digest('hex').slice(0, digits);

/** A span of a trace that begins at `startMs`. */
function spanOf(name: string, parent: string | null, startMs: number, attributes: SeedSpan['attributes']): SeedSpan {
  const startTimeNs = BigInt(startMs) * 1_000_000n;
  return {
    spanId: idOf(name, 16),
    parentSpanId: parent === null ? null : idOf(parent, 16),
    name,
    startTimeNs,
    endTimeNs: startTimeNs + 500_000_000n,
    isError: false,
    attributes,
  };
}

const call = (input_tokens: number, output_tokens: number): SeedSpan['attributes'] => ({
  'mlflow.spanType': 'CHAT_MODEL',
  'mlflow.llm.model': 'gpt-4o',
  'mlflow.llm.provider': 'openai',
  'mlflow.chat.tokenUsage': { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
});

describeWith(['mlflow', 'temporal'], 'a copy from a real MLflow server that says complete', () => {
  let pipeline: LocalPipeline;
  let experimentId: string;

  beforeAll(async () => {
    pipeline = await openPipeline({ mlflow: mlflowUri(), temporal: temporalAddress() });
  });

  afterAll(() => pipeline.close());

  const backfill = (): Promise<RunResult> => pipeline.run<RunResult>('backfillTraces', { experiment: experimentId });

  it.each([
    ['young', Date.now() - 600_000],
    ['old', Date.UTC(2026, 0, 1)],
  ])(
    'a copy from a real MLflow server that says complete has all spans of a %s OTLP trace, also those that came after its root was copied',
    async (age, startMs) => {
      const address = mlflowUri();
      experimentId = await ensureExperiment(address, `late-${age}-${randomUUID()}`);
      const traceId = `tr-${idOf(`${experimentId}/${age}`, 32)}`;
      const exported = (...spans: SeedSpan[]): Promise<void> =>
        exportSpans(address, experimentId, [{ traceId, spans }]);
      const agent = { 'mlflow.spanType': 'AGENT', 'mlflow.spanInputs': { question: 'Where is it?' } };
      const gold = async (): Promise<unknown> => {
        const sql = `SELECT num_spans, total_tokens, round(cost_usd, 8) FROM genai_processed_traces_gold
                   WHERE trace_id = '${traceId}'`;
        return (await (await pipeline.warehouse()).query(sql, { limit: 1 })).rows[0];
      };
      await exported(spanOf('root', null, startMs, agent));
      await backfill();
      expect(await gold()).toEqual([1, null, null]);
      await exported(spanOf('first call', 'root', startMs, call(100, 10)));
      await backfill();
      expect(await gold()).toEqual([2, 110, 0.00035]);
      await exported(spanOf('second call', 'root', startMs, call(1000, 10)));
      const { totals } = await backfill();
      await pipeline.run('syncTraces', { experiment: experimentId });
      expect(await gold()).toEqual([3, 1120, 0.00295]);
      expect(totals).toMatchObject({ missing: 0, lateSpans: 0 });
    },
  );

  it('a copy from a real MLflow server that says complete has a span without tokens that came to a settled trace, after one more run and without reading others again', async () => {
    const address = mlflowUri();
    experimentId = await ensureExperiment(address, `silent-${randomUUID()}`);
    const traceIdOf = (index: number): string => `tr-${idOf(`${experimentId}/${String(index)}`, 32)}`;
    const startOf = (index: number): number => Date.UTC(2026, 0, 1) + index * 3_600_000;
    const agent = { 'mlflow.spanType': 'AGENT', 'mlflow.spanInputs': { question: 'Where is it?' } };
    const indexes = Array.from({ length: 120 }, (_, index) => index);
    await exportSpans(
      address,
      experimentId,
      indexes.map((index) => ({
        traceId: traceIdOf(index),
        spans: [spanOf(`root ${String(index)}`, null, startOf(index), agent)],
      })),
    );
    await backfill();
    const late = spanOf('tool', 'root 30', startOf(30), { 'mlflow.spanType': 'TOOL' });
    await exportSpans(address, experimentId, [{ traceId: traceIdOf(30), spans: [late] }]);
    const { totals } = await backfill();
    expect(totals).toMatchObject({ listed: 120, missing: 0, lateSpans: 0, repaired: 1 });
    expect(totals.updated).toBeLessThanOrEqual(50);
    const sql = `SELECT num_spans FROM genai_processed_traces_gold WHERE trace_id = '${traceIdOf(30)}'`;
    expect(await pipeline.value(sql)).toBe(2);
    expect((await backfill()).totals).toMatchObject({ updated: 0, repaired: 0, lateSpans: 0 });
  });

  it('a copy from a real MLflow server that says complete counts and names the traces that start beyond its end', async () => {
    const address = mlflowUri();
    experimentId = await ensureExperiment(address, `beyond-${randomUUID()}`);
    const starts = [Date.UTC(2026, 0, 1), Date.now() + 86_400_000, Date.UTC(2163, 0, 1), Date.UTC(9999, 11, 31)];
    const ids = starts.map((startMs) => `tr-${idOf(`${experimentId}/${String(startMs)}`, 32)}`);
    for (const [index, startMs] of starts.entries()) {
      await startTrace(address, {
        trace_id: ids[index]!,
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
        request_time: new Date(startMs).toISOString(),
        execution_duration: '0.5s',
        state: 'OK',
      });
    }
    const result = await pipeline.run<RunResult>('backfillTraces', { experiment: experimentId, to: '2200-01-01' });
    expect(result.totals).toMatchObject({ listed: 1, landed: 1 });
    expect(result.beyondEnd).toMatchObject({ traces: 3, isExact: true, traceIds: ids.slice(1).toReversed() });
    expect(result.askedToMs).toBe(Date.UTC(2200, 0, 1));
  });

  it('a copy from a real MLflow server that says complete is never one of an experiment whose traces lie in Unity Catalog', async () => {
    const address = mlflowUri();
    experimentId = await ensureExperiment(address, `bound-${randomUUID()}`);
    const tag = { key: 'mlflow.experiment.databricksTraceDestinationPath', value: 'main.traces.bot' };
    await mlflowRequest(address, 'POST', '/api/2.0/mlflow/experiments/set-experiment-tag', {
      ...tag,
      experiment_id: experimentId,
    });
    const source = createMlflowSource({ address, auth: { kind: 'none' }, log: silentLog });
    await expect(copyableExperiment(source, experimentId)).rejects.toMatchObject({ code: 'ExperimentInUnityCatalog' });
    await source.close();
    for (const type of ['backfillTraces', 'syncTraces']) {
      await expect(pipeline.run(type, { experiment: experimentId })).rejects.toMatchObject({
        cause: { type: 'ExperimentInUnityCatalog' },
      });
    }
    expect(
      await pipeline.value(`SELECT count(*)::INT FROM tracelift_windows WHERE experiment_id = '${experimentId}'`),
    ).toBe(0);
  });
});
