import { afterEach, describe, expect, it } from 'vitest';

import type { TraceSource } from '../../../src/sources/trace-source.js';
import type { ScriptedServer } from '../../http/scripted-server.js';
import { connectTo, startScriptedMlflow, type ScriptedTraits } from './scripted-mlflow.js';

const traceIds = ['tr-01', 'tr-02', 'tr-03'];
const window = { experimentId: '1', fromMs: 0, toMs: Date.UTC(2030, 0, 1), maxResults: 10 };
const path = '/team/mlflow';
const mlflow34 = { version: '3.4.0', hasBatchGet: false, hasTraceGet: false, hasMetrics: false };
const mlflow222 = { ...mlflow34, version: '2.22.5', hasV3Search: false };

let server: ScriptedServer;
let source: TraceSource;

async function connect(traits: ScriptedTraits, addressPath: string): Promise<void> {
  server = await startScriptedMlflow(traceIds, traits);
  source = connectTo(`${server.address}${addressPath}`);
}

afterEach(async () => {
  await source.close();
  await server.close();
});

describe('a server behind a static prefix', () => {
  it.each([
    ['of MLflow 3.12 or later, which puts it before everything', { staticPrefix: { path, isBefore312: false } }, 'v3'],
    [
      'of MLflow 3.4, which puts it before the API of its pages only',
      { ...mlflow34, staticPrefix: { path, isBefore312: true } },
      'v3',
    ],
    ['of MLflow 2.22, likewise', { ...mlflow222, staticPrefix: { path, isBefore312: true } }, 'v2'],
  ])('%s is read at the address with the prefix', async (_, traits, searchApi) => {
    await connect(traits, path);
    expect(await source.describe()).toMatchObject({ searchApi });
    const { infos } = await source.searchPage(window);
    expect(infos.map((info) => info.traceId)).toEqual(traceIds);
    expect((await source.getInfos('1', traceIds)).infos).toHaveLength(traceIds.length);
    const { readings, unreadable } = await source.readSpans(infos);
    expect(readings.map((reading) => reading.spanState)).toEqual(['complete', 'complete', 'complete']);
    expect(unreadable).toEqual([]);
    expect(server.requests.every((request) => request.path.startsWith(`${path}/`))).toBe(true);
  });

  it('a static prefix that hides the spans at the address without it is an error, never traces without spans', async () => {
    await connect({ ...mlflow34, staticPrefix: { path, isBefore312: true } }, '');
    const { infos } = await source.searchPage(window);
    await expect(source.readSpans(infos)).rejects.toMatchObject({
      code: 'SourcePathMissing',
      message: expect.stringMatching(/get-trace-artifact.*--static-prefix/) as string,
    });
  });

  it('a static prefix that is not in the address is named where nothing is found there', async () => {
    await connect({ staticPrefix: { path, isBefore312: false } }, '');
    await expect(source.getExperiment('1')).rejects.toMatchObject({ code: 'SourcePathMissing' });
  });
});

describe('an address with a path that a proxy takes off', () => {
  it('an address with a path that a proxy takes off is read under /api, as everywhere', async () => {
    const prefix = { path: '/gateway', isBefore312: false };
    await connect({ staticPrefix: prefix }, '/gateway/');
    await source.searchPage(window);
    expect(server.requests.some((request) => request.path === '/gateway/api/3.0/mlflow/traces/search')).toBe(true);
  });
});

describe('a proxy in front of an older server', () => {
  it('a proxy that knows no path of single traces does not make them disappear', async () => {
    const override: ScriptedTraits['override'] = (request) =>
      request.path.endsWith('/info') ? { status: 404, body: 'no route' } : undefined;
    await connect({ ...mlflow222, override }, '');
    await expect(source.getInfos('1', traceIds)).rejects.toMatchObject({ code: 'SourcePathMissing' });
  });
});
