import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMlflowSource } from '../../../src/sources/mlflow/mlflow-source.js';
import type { TraceInfo } from '../../../src/trace/trace.js';
import { silentLog } from '../../../src/log.js';
import type { TraceSource } from '../../../src/sources/trace-source.js';
import { testTraceSource } from '../../contract/trace-source.js';
import { describeWith, mlflowUri } from '../../servers/require.js';
import {
  addAssessment,
  defaultSeedStartMs,
  deleteAssessment,
  deleteExperiment,
  deleteTraces,
  ensureExperiment,
  exportSpans,
  makeSeedTrace,
  seedAssessments,
  seedTraces,
  setTag,
  startTrace,
  updateAssessment,
} from '../../servers/seed.js';

const unique = (name: string): string => `${name} ${process.pid}-${Date.now()}`;
const connect = (): TraceSource => createMlflowSource({ address: mlflowUri(), auth: { kind: 'none' }, log: silentLog });

describeWith(['mlflow'], 'a real MLflow server as a trace source', () => {
  testTraceSource(async () => {
    const experimentName = unique('contract');
    const common = { address: mlflowUri(), experimentName, spansPerTrace: 3, textBytes: 500 };
    const spread = await seedTraces({ ...common, numTraces: 9 });
    // Several traces in one millisecond: their order is that of their ids.
    const crowdMs = defaultSeedStartMs + 3_600_000;
    const crowd = await seedTraces({ ...common, numTraces: 5, seed: 2, startTimeMs: crowdMs, spacingMs: 0 });
    const traces = [
      ...spread.traceIds.map((traceId, index) => ({ traceId, startTimeMs: defaultSeedStartMs + index * 1000 })),
      ...crowd.traceIds.toSorted().map((traceId) => ({ traceId, startTimeMs: crowdMs })),
    ].map((trace) => ({ ...trace, numSpans: 3 }));
    const { experimentId } = spread;
    return { source: connect(), experimentId, experimentName, traces, unknownExperimentId: '987654321' };
  });
});

describeWith(['mlflow'], 'traces of a real MLflow server', () => {
  let source: TraceSource;
  let experimentId: string;

  beforeAll(async () => {
    source = connect();
    experimentId = await ensureExperiment(mlflowUri(), unique('details'));
  });
  afterAll(() => source.close());

  const infoOf = async (traceId: string): Promise<TraceInfo> =>
    (await source.getInfos(experimentId, [traceId])).infos[0]!;

  it('traces of a real MLflow server come with the full texts, types, usage, documents and exceptions of their spans', async () => {
    const trace = makeSeedTrace(experimentId, 7, 19, defaultSeedStartMs, { textBytes: 8_000 });
    await exportSpans(mlflowUri(), experimentId, [trace]);
    const info = await infoOf(trace.traceId);
    expect(info).toMatchObject({
      state: 'ERROR',
      executionTimeMs: trace.executionTimeMs,
      startTimeMs: trace.startTimeMs,
    });
    expect(info.metadata).toMatchObject({
      'mlflow.trace.session': trace.sessionId,
      'mlflow.trace.user': trace.userId,
      'mlflow.trace.tokenUsage': JSON.stringify(trace.usage).replaceAll(':', ': ').replaceAll(',', ', '),
    });
    const [reading] = (await source.readSpans([info])).readings;
    const spanById = new Map(reading!.spans.map((span) => [span.spanId, span]));
    expect(spanById.size).toBe(trace.spans.length);
    for (const seeded of trace.spans) {
      const span = spanById.get(seeded.spanId)!;
      expect(span).toMatchObject({
        parentSpanId: seeded.parentSpanId,
        name: seeded.name,
        startTimeNs: seeded.startTimeNs,
        endTimeNs: seeded.endTimeNs,
        status: seeded.isError ? 'ERROR' : 'OK',
      });
      expect(span.attributes).toMatchObject(seeded.attributes);
      expect(span.events.map((event) => event.attributes['exception.type'])).toStrictEqual(
        seeded.exception === undefined ? [] : [seeded.exception.type],
      );
    }
  });

  it('traces of a real MLflow server show assessments of every JSON type, their changes, and their deletion', async () => {
    const trace = makeSeedTrace(experimentId, 9, 0, defaultSeedStartMs);
    await exportSpans(mlflowUri(), experimentId, [trace]);
    const { traceId } = trace;
    const source_ = { source_type: 'CODE', source_id: 'check.py' };
    const values = [true, false, 3, 0.25, 'yes', '', [1, 'a', null], { a: { b: [true] } }];
    const ids: string[] = [];
    for (const value of values) {
      ids.push(
        await addAssessment(mlflowUri(), traceId, { assessment_name: 'any', source: source_, feedback: { value } }),
      );
    }
    const shown = new Map((await infoOf(traceId)).assessments.map((one) => [one.assessmentId, one.value]));
    expect(ids.map((id) => shown.get(id))).toStrictEqual(values);

    await updateAssessment(mlflowUri(), traceId, ids[2]!, { feedback: { value: 4 } });
    await deleteAssessment(mlflowUri(), traceId, ids[3]!);
    const later = new Map((await infoOf(traceId)).assessments.map((one) => [one.assessmentId, one]));
    expect(later.get(ids[2]!)).toMatchObject({ value: 4 });
    expect(later.get(ids[2]!)!.lastUpdateTimeMs).toBeGreaterThanOrEqual(later.get(ids[2]!)!.createTimeMs!);
    expect(later.has(ids[3]!)).toBe(false);
  });

  it('traces of a real MLflow server show what a seeded trace was given: client id, tags, judge, human and failed assessments', async () => {
    const seeded = await seedTraces({
      address: mlflowUri(),
      experimentName: unique('with assessments'),
      numTraces: 1,
      seed: 11,
      withAssessments: true,
    });
    const trace = seeded.traceAt(0);
    const page = await source.getInfos(seeded.experimentId, [trace.traceId]);
    const [info] = page.infos;
    expect(info).toMatchObject({ clientRequestId: 'order-0', tags: { team: 'search' }, state: 'OK' });
    expect(info!.assessments.map((one) => one.name).toSorted()).toStrictEqual(
      seedAssessments(trace)
        .map((one) => one['assessment_name'] as string)
        .toSorted(),
    );
    expect(info!.assessments.find((one) => one.name === 'safety')).toMatchObject({
      value: null,
      errorCode: 'RATE_LIMITED',
    });
    expect((await source.readSpans(page.infos)).readings[0]).toMatchObject({ spanState: 'complete' });
  });

  it('traces whose spans were never stored are landed as missing, without spoiling their batch', async () => {
    const whole = makeSeedTrace(experimentId, 21, 0, defaultSeedStartMs);
    await exportSpans(mlflowUri(), experimentId, [whole]);
    const bare = { trace_id: 'tr-00000000000000000000000000abcdef', request_time: '2026-01-01T00:00:00Z' };
    const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } };
    await startTrace(mlflowUri(), { ...bare, trace_location: location, state: 'OK' });
    // As if the info claimed a place that the server does not know: batchGet fails on the whole batch then.
    await startTrace(mlflowUri(), {
      ...bare,
      trace_id: 'tr-00000000000000000000000000abcdee',
      trace_location: location,
      state: 'IN_PROGRESS',
      tags: { 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
    });
    const { infos } = await source.getInfos(experimentId, [
      whole.traceId,
      bare.trace_id,
      'tr-00000000000000000000000000abcdee',
    ]);
    expect(infos).toHaveLength(3);
    const { readings, unreadable } = await source.readSpans(infos);
    expect(unreadable).toStrictEqual([]);
    expect(new Map(readings.map((reading) => [reading.traceId, reading.spanState]))).toStrictEqual(
      new Map([
        [whole.traceId, 'complete'],
        [bare.trace_id, 'missing'],
        ['tr-00000000000000000000000000abcdee', 'missing'],
      ]),
    );
  });

  it('traces of a real MLflow server are partial until their root has come, and move when it does', async () => {
    const trace = makeSeedTrace(experimentId, 31, 0, defaultSeedStartMs + 60_000);
    const [root, ...children] = trace.spans;
    await exportSpans(mlflowUri(), experimentId, [{ traceId: trace.traceId, spans: children }]);
    const early = await infoOf(trace.traceId);
    expect(early.state).toBe('IN_PROGRESS');
    expect((await source.readSpans([early])).readings[0]).toMatchObject({ spanState: 'partial' });
    await exportSpans(mlflowUri(), experimentId, [{ traceId: trace.traceId, spans: [root!] }]);
    const late = await infoOf(trace.traceId);
    expect(late.state).toBe('OK');
    expect((await source.readSpans([late])).readings[0]).toMatchObject({ spanState: 'complete' });
  });

  it('traces of a real MLflow server follow changes of tags, and disappear when deleted', async () => {
    const trace = makeSeedTrace(experimentId, 41, 0, defaultSeedStartMs);
    await exportSpans(mlflowUri(), experimentId, [trace]);
    await setTag(mlflowUri(), trace.traceId, 'reviewed', 'größe "yes"');
    expect((await infoOf(trace.traceId)).tags['reviewed']).toBe('größe "yes"');
    const [info] = (await source.getInfos(experimentId, [trace.traceId])).infos;
    await deleteTraces(mlflowUri(), experimentId, [trace.traceId]);
    expect((await source.getInfos(experimentId, [trace.traceId])).infos).toStrictEqual([]);
    expect((await source.readSpans([info!])).readings).toMatchObject([{ spanState: 'missing', spans: [] }]);
  });

  it('traces with NaN, control characters and integers beyond 2^53 in their spans arrive as they are', async () => {
    const trace = makeSeedTrace(experimentId, 51, 0, defaultSeedStartMs, { spansPerTrace: 1 });
    const [root] = trace.spans;
    const inputs = {
      nan: NaN,
      infinite: -Infinity,
      word: 'NaN',
      big: 9_223_372_036_854_775_807n,
      text: 'a\u0000b',
      list: [null, {}],
    };
    const attributes = { ...root!.attributes, 'mlflow.spanInputs': inputs };
    await exportSpans(mlflowUri(), experimentId, [{ traceId: trace.traceId, spans: [{ ...root!, attributes }] }]);
    const { readings } = await source.readSpans([await infoOf(trace.traceId)]);
    expect(readings[0]!.spans[0]!.attributes['mlflow.spanInputs']).toStrictEqual(inputs);
  });

  it('a deleted experiment of a real MLflow server says that it is deleted', async () => {
    const deletedId = await ensureExperiment(mlflowUri(), unique('deleted'));
    await deleteExperiment(mlflowUri(), deletedId);
    expect(await source.getExperiment(deletedId)).toMatchObject({ lifecycleStage: 'deleted' });
  });

  it('traces of a real MLflow server are refused in plain words when the server is called by a name that it does not allow', async () => {
    const misnamed = createMlflowSource({
      address: mlflowUri(),
      auth: { kind: 'provider', headers: () => Promise.resolve({ Host: 'mlflow.example.com' }) },
      log: silentLog,
    });
    await expect(misnamed.describe()).rejects.toMatchObject({ code: 'SourceHostRefused' });
    await misnamed.close();
  });

  it('traces of a real MLflow server are refused in plain words when a workspace is asked for that the server does not have', async () => {
    const options = { address: mlflowUri(), auth: { kind: 'none' }, workspace: 'team-a', log: silentLog } as const;
    const misplaced = createMlflowSource(options);
    await expect(misplaced.describe()).rejects.toMatchObject({
      code: 'SourceFeatureDisabled',
      parameters: { workspace: 'team-a' },
    });
    await misplaced.close();
  });
});
