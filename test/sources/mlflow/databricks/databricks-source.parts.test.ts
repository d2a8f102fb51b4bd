import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokenSource } from '../../../../src/targets/databricks/token-source.js';
import { createMlflowSource } from '../../../../src/sources/mlflow/mlflow-source.js';
import type { MlflowSourceOptions } from '../../../../src/sources/mlflow/source-options.js';
import type { TraceInfo } from '../../../../src/trace/trace.js';
import { createSyntheticStore, syntheticExperiment } from '../../../fakes/synthetic-mlflow/store.js';
import { serveStore } from '../../../../src/local/recorded-mlflow/server.js';
import type { Log } from '../../../../src/log.js';
import type { TraceSource } from '../../../../src/sources/trace-source.js';
import { testTraceSource } from '../../../contract/trace-source.js';
import { apiError } from '../../../fakes/databricks/http.js';
import { startFakeWorkspace, type StartedWorkspace } from '../../../fakes/databricks/start.js';

const { experimentId, name: experimentName } = syntheticExperiment;
const shape = { numTraces: 20, spansPerTrace: 3, bytesPerTrace: 5_000, spacingMs: 7 };
const everything = { experimentId, fromMs: 0, toMs: Date.UTC(2100, 0, 1), maxResults: 500 };

/** Everything that the adapter logs, as text. */
let logged = '';
const write = (message: string, facts?: object): void => {
  logged += `${message} ${JSON.stringify(facts)}\n`;
};
const log: Log = { debug: write, info: write, warn: write, error: write };

function connect(
  started: StartedWorkspace,
  credentials: 'token' | 'oauth' = 'token',
  more: Partial<MlflowSourceOptions> = {},
): TraceSource {
  const { workspace } = started;
  return createMlflowSource({
    address: workspace.url,
    auth: { kind: 'tokens', tokens: createTokenSource(started.options(credentials)) },
    databricks: { maxSearchesPerSecond: 1000, maxDownloadsPerSecond: 1000 },
    tls: { caPem: workspace.caPem },
    retry: { firstDelayMs: 1, maxDelayMs: 1 },
    log,
    ...more,
  });
}

describe('MLflow on Databricks as a trace source', () => {
  testTraceSource(async () => {
    const started = await startFakeWorkspace();
    const store = createSyntheticStore(shape);
    started.workspace.mlflow.store = store;
    const traces = Array.from({ length: shape.numTraces }, (_, position) => {
      const { traceId, startMs } = store.traceAt(experimentId, position);
      return { traceId, startTimeMs: startMs, numSpans: 3 };
    });
    const common = { experimentId, experimentName, traces, unknownExperimentId: '987654321' };
    return { source: connect(started), ...common, dispose: () => started.stop() };
  });
});

describe('MLflow on Databricks', () => {
  let started: StartedWorkspace;
  let source: TraceSource;

  beforeEach(async () => {
    logged = '';
    started = await startFakeWorkspace();
    started.workspace.mlflow.store = createSyntheticStore(shape);
    source = connect(started);
  });
  afterEach(async () => {
    await source.close();
    await started.stop();
  });

  const reconnect = async (...how: [('token' | 'oauth')?, Partial<MlflowSourceOptions>?]): Promise<void> => {
    const before = source;
    source = connect(started, ...how);
    await before.close();
  };
  const infos = async (): Promise<readonly TraceInfo[]> => (await source.searchPage(everything)).infos;

  it('MLflow on Databricks gives the same traces and spans as a server of one’s own', async () => {
    const server = await serveStore(createSyntheticStore(shape));
    const own = createMlflowSource({ address: server.address, auth: { kind: 'none' }, log });
    try {
      const [mine, theirs] = [await own.searchPage(everything), await source.searchPage(everything)];
      expect(theirs.infos).toStrictEqual(mine.infos);
      const byId = (one: { traceId: string }, other: { traceId: string }): number =>
        one.traceId < other.traceId ? -1 : 1;
      const expected = (await own.readSpans(mine.infos)).readings.toSorted(byId);
      expect((await source.readSpans(theirs.infos)).readings.toSorted(byId)).toStrictEqual(expected);
    } finally {
      await own.close();
      await server.close();
    }
  });

  it('MLflow on Databricks is read without a token at the store of its signed links, byte by byte as they were signed', async () => {
    await source.readSpans(await infos());
    expect(started.workspace.traceDownloads.numWronglyAsked).toBe(0);
    const signed = started.workspace.requests.filter((line) => line.startsWith('GET /signed/'));
    expect(signed).toHaveLength(shape.numTraces);
    for (const line of signed) {
      expect(line).toMatch(/\?X-Amz-Signature=a%2Fb%2Bc%3D&se=2026-11-24T12%3A00%3A00Z&sp=r$/);
    }
  });

  it('MLflow on Databricks never shows a signature in a log or an error', async () => {
    const some = await infos();
    started.workspace.fail({ on: /^GET \/signed/, times: 1000, answer: { status: 503, body: Buffer.from('busy') } });
    const error = await source.readSpans(some.slice(0, 1)).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'SourceServerError' });
    expect(logged).toContain('/signed/');
    expect(`${logged}${String(error)}${JSON.stringify(error)}`).not.toContain('Signature');
  });

  it('MLflow on Databricks gets a new link once when one has run out, and is an error when that is refused as well', async () => {
    const [info] = await infos();
    started.workspace.traceDownloads.expiredLinks = 1;
    expect((await source.readSpans([info!])).readings).toMatchObject([{ spanState: 'complete' }]);
    started.workspace.traceDownloads.expiredLinks = 2;
    await expect(source.readSpans([info!])).rejects.toMatchObject({ code: 'SourceForbidden' });
  });

  it('MLflow on Databricks keeps a damaged file and one beyond the limit as what cannot be read, beside the others', async () => {
    await reconnect('token', { maxResponseBytes: 100_000 });
    const [damaged, large, sound] = await infos();
    started.workspace.traceDownloads.documents.set(damaged!.traceId, '{"spans":[{"tru');
    started.workspace.traceDownloads.documents.set(large!.traceId, `{"spans":"${'x'.repeat(200_000)}"}`);
    const { readings, unreadable } = await source.readSpans([damaged!, large!, sound!]);
    expect(readings.map(({ traceId }) => traceId)).toStrictEqual([sound!.traceId]);
    expect(unreadable).toMatchObject([
      { traceId: damaged!.traceId, errorCode: 'SpansUnreadable' },
      { traceId: large!.traceId, errorCode: 'SpansUnreadable' },
    ]);
  });

  it('MLflow on Databricks goes on with a new token when the old one ends in between, for however many requests', async () => {
    await reconnect('oauth');
    const before = await infos();
    const { tokens } = started.workspace;
    expect(tokens.numIssued).toBe(1);
    tokens.expireAll();
    const { readings } = await source.readSpans(before);
    expect(readings).toHaveLength(shape.numTraces);
    expect(tokens.numIssued).toBe(2);
  });

  it('MLflow on Databricks renews a token before it ends', async () => {
    let nowMs = 1_800_000_000_000;
    const tokens = createTokenSource(started.options('oauth'), () => nowMs);
    await reconnect('oauth', { auth: { kind: 'tokens', tokens } });
    await infos();
    nowMs += 54 * 60_000;
    await infos();
    expect(started.workspace.tokens.numIssued).toBe(1);
    nowMs += 2 * 60_000;
    await infos();
    expect(started.workspace.tokens.numIssued).toBe(2);
  });

  it('MLflow on Databricks says which credentials to check when the token is refused, and asks once only', async () => {
    const options = { ...started.options(), credentials: { kind: 'token', token: 'dapi-wrong' } as const };
    await reconnect('token', { auth: { kind: 'tokens', tokens: createTokenSource(options) } });
    await expect(source.listExperiments()).rejects.toMatchObject({
      code: 'SourceTokenRefused',
      message: expect.stringContaining('DATABRICKS_TOKEN') as string,
    });
    expect(started.workspace.requests).toHaveLength(1);
  });

  it('MLflow on Databricks tells a missing right from a wrong token', async () => {
    const answer = apiError(403, 'PERMISSION_DENIED', 'User does not have permission to view the experiment.');
    started.workspace.fail({ on: /traces\/search/, answer });
    await expect(source.searchPage(everything)).rejects.toMatchObject({ code: 'SourceForbidden' });
  });

  it('MLflow on Databricks waits as long as the workspace asks when its quota is used up all the same', async () => {
    const answer = { ...apiError(429, 'REQUEST_LIMIT_EXCEEDED', 'slow down'), headers: { 'Retry-After': '0' } };
    started.workspace.fail({ on: /traces\/search/, times: 2, answer });
    expect(await infos()).toHaveLength(shape.numTraces);
  });

  it('MLflow on Databricks names the workspace, the route and what it cannot count', async () => {
    expect(await source.describe()).toMatchObject({
      address: started.workspace.url,
      sourceId: expect.stringMatching(/^localhost:\d+$/) as string,
      spanRoutes: ['credentials-for-data-download'],
      hasTraceCounts: false,
    });
  });
});
