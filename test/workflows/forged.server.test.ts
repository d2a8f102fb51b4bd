import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, it } from 'vitest';

import { openPipeline } from '../e2e/local-pipeline.js';
import { MemorySource, storedTrace } from '../fakes/memory-source.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import type { Road } from './forging-workflow.js';
import { ScriptedActivities, withWorker } from './workflow-bench.js';

/** The failure with a code that a run ended with. */
async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await result.then(
    (value) => new Error(`it ended with ${JSON.stringify(value)}`),
    (failure: unknown) => failure,
  );
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type !== undefined) return cause;
  }
  throw new Error('an application failure was expected', { cause: error });
}

describeWith(['temporal'], 'somebody who may start workflows', () => {
  const address = temporalAddress();

  it.each(['backfillTraces', 'syncTraces', 'rebuildGold'])(
    'somebody who may start workflows cannot hand %s the middle of a run: a second argument is refused before any step',
    async (type) => {
      const script = new ScriptedActivities(10);
      const forged = {
        prepared: { run: { scope: { sourceId: 'bank' } } },
        verifiedToMs: 0,
        troubled: [],
        failedIds: [],
      };
      const failure = await withWorker(address, script.activities(), async ({ client, taskQueue }) => {
        const args = [type === 'rebuildGold' ? {} : { experiment: '1' }, forged];
        const options = { taskQueue, workflowId: `forged-${randomUUID()}`, args };
        return failureOf((await client.workflow.start(type, options)).result());
      });
      expect(failure.type).toBe('InvalidInput');
      expect(failure.message).toContain('a second argument is taken only from an execution that continued as new');
      expect(script.names()).toEqual([]);
    },
  );

  it('somebody who may start workflows cannot make a worker write rows or a ledger under the name of another server, by whatever road', async () => {
    const source = new MemorySource();
    for (let index = 0; index < 5; index += 1) source.add(storedTrace(index));
    const pipeline = await openPipeline({
      ...{ mlflow: 'http://mlflow.invalid', temporal: address },
      wrap: (dependencies) => ({ ...dependencies, source: () => Promise.resolve({ name: 'default', source }) }),
    });
    const taskQueue = `forger-${randomUUID()}`;
    const native = await NativeConnection.connect({ address });
    try {
      await pipeline.run('backfillTraces', { experiment: '1', monitor: false });
      // A worker of the forger's own: its workflow continues as new into the queue of tracelift, and calls steps there.
      const workflowsPath = fileURLToPath(new URL('./forging-workflow.ts', import.meta.url));
      const worker = await Worker.create({ connection: native, taskQueue, workflowsPath });
      await worker.runUntil(async () => {
        for (const road of ['continue-as-new', 'recordWindow', 'closeRun', 'listPage'] satisfies Road[]) {
          const options = { taskQueue, workflowId: `forged-${randomUUID()}`, args: [road, pipeline.taskQueue] };
          const failure = await failureOf((await pipeline.client.workflow.start('forge', options)).result());
          expect([road, failure.type, failure.message]).toEqual([
            road,
            'RunNotPrepared',
            expect.stringContaining('under the name bank') as string,
          ]);
        }
      });
      expect(await pipeline.value("SELECT count(*) FROM tracelift_windows WHERE source_id = 'bank'")).toBe(0);
      expect(await pipeline.value("SELECT count(*) FROM genai_processed_traces_gold WHERE source_id = 'bank'")).toBe(0);
    } finally {
      await native.close();
      await pipeline.close();
    }
  });
});
