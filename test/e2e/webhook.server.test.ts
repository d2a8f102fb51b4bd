import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import type { RunEvent } from '../../src/copy/close/messages.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { failureOf } from '../faults/fault-bench.js';
import { MemorySource, storedTrace } from '../fakes/memory-source.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

const secret = 'hook-secret-4711';
const path = `/hook?token=${secret}&to=ops&to=data`;

describeWith(['temporal'], 'the webhook of a run', () => {
  const source = new MemorySource();
  const heard: { readonly event: RunEvent; readonly url: string; readonly authorization: string | undefined }[] = [];
  let answer: (response: ServerResponse, nth: number) => void;
  let hook: Server;
  let pipeline: LocalPipeline;

  beforeAll(async () => {
    hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { url = '', headers } = request;
        heard.push({ event: JSON.parse(body) as RunEvent, url, authorization: headers.authorization });
        answer(response, heard.length);
      });
    });
    hook.listen(0, '127.0.0.1');
    await once(hook, 'listening');
    for (let index = 0; index < 5; index += 1) source.add(storedTrace(index));
    pipeline = await openPipeline({
      ...{ mlflow: 'http://mlflow.invalid', temporal: temporalAddress() },
      env: {
        TRACELIFT_WEBHOOK_URL: `http://tracelift:50%25-off@127.0.0.1:${String((hook.address() as AddressInfo).port)}${path}`,
      },
      wrap: (dependencies) => ({ ...dependencies, source: () => Promise.resolve({ name: 'default', source }) }),
    });
  });

  beforeEach(() => {
    heard.length = 0;
    answer = (response) => response.writeHead(204).end();
  });

  afterAll(async () => {
    await pipeline.close();
    hook.closeAllConnections();
    hook.close();
  });

  const copy = (input: object = {}): Promise<RunResult> =>
    pipeline.run<RunResult>('backfillTraces', { experiment: '1', monitor: false, ...input });
  const heardAtLeast = (count: number) =>
    vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(count), { timeout: 60_000, interval: 50 });

  it('the webhook of a run gets the end of a run with its totals, with the credentials and every parameter of its address', async () => {
    const { totals } = await copy();
    await heardAtLeast(1);
    expect(heard).toMatchObject([
      {
        url: path,
        authorization: `Basic ${Buffer.from('tracelift:50%-off').toString('base64')}`,
        event: { event: 'run.finished', experimentId: '1', experimentName: 'support-bot', totals, errorCode: null },
      },
    ]);
  });

  it('the webhook of a run does not delay a run while it does not answer, and gets the message when it takes it', async () => {
    const waiting: ServerResponse[] = [];
    answer = (response, nth) => {
      if (nth === 1) waiting.push(response);
      else response.writeHead(204).end();
    };
    expect((await copy()).totals.landed).toBe(5);
    await heardAtLeast(1);
    // The run has ended while the webhook still kept its first message; now it turns it down.
    for (const response of waiting) response.writeHead(503).end();
    await heardAtLeast(2);
    expect(heard[1]?.event).toEqual(heard[0]?.event);
  });

  it('the webhook of a run hears of a run that failed before it began, with the code and without any secret', async () => {
    const { code, message } = await failureOf(copy({ experiment: 'no such experiment' }));
    await heardAtLeast(1);
    expect(heard[0]?.event).toMatchObject({
      ...{ event: 'run.failed', experimentId: 'no such experiment', fromMs: null, errorCode: code, message },
    });
    expect(code).toBe('ExperimentNotFound');
    expect(JSON.stringify(heard[0]?.event)).not.toContain(secret);
  });

  it('the webhook of a run hears of windows that list much less than is landed', async () => {
    const kept = [...source.traces];
    source.traces.clear();
    source.clockMs += 1000;
    expect((await failureOf(copy())).code).toBe('WindowsSuspicious');
    for (const [id, trace] of kept) source.traces.set(id, trace);
    await heardAtLeast(1);
    expect(heard[0]?.event).toMatchObject({ event: 'run.suspicious', errorCode: 'WindowsSuspicious' });
  });
});
