import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/http-client.js';
import { TraceliftError } from '../../src/errors/index.js';
import type { Log } from '../../src/log.js';
import { type Script, type ScriptedServer, startScriptedServer } from './scripted-server.js';

const quickRetries = { firstDelayMs: 1, maxDelayMs: 2_000 };

let server: ScriptedServer;
let client: HttpClient;
const logged: string[] = [];

async function connect(script: Script, options: Partial<HttpClientOptions> = {}): Promise<HttpClient> {
  server = await startScriptedServer(script);
  const note = (message: string, fields: unknown): number => logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  client = createHttpClient({
    baseUrl: `${server.address}/prefix`,
    headers: () => Promise.resolve({ Authorization: 'Bearer top-secret' }),
    retry: quickRetries,
    log,
    toError: (failure) =>
      failure.kind === 'too-large'
        ? new TraceliftError('SourceAnswerTooLarge', { address: 'here', request: failure.path, maxBytes: 1 })
        : new TraceliftError('SourceUnreachable', { address: 'here', reason: failure.reason }),
    ...options,
  });
  return client;
}

afterEach(async () => {
  client.close();
  await server.close();
  logged.length = 0;
});

describe('an HTTP call', () => {
  it('an HTTP call sends query lists as repeated keys, JSON bodies and the headers of the moment', async () => {
    let number = 0;
    const http = await connect(() => ({ body: { ok: true } }), {
      headers: () => Promise.resolve({ Authorization: `Bearer ${++number}` }),
    });
    await http.send({ method: 'GET', path: '/a', query: { ids: ['x', 'y'], none: undefined, n: 3 } });
    const answer = await http.send({ method: 'POST', path: '/b', body: '{"a":12345678901234567890}' });
    expect(answer).toMatchObject({ status: 200, text: '{"ok":true}', contentType: 'application/json' });
    expect(server.requests[0]).toMatchObject({ path: '/prefix/a', headers: { authorization: 'Bearer 1' } });
    expect(server.requests[0]!.query.toString()).toBe('ids=x&ids=y&n=3');
    expect(server.requests[1]).toMatchObject({ method: 'POST', body: '{"a":12345678901234567890}' });
    expect(server.requests[1]!.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer 2',
    });
  });

  it("an HTTP call tells the server's time, and that there is none", async () => {
    const http = await connect((_, number) =>
      number === 1 ? { headers: { Date: 'Thu, 01 Jan 2026 00:00:30 GMT' } } : { hideDate: true },
    );
    expect((await http.send({ method: 'GET', path: '/' })).serverTimeMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 30));
    expect((await http.send({ method: 'GET', path: '/' })).serverTimeMs).toBeUndefined();
  });

  it('an HTTP call survives a server that is busy, then cuts the connection, then answers', async () => {
    const http = await connect((_, number) =>
      number === 1 ? { status: 503 } : number === 2 ? 'cut' : { body: { n: 3 } },
    );
    expect((await http.send({ method: 'GET', path: '/' })).text).toBe('{"n":3}');
    expect(server.requests).toHaveLength(3);
  });

  it('an HTTP call returns the last answer with the wait that the server asked for when that is too long to wait here', async () => {
    const http = await connect(() => ({ status: 429, headers: { 'Retry-After': '30' } }));
    expect(await http.send({ method: 'GET', path: '/' })).toMatchObject({ status: 429, retryAfterMs: 30_000 });
    expect(server.requests).toHaveLength(1);
  });

  it('a request is given up after its last attempt', async () => {
    const http = await connect(() => ({ status: 502 }));
    expect((await http.send({ method: 'GET', path: '/' })).status).toBe(502);
    expect(server.requests).toHaveLength(4);
  });

  it('an HTTP call does not try again what the server refuses', async () => {
    const http = await connect(() => ({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } }));
    expect((await http.send({ method: 'GET', path: '/' })).status).toBe(400);
    expect(server.requests).toHaveLength(1);
  });

  it('an HTTP call does not follow redirects, which would carry the credentials elsewhere', async () => {
    const http = await connect(() => ({ status: 302, headers: { Location: 'https://login.example.com/' } }));
    expect(await http.send({ method: 'GET', path: '/' })).toMatchObject({
      status: 302,
      location: 'https://login.example.com/',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('an HTTP call says in plain words that nothing listens', async () => {
    const http = await connect(() => ({}));
    await server.close();
    await expect(http.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'SourceUnreachable',
      parameters: { reason: 'nothing listens on this port (ECONNREFUSED)' },
    });
  });

  it('an HTTP call gives up a silent server after the time-out', async () => {
    // Long enough for a busy machine to send each request before its time is up.
    const http = await connect(() => 'hang', { requestTimeoutMs: 500, retry: { ...quickRetries, maxAttempts: 2 } });
    await expect(http.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
      parameters: { reason: 'no answer within 500 ms' },
    });
    expect(server.requests).toHaveLength(2);
  });

  it('an HTTP call reads no more than the allowed size, and does not ask again', async () => {
    const http = await connect(() => ({ body: 'x'.repeat(100_000) }), { maxResponseBytes: 10_000 });
    await expect(http.send({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'SourceAnswerTooLarge' });
    expect(server.requests).toHaveLength(1);
  });

  it('an HTTP call ends at once with the reason of the abort signal, under way or waiting for a retry', async () => {
    const http = await connect((request) => (request.path.endsWith('/slow') ? 'hang' : { status: 503 }), {
      retry: { firstDelayMs: 600_000, maxDelayMs: 600_000, budgetMs: 6_000_000 },
    });
    for (const path of ['/slow', '/busy']) {
      const controller = new AbortController();
      const call = http.send({ method: 'GET', path, signal: controller.signal });
      const before = server.requests.length;
      await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBe(before + 1);
      if (path === '/busy') await expect.poll(() => logged.length, { timeout: 20_000 }).toBe(1);
      controller.abort(new Error(`stop ${path}`));
      await expect(call).rejects.toThrow(`stop ${path}`);
    }
    await expect(
      http.send({ method: 'GET', path: '/', signal: AbortSignal.abort(new Error('too late')) }),
    ).rejects.toThrow('too late');
    expect(server.requests).toHaveLength(2);
  });

  it('an HTTP call keeps no more requests open than allowed', async () => {
    const http = await connect(() => ({ body: {} }), { maxConcurrentRequests: 3 });
    await Promise.all(Array.from({ length: 20 }, () => http.send({ method: 'GET', path: '/' })));
    expect(server.requests).toHaveLength(20);
    expect(server.maxOpen).toBeLessThanOrEqual(3);
  });

  it('logs retries without queries and credentials', async () => {
    const http = await connect((_, number) => ({ status: number === 1 ? 503 : 200 }));
    await http.send({ method: 'GET', path: '/a', query: { token: 'query-secret' } });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('GET /a');
    expect(logged[0]).not.toMatch(/secret/);
  });
});
