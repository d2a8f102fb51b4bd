import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TraceSource } from '../../../src/sources/trace-source.js';
import type { ScriptedServer } from '../../http/scripted-server.js';
import { connectTo, htmlCrash, type ScriptedTraits, startScriptedMlflow } from './scripted-mlflow.js';

const ids = Array.from({ length: 16 }, (_, number) => `tr-${String(number).padStart(2, '0')}`);
const all = { experimentId: '1', fromMs: 0, toMs: Date.UTC(2027, 0, 1) };

async function served<T>(
  traits: ScriptedTraits,
  use: (source: TraceSource, server: ScriptedServer) => Promise<T>,
): Promise<T> {
  const server = await startScriptedMlflow(ids, traits);
  const source = connectTo(server.address, { retry: { firstDelayMs: 1 } });
  try {
    return await use(source, server);
  } finally {
    await source.close();
    await server.close();
  }
}

describe('a page that makes the server crash', () => {
  it('a page that makes the server crash gives every sound trace in order, and names exactly the bad ones, wherever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(ids), async (poisonedIds) => {
        await served({ poisonedIds }, async (source) => {
          const page = await source.searchPage({ ...all, maxResults: 16 });
          expect(page.infos.map((info) => info.traceId)).toStrictEqual(ids.filter((id) => !poisonedIds.includes(id)));
          expect(page.unreadable.map((trace) => trace.traceId).toSorted()).toStrictEqual(poisonedIds.toSorted());
          expect(page.unreadable.every((trace) => trace.startTimeMs !== null)).toBe(true);
        });
      }),
      { numRuns: 8 },
    );
  });

  it('a page that makes the server crash goes on behind the page, so that a bad row never ends a search', async () => {
    await served({ poisonedIds: ['tr-03'] }, async (source) => {
      const first = await source.searchPage({ ...all, maxResults: 10 });
      expect(first.infos).toHaveLength(9);
      const second = await source.searchPage({ ...all, maxResults: 10, pageToken: first.nextPageToken! });
      expect(second.infos.map((info) => info.traceId)).toStrictEqual(ids.slice(10));
    });
  });

  it('a page that makes the server crash finds one bad trace among many in few requests', async () => {
    await served({ poisonedIds: ['tr-11'] }, async (source, server) => {
      await source.searchPage({ ...all, maxResults: 16 });
      expect(server.requests.length).toBeLessThan(30);
    });
  });

  it('a page that makes the server crash tells the same of a lookup by id, and of the oldest trace', async () => {
    await served({ poisonedIds: ['tr-00'] }, async (source) => {
      const page = await source.getInfos('1', ['tr-00', 'tr-01']);
      expect(page.infos.map((info) => info.traceId)).toStrictEqual(['tr-01']);
      expect(page.unreadable).toMatchObject([{ traceId: 'tr-00', errorCode: 'TraceUnreadable' }]);
      expect(await source.earliestTraceMs('1')).toBe(Date.UTC(2026, 0, 1));
    });
  });
});

describe('a server that fails as a whole', () => {
  it('a server that fails as a whole is not taken for bad rows: the call fails and nothing is called unreadable', async () => {
    let isSick = false;
    const override: ScriptedTraits['override'] = ({ path }) =>
      isSick && path === '/api/3.0/mlflow/traces/search' ? htmlCrash : undefined;
    await served({ override }, async (source) => {
      await source.describe();
      isSick = true;
      const error = { code: 'SourceServerError', parameters: { status: 500 } };
      await expect(source.searchPage({ ...all, maxResults: 3 })).rejects.toMatchObject(error);
      await expect(source.getInfos('1', ['tr-00'])).rejects.toMatchObject(error);
    });
  });

  it('a server that fails as a whole is named by its own failure where the older search is gone too', async () => {
    const override: ScriptedTraits['override'] = ({ path, body }) =>
      path.endsWith('/search') && body.includes('timestamp_ms >=')
        ? htmlCrash
        : path === '/api/2.0/mlflow/traces'
          ? { status: 404 }
          : undefined;
    await served({ override }, async (source) => {
      await expect(source.searchPage({ ...all, maxResults: 3 })).rejects.toMatchObject({ code: 'SourceServerError' });
    });
  });
});

describe('spans that make the server fail', () => {
  it('spoil neither their batch nor the call: the others are read, the bad ones named', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(ids),
        fc.subarray(ids),
        fc.subarray(ids),
        async (broken, artifactIds, omittedIds) => {
          const brokenIds = broken.slice(0, 3);
          await served({ brokenIds, artifactIds, omittedIds }, async (source) => {
            const { infos } = await source.searchPage({ ...all, maxResults: 16 });
            const { readings, unreadable } = await source.readSpans(infos);
            const readable = ids.filter((id) => !brokenIds.includes(id));
            expect(readings.map((reading) => reading.traceId).toSorted()).toStrictEqual(readable);
            expect(readings.every((reading) => reading.spanState === 'complete')).toBe(true);
            expect(unreadable.map((trace) => trace.traceId).toSorted()).toStrictEqual(brokenIds.toSorted());
          });
        },
      ),
      { numRuns: 8 },
    );
  });

  it('spans that make the server fail are named also where they are all there is, while a server that serves nothing at all is an error', async () => {
    let isSick = false;
    const override: ScriptedTraits['override'] = ({ path }) =>
      isSick && !path.endsWith('/search') ? htmlCrash : undefined;
    await served({ brokenIds: ['tr-00'], override }, async (source) => {
      const { infos } = await source.searchPage({ ...all, maxResults: 1 });
      expect((await source.readSpans(infos)).unreadable).toMatchObject([{ errorCode: 'SpansUnreadable' }]);
      isSick = true;
      await expect(source.readSpans(infos)).rejects.toMatchObject({ code: 'SourceServerError' });
    });
  });

  it('larger than the limit are named, and only they', async () => {
    const big = { body: { spans: [], padding: 'x'.repeat(200_000) } };
    const override: ScriptedTraits['override'] = ({ query }) =>
      query.getAll('trace_ids').includes('tr-01') || [query.get('trace_id'), query.get('request_id')].includes('tr-01')
        ? big
        : undefined;
    const server = await startScriptedMlflow(ids, { override });
    const source = connectTo(server.address, { maxResponseBytes: 100_000 });
    const { infos } = await source.searchPage({ ...all, maxResults: 8 });
    const { readings, unreadable } = await source.readSpans(infos);
    expect(readings).toHaveLength(7);
    expect(unreadable).toMatchObject([{ traceId: 'tr-01', errorCode: 'SpansUnreadable' }]);
    await source.close();
    await server.close();
  });

  it('spans that make the server fail are asked for in smaller batches when an answer for many would be too large', async () => {
    const body = 'x'.repeat(34 * 1024 * 1024);
    const override: ScriptedTraits['override'] = ({ query }) =>
      query.getAll('trace_ids').length > 3 ? { body } : undefined;
    await served({ override }, async (source, server) => {
      const { infos } = await source.searchPage({ ...all, maxResults: 12 });
      expect((await source.readSpans(infos)).readings).toHaveLength(12);
      // One trial at the first contact; no trace had to be read alone.
      expect(server.requests.filter((request) => request.path.endsWith('/traces/get'))).toHaveLength(1);
      const before = server.requests.length;
      expect((await source.readSpans(infos)).readings).toHaveLength(12);
      // It has learnt: no batch was too large the second time.
      const later = server.requests.slice(before).map((request) => request.query.getAll('trace_ids').length);
      expect(Math.max(...later)).toBeLessThanOrEqual(3);
    });
  });
});
