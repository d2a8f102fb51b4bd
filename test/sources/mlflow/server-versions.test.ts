import { afterEach, describe, expect, it } from 'vitest';
import type { TraceSource } from '../../../src/sources/trace-source.js';
import type { ScriptedServer } from '../../http/scripted-server.js';
import { connectTo, type ScriptedTraits, startScriptedMlflow } from './scripted-mlflow.js';

const traceIds = ['tr-a', 'tr-b', 'tr-c', 'tr-d', 'tr-e'];
const all = { experimentId: '1', fromMs: 0, toMs: Date.UTC(2027, 0, 1) };

let server: ScriptedServer;
let source: TraceSource;

async function serve(traits: ScriptedTraits): Promise<void> {
  server = await startScriptedMlflow(traceIds, traits);
  source = connectTo(server.address);
}

afterEach(async () => {
  await source.close();
  await server.close();
});

/** What each MLflow lacks. */
const versions: [string, ScriptedTraits, string[]][] = [
  ['2.22.0', { hasV3Search: false }, ['get-trace-artifact']],
  ['3.2.0', { hasBatchGet: false, hasTraceGet: false, hasMetrics: false }, ['get-trace-artifact']],
  ['3.6.0', { hasTraceGet: false, hasMetrics: false }, ['traces/batchGet', 'get-trace-artifact']],
  ['3.17.2', {}, ['traces/batchGet', 'traces/get', 'get-trace-artifact']],
];

describe.each(versions)('MLflow %s', (version, traits, spanRoutes) => {
  it('MLflow is read page by page, by id and with spans, by what it has', async () => {
    await serve({ ...traits, version });
    expect(await source.describe()).toMatchObject({
      version,
      searchApi: version.startsWith('2') ? 'v2' : 'v3',
      spanRoutes,
      hasTraceCounts: version === '3.17.2',
    });
    const first = await source.searchPage({ ...all, maxResults: 3 });
    const second = await source.searchPage({ ...all, maxResults: 3, pageToken: first.nextPageToken! });
    const infos = [...first.infos, ...second.infos];
    expect(infos.map((info) => info.traceId)).toStrictEqual(traceIds);
    expect(infos[1]).toMatchObject({
      experimentId: '1',
      startTimeMs: Date.UTC(2026, 0, 1, 0, 0, 1),
      executionTimeMs: 1000,
    });
    expect(second.nextPageToken).toBeUndefined();

    const found = await source.getInfos('1', ['tr-d', 'tr-nowhere', 'tr-b']);
    expect(found.infos.map((info) => info.traceId).toSorted()).toStrictEqual(['tr-b', 'tr-d']);

    expect((await source.getInfos('2', ['tr-b'])).infos).toStrictEqual([]);

    const { readings, unreadable } = await source.readSpans(infos);
    expect(unreadable).toStrictEqual([]);
    expect(readings.map((reading) => reading.traceId).toSorted()).toStrictEqual(traceIds);
    expect(readings.every((reading) => reading.spanState === 'complete')).toBe(true);
    expect(readings[0]!.spans[0]!.attributes).toStrictEqual({ 'mlflow.spanType': 'CHAIN' });
  });

  it('MLflow is asked only once what it can do, also by several callers at one time', async () => {
    await serve({ ...traits, version });
    await Promise.all([source.describe(), source.describe(), source.earliestTraceMs('1')]);
    await source.describe();
    expect(server.requests.filter((request) => request.path === '/version')).toHaveLength(1);
  });
});

describe('a page that is full and the last one', () => {
  it('a page that is full and the last one is followed by an empty page without a token', async () => {
    await serve({});
    const page = await source.searchPage({ ...all, maxResults: 5 });
    expect(page.infos).toHaveLength(5);
    const last = await source.searchPage({ ...all, maxResults: 5, pageToken: page.nextPageToken! });
    expect(last).toMatchObject({ infos: [], unreadable: [] });
    expect(last.nextPageToken).toBeUndefined();
  });
});

describe('a failed first contact', () => {
  it('a failed first contact is not remembered: the next call asks again', async () => {
    let isDown = true;
    await serve({ override: () => (isDown ? { status: 503 } : undefined) });
    await expect(source.describe()).rejects.toMatchObject({ code: 'SourceServerError' });
    isDown = false;
    expect(await source.describe()).toMatchObject({ version: '3.17.2' });
  });
});

describe('a server under stress', () => {
  it('a server under stress is asked again when it lists nothing, so that a stray empty answer ends no listing', async () => {
    let numSearches = 0;
    await serve({
      override: ({ path }) => {
        if (!path.startsWith('/api/3.0/mlflow/traces/search')) return undefined;
        numSearches += 1;
        return numSearches === 2 ? { status: 200, body: {} } : undefined;
      },
    });
    await source.describe();
    expect((await source.searchPage({ ...all, maxResults: 9 })).infos).toHaveLength(traceIds.length);
    expect(numSearches).toBe(3);
  });

  it('a server under stress is asked later what it can do, instead of being taken for an older one', async () => {
    let isBusy = true;
    await serve({
      override: ({ path }) => (isBusy && path.includes('batchGet') ? { status: 503, body: '' } : undefined),
    });
    await expect(source.describe()).rejects.toMatchObject({ code: 'SourceServerError' });
    isBusy = false;
    expect((await source.describe()).spanRoutes).toContain('traces/batchGet');
  });
});
