import { Connection, defaultGrpcRetryOptions } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, retriesThatEnd } from '../../../src/cli/temporal/connection.js';

/** What nobody could catch. */
const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);
beforeAll(() => void process.on('uncaughtException', note));
afterAll(() => void process.off('uncaughtException', note));

/** Nothing listens there. */
const address = '127.0.0.1:1';

it('a connection that is closed while a failed call waits for its next try ends that call and nothing else', async () => {
  let waits: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (waits = resolve));
  const retries = retriesThatEnd({
    ...defaultGrpcRetryOptions(),
    delayFunction: () => {
      waits();
      return 200;
    },
  });
  const connection = Connection.lazy({ address, interceptors: retries.interceptors });
  const call = connection.workflowService.describeNamespace({ namespace: 'default' }).then(
    () => 'answered',
    (error: unknown) => error,
  );
  await waiting;
  await retries.end();
  await retries.end();
  await connection.close();
  expect(await call).toBeInstanceOf(Error);
  expect(uncaught).toEqual([]);
});

it('a server that does not answer is named with its address, and no try is left behind', async () => {
  await expect(connect(address, 'default', {})).rejects.toMatchObject({ code: 'TemporalUnreachable' });
  expect(uncaught).toEqual([]);
});
