/** What the windows of one run have to do with each other while more than one is under way. */
import { ApplicationFailure } from '@temporalio/common';
import { expect, it, vi } from 'vitest';

import type { RunProgress, RunResult } from '../../src/workflows/contract.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { gate, ScriptedActivities, start, withWorker } from './workflow-bench.js';

describeWith(['temporal'], 'the windows of a run', () => {
  const address = temporalAddress();

  it('overlap: the next one is listed while the last one is processed, in the same slots', async () => {
    const batches = gate();
    let working = 0;
    let most = 0;
    const script: ScriptedActivities = new ScriptedActivities(30, {
      processBatch: async (request) => {
        working += 1;
        most = Math.max(most, working);
        await batches.opened;
        working -= 1;
        return script.defaults().processBatch(request);
      },
    });
    const result = await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1' });
      // Two windows of two pages; the third one has to wait until the first is committed.
      await vi.waitFor(() => expect(script.names().filter((name) => name === 'listPage')).toHaveLength(4), 10_000);
      expect(script.names()).not.toContain('commitManifest');
      expect((await handle.query<RunProgress>('progress')).inFlight).toEqual({ listed: 20, processed: 0 });
      batches.open();
      return (await handle.result()) as RunResult;
    });
    expect(result.totals.landed).toBe(30);
    expect(most).toBe(2);
    expect(script.recorded.map(({ windowIndex }) => windowIndex)).toEqual([0, 1, 2]);
  });

  it('are given up together when a batch of the first fails: neither is committed', async () => {
    const secondWindow = gate();
    const script: ScriptedActivities = new ScriptedActivities(30, {
      listPage: async (request) => {
        if (request.windowIndex === 1) secondWindow.open();
        return script.defaults().listPage(request);
      },
      processBatch: async () => {
        await secondWindow.opened;
        throw ApplicationFailure.nonRetryable('the source refuses', 'SourceForbidden');
      },
    });
    await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1' });
      const failure: unknown = await handle.result().catch((error: unknown) => error);
      expect(failure).toMatchObject({ cause: { type: 'SourceForbidden' } });
    });
    expect(script.names()).not.toContain('commitManifest');
    expect(script.removed).toContain('run/one');
  });
});
