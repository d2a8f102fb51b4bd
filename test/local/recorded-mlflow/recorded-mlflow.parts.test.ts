import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMlflowSource } from '../../../src/sources/mlflow/mlflow-source.js';
import { moveTo, weekStartMs } from '../../../src/local/recorded-mlflow/moved-times.js';
import { type RunningStandIn, startRecordedMlflow } from '../../../src/local/recorded-mlflow/recorded-mlflow.js';
import { startSyntheticMlflow } from '../../fakes/synthetic-mlflow/synthetic-mlflow.js';
import { createRecordedStore, demoRecording } from '../../../src/local/recorded-mlflow/recorded-store.js';
import { silentLog } from '../../../src/log.js';
import type { TraceSource } from '../../../src/sources/trace-source.js';
import { testTraceSource } from '../../contract/trace-source.js';
import { addAssessment, mlflowRequest } from '../../servers/mlflow-api.js';

const connect = (server: RunningStandIn): TraceSource =>
  createMlflowSource({ address: server.address, auth: { kind: 'none' }, log: silentLog });
const newestMs = Date.UTC(2026, 0, 31);

describe('the recorded MLflow as a trace source', () => {
  testTraceSource(async () => {
    const server = await startRecordedMlflow({ newestMs });
    const store = createRecordedStore(moveTo(demoRecording(), newestMs));
    const [experiment] = store.experiments;
    const { experimentId, name } = experiment!;
    const traces = Array.from({ length: store.numTraces(experimentId) }, (_, position) => {
      const { traceId, startMs, spansJson } = demoTrace(store.traceAt(experimentId, position));
      return { traceId, startTimeMs: startMs, numSpans: (JSON.parse(spansJson) as unknown[]).length };
    });
    const common = { experimentId, experimentName: name, unknownExperimentId: '987654321' };
    return { source: connect(server), ...common, traces, dispose: () => server.close() };
  });
});

function demoTrace(trace: { traceId: string; startMs: number; spansJson(): string }): {
  traceId: string;
  startMs: number;
  spansJson: string;
} {
  return { traceId: trace.traceId, startMs: trace.startMs, spansJson: trace.spansJson() };
}

describe('the synthetic MLflow as a trace source', () => {
  testTraceSource(async () => {
    const server = await startSyntheticMlflow({ numTraces: 20, spansPerTrace: 3, bytesPerTrace: 5_000, spacingMs: 7 });
    const source = connect(server);
    const { experimentId, experimentName } = server;
    const everything = { experimentId, fromMs: 0, toMs: Date.UTC(2100, 0, 1), maxResults: 500 };
    const { infos } = await source.searchPage(everything);
    const traces = infos.map(({ traceId, startTimeMs }) => ({ traceId, startTimeMs, numSpans: 3 }));
    const common = { experimentId, experimentName, unknownExperimentId: '987654321' };
    return { source, ...common, traces, dispose: () => server.close() };
  });
});

describe('the recorded MLflow', () => {
  it('the recorded MLflow has the demo data: judges, sessions, tokens and cost', async () => {
    const server = await startRecordedMlflow();
    const source = connect(server);
    const { experimentId } = await source.getExperiment('MLflow Demo');
    const { infos } = await source.searchPage({ experimentId, fromMs: 0, toMs: Date.now(), maxResults: 500 });
    expect(infos).toHaveLength(42);
    const names = infos.flatMap((info) => info.assessments.map((assessment) => assessment.name));
    expect(new Set(names)).toStrictEqual(new Set(['correctness', 'relevance', 'groundedness', 'safety']));
    expect(infos.some((info) => info.metadata['mlflow.trace.session'] !== undefined)).toBe(true);
    const { readings } = await source.readSpans(infos);
    const attributes = readings.flatMap((reading) => reading.spans.map((span) => span.attributes));
    expect(attributes.some((one) => one['mlflow.chat.tokenUsage'] !== undefined)).toBe(true);
    expect(attributes.some((one) => one['mlflow.llm.cost'] !== undefined)).toBe(true);
    await source.close();
    await server.close();
  });

  it('the recorded MLflow names no machine, person or path of where it was recorded', () => {
    expect(JSON.stringify(demoRecording())).not.toMatch(/\/(root|home|tmp|Users|work)\/|site-packages/);
  });

  it('the recorded MLflow says that it has its demo data already, and answers for health', async () => {
    const server = await startRecordedMlflow();
    const made = await mlflowRequest(server.address, 'POST', '/ajax-api/3.0/mlflow/demo/generate', { features: [] });
    expect(made).toMatchObject({ status: 'exists', experiment_id: '1' });
    expect(await mlflowRequest(server.address, 'GET', '/health')).toBe('OK');
    await server.close();
  });

  it('the recorded MLflow shows an assessment that is added later', async () => {
    const server = await startRecordedMlflow();
    const source = connect(server);
    const { infos } = await source.searchPage({ experimentId: '1', fromMs: 0, toMs: Date.now(), maxResults: 1 });
    const { traceId, assessments } = infos[0]!;
    const assessmentId = await addAssessment(server.address, traceId, {
      assessment_name: 'late',
      feedback: { value: 0.5 },
    });
    const later = (await source.getInfos('1', [traceId])).infos[0]!;
    expect(later.assessments).toHaveLength(assessments.length + 1);
    expect(later.assessments.at(-1)).toMatchObject({ assessmentId, name: 'late', value: 0.5, valid: true });
    await source.close();
    await server.close();
  });

  it('the recorded MLflow refuses what it does not serve as the real server refuses nonsense', async () => {
    const server = await startRecordedMlflow();
    const search = (body: Record<string, string | number | string[]>): Promise<unknown> =>
      mlflowRequest(server.address, 'POST', '/api/3.0/mlflow/traces/search', {
        locations: [{ mlflow_experiment: { experiment_id: '1' } }],
        ...body,
      });
    for (const body of [
      { filter: "name = 'x'" },
      { max_results: 501 },
      { order_by: ['status ASC'] },
      { page_token: 'x' },
    ]) {
      await expect(search(body)).rejects.toMatchObject({ status: 400 });
    }
    await expect(mlflowRequest(server.address, 'GET', '/api/9.9/nothing')).rejects.toMatchObject({ status: 404 });
    await server.close();
  });
});

describe('moving a recording in time', () => {
  it('moving a recording in time keeps order, distances and hours of the day, and ends before the asked time', () => {
    const recording = demoRecording();
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }), (askedMs) => {
        const { traces } = moveTo(recording, askedMs);
        const shiftMs = traces[0]!.startMs - recording.traces[0]!.startMs;
        expect(Math.abs(shiftMs % 86_400_000)).toBe(0);
        expect(traces.map((trace) => trace.startMs - shiftMs)).toStrictEqual(
          recording.traces.map((trace) => trace.startMs),
        );
        const newest = Math.max(...traces.map((trace) => trace.startMs));
        expect(askedMs - newest).toBeGreaterThanOrEqual(0);
        expect(askedMs - newest).toBeLessThan(86_400_000);
        expect(traces[0]!.infoJson).toContain(new Date(traces[0]!.startMs).toISOString());
        expect(traces[0]!.spansJson).toContain(`"start_time_unix_nano":${traces[0]!.startMs}`);
      }),
      { numRuns: 20 },
    );
  });

  it('moving a recording in time takes the Monday of the week, for a whole week', () => {
    const mondayMs = Date.UTC(2026, 0, 5);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 * 86_400_000 - 1 }), (intoWeekMs) => {
        expect(weekStartMs(mondayMs + intoWeekMs)).toBe(mondayMs);
      }),
    );
  });
});

describe('the synthetic MLflow', () => {
  it('the synthetic MLflow has as many traces as asked, each of about the asked size, with times beyond 2^53 and texts that differ', async () => {
    const server = await startSyntheticMlflow({
      numTraces: 1_000,
      spansPerTrace: 5,
      bytesPerTrace: 16_000,
      numTemplates: 4,
    });
    const source = connect(server);
    const range = { experimentId: server.experimentId, fromMs: 0, toMs: Date.UTC(2100, 0, 1) };
    expect(await source.countTraces(range.experimentId, range.fromMs, range.toMs)).toBe(1_000);
    const { infos } = await source.searchPage({ ...range, maxResults: 20 });
    const { readings } = await source.readSpans(infos);
    const inputs = readings.map((reading) => reading.spans[0]!.attributes['mlflow.spanInputs']);
    expect(new Set(inputs.map((one) => JSON.stringify(one))).size).toBe(20);
    for (const { spans, traceId } of readings) {
      const info = infos.find((one) => one.traceId === traceId)!;
      expect(spans[0]!.startTimeNs).toBe(BigInt(info.startTimeMs) * 1_000_000n + 123n);
      expect(spans[0]!.endTimeNs! - spans[0]!.startTimeNs).toBe(BigInt(info.executionTimeMs!) * 1_000_000n);
    }
    const answer = await fetch(`${server.address}/api/3.0/mlflow/traces/get?trace_id=${infos[0]!.traceId}`);
    const numBytes = Buffer.byteLength(await answer.text());
    expect(numBytes).toBeGreaterThan(12_000);
    expect(numBytes).toBeLessThan(22_000);
    await source.close();
    await server.close();
  });
});
