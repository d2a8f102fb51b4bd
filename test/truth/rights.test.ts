import { afterEach, describe, expect, it } from 'vitest';

import type { TraceSource } from '../../src/sources/trace-source.js';
import type { Reply, ScriptedServer, SeenRequest } from '../http/scripted-server.js';
import { connectTo, startScriptedMlflow } from '../sources/mlflow/scripted-mlflow.js';

const denied: Reply = { status: 403, body: 'Permission denied' };
const traceIds = ['tr-a', 'tr-b', 'tr-c'];

/** What MLflow 3.17.2 with its user management refuses a user who may read experiment 1 alone. */
function asReader({ path, query, body }: SeenRequest): Reply | undefined {
  if (path.endsWith('/experiments/search')) return { body: { experiments: [{ experiment_id: '1', name: 'one' }] } };
  if (path.endsWith('/traces/search') || path.endsWith('/traces/metrics')) {
    return /"experiment_id":"1"|"experiment_ids":\["1"\]/.test(body) ? undefined : denied;
  }
  const asked = [...query.getAll('trace_ids'), ...query.getAll('trace_id'), ...query.getAll('request_id')];
  return asked.some((id) => !traceIds.includes(id)) ? denied : undefined;
}

let server: ScriptedServer;
let source: TraceSource;

async function serve(override: (request: SeenRequest) => Reply | undefined): Promise<void> {
  server = await startScriptedMlflow(traceIds, { override });
  source = connectTo(server.address);
}

const listing = { experimentId: '1', fromMs: 0, toMs: Date.UTC(2027, 0, 1), maxResults: 9 };

afterEach(async () => {
  await source.close();
  await server.close();
});

describe('a refused trial', () => {
  it('a refused trial takes nothing away from what the server can do', async () => {
    await serve(asReader);
    expect(await source.describe()).toMatchObject({
      searchApi: 'v3',
      spanRoutes: ['traces/batchGet', 'traces/get', 'get-trace-artifact'],
      hasTraceCounts: true,
    });
    const { infos } = await source.searchPage(listing);
    const { readings } = await source.readSpans(infos);
    expect(readings.map(({ spanState }) => spanState)).toEqual(['complete', 'complete', 'complete']);
    expect(server.requests.filter(({ path }) => path.endsWith('get-trace-artifact'))).toHaveLength(0);
  });

  it('a refused trial is no answer to later ones: the next experiment is asked about by its own name', async () => {
    await serve((request) => (request.path.endsWith('/experiments/search') ? denied : asReader(request)));
    await source.describe();
    expect((await source.searchPage(listing)).infos).toHaveLength(traceIds.length);
    const searches = server.requests.filter(({ path }) => path.endsWith('/traces/search'));
    expect(searches.filter(({ body }) => body.includes('"locations":[]'))).toHaveLength(1);
  });

  it('a refused trial does not hide that an older server lacks the endpoint', async () => {
    server = await startScriptedMlflow(traceIds, {
      hasV3Search: false,
      override: ({ path, query }) =>
        path.endsWith('/experiments/get') && query.get('experiment_id') === '0' ? denied : undefined,
    });
    source = connectTo(server.address);
    expect(await source.describe()).toMatchObject({ searchApi: 'v2' });
    expect((await source.searchPage(listing)).infos).toHaveLength(traceIds.length);
  });

  it('the refusal of every route ends the read in the words of a missing right', async () => {
    const spans = /batchGet|traces\/get|get-trace-artifact/;
    await serve((request) => (spans.test(request.path) ? denied : asReader(request)));
    const { infos } = await source.searchPage(listing);
    await expect(source.readSpans(infos)).rejects.toMatchObject({ code: 'SourceForbidden' });
  });

  it('the refusal of the fast routes alone leaves the slow one', async () => {
    await serve((request) => (/batchGet|traces\/get$/.test(request.path) ? denied : asReader(request)));
    const { infos } = await source.searchPage(listing);
    const { readings, unreadable } = await source.readSpans(infos);
    expect([readings.length, unreadable.length]).toEqual([traceIds.length, 0]);
  });
});
