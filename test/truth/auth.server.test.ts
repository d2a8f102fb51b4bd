import { afterAll, beforeAll, expect, it } from 'vitest';

import { createMlflowSource } from '../../src/sources/mlflow/mlflow-source.js';
import type { TraceSource } from '../../src/sources/trace-source.js';
import { silentLog } from '../../src/log.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { openPipeline } from '../e2e/local-pipeline.js';
import { basicAuth, startAuthMlflow } from '../servers/auth-mlflow.js';
import type { Account, AuthMlflow } from '../servers/auth-mlflow.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { defaultSeedStartMs, exportSpans, makeSeedTrace, mlflowRequest } from '../servers/seed.js';

const numTraces = 6;

describeWith(['mlflow', 'temporal'], 'a user of MLflow with the right to read one experiment', () => {
  let server: AuthMlflow;
  let reader: Account;
  let granted: string;
  let withheld: string;
  const traceIds: string[] = [];

  beforeAll(async () => {
    const started = await startAuthMlflow();
    if (typeof started === 'string') throw new Error(`MLflow with its user management is not at hand: ${started}`);
    server = started;
    const admin = basicAuth(server.admin);
    const experiment = async (name: string): Promise<string> => {
      const made = await mlflowRequest(server.uri, 'POST', '/api/2.0/mlflow/experiments/create', { name }, admin);
      return (made as { experiment_id: string }).experiment_id;
    };
    withheld = await experiment('withheld');
    granted = await experiment('granted');
    for (const experimentId of [withheld, granted]) {
      const traces = Array.from({ length: numTraces }, (_, index) =>
        makeSeedTrace(experimentId, 1, index, defaultSeedStartMs + index * 1000, { textBytes: 500 }),
      );
      await exportSpans(server.uri, experimentId, traces, admin);
      if (experimentId === granted) traceIds.push(...traces.map(({ traceId }) => traceId));
    }
    reader = await server.addUser('reader');
    await server.grant(reader, granted, 'READ');
  }, 600_000);

  afterAll(() => server.stop());

  const connect = (): TraceSource =>
    createMlflowSource({ address: server.uri, auth: { kind: 'basic', ...reader }, log: silentLog });

  it('a user of MLflow with the right to read one experiment copies all of it, by the fast routes', async () => {
    const pipeline = await openPipeline({
      mlflow: server.uri,
      temporal: temporalAddress(),
      env: { MLFLOW_TRACKING_USERNAME: reader.username, MLFLOW_TRACKING_PASSWORD: reader.password },
    });
    try {
      const { totals } = await pipeline.run<RunResult>('backfillTraces', { experiment: 'granted' });
      expect(totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0, deadLettered: 0 });
      expect(await pipeline.value("SELECT count(*)::BIGINT FROM genai_raw_traces WHERE span_state = 'complete'")).toBe(
        numTraces,
      );
    } finally {
      await pipeline.close();
    }
  });

  it('a user of MLflow with the right to read one experiment is told by doctor all that the server can do, not what a strange question is refused', async () => {
    const source = connect();
    expect(await source.describe()).toMatchObject({
      version: '3.17.2',
      searchApi: 'v3',
      spanRoutes: ['traces/batchGet', 'traces/get', 'get-trace-artifact'],
      hasTraceCounts: true,
    });
    await source.close();
  });

  it('a user of MLflow with the right to read one experiment counts and looks up what is there and what is not', async () => {
    const source = connect();
    const { infos } = await source.getInfos(granted, [traceIds[0]!, `tr-${'e'.repeat(32)}`]);
    expect(infos.map(({ traceId }) => traceId)).toEqual([traceIds[0]]);
    expect(await source.countTraces(granted, 0, defaultSeedStartMs + 3000)).toBe(3);
    expect(await source.earliestTraceMs(granted)).toBe(defaultSeedStartMs);
    await source.close();
  });

  it('a user of MLflow with the right to read one experiment loses no neighbour to a trace that is deleted between listing and reading', async () => {
    const source = connect();
    const page = await source.searchPage({ experimentId: granted, fromMs: 0, toMs: Date.now(), maxResults: 100 });
    const [first] = page.infos;
    const gone = { ...first!, traceId: `tr-${'d'.repeat(32)}` };
    const { readings, unreadable } = await source.readSpans([gone, ...page.infos]);
    expect(unreadable).toEqual([]);
    const states = new Map(readings.map(({ traceId, spanState }) => [traceId, spanState]));
    expect(states.get(gone.traceId)).toBe('missing');
    for (const traceId of traceIds) expect(states.get(traceId)).toBe('complete');
    await source.close();
  });

  it('a user of MLflow with the right to read one experiment is refused every other experiment in plain words, whatever it asks first', async () => {
    const source = connect();
    await expect(source.getExperiment(withheld)).rejects.toMatchObject({ code: 'SourceForbidden' });
    await expect(source.getExperiment('withheld')).rejects.toMatchObject({ code: 'SourceForbidden' });
    const page = { experimentId: withheld, fromMs: 0, toMs: Date.now(), maxResults: 10 };
    await expect(source.searchPage(page)).rejects.toMatchObject({ code: 'SourceForbidden' });
    expect(await source.countTraces(withheld, 0, Date.now())).toBeNull();
    await source.close();
  });

  it('a user of MLflow with the right to read one experiment finds out what the server can do when it gets its first right later', async () => {
    const late = await server.addUser('late');
    const source = createMlflowSource({ address: server.uri, auth: { kind: 'basic', ...late }, log: silentLog });
    expect(await source.listExperiments()).toEqual([]);
    await expect(source.earliestTraceMs(withheld)).rejects.toMatchObject({ code: 'SourceForbidden' });
    await server.grant(late, withheld, 'READ');
    expect(await source.earliestTraceMs(withheld)).toBe(defaultSeedStartMs);
    await source.close();
  });
});
