/** What the windows of one run have to do with each other while more than one is under way. */
import { Context } from '@temporalio/activity';
import { expect, it, vi } from 'vitest';

import type { RunProgress, RunResult } from '../../src/workflows/contract.js';
import { TraceliftError } from '../../src/errors/index.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { gate, ScriptedActivities, start, withWorker } from './workflow-bench.js';

describeWith(['temporal'], 'the windows of a run', () => {
  const address = temporalAddress();

  it('overlap: the next ones are listed while one is processed, in the same slots', async () => {
    const batches = gate();
    let working = 0;
    let most = 0;
    const script: ScriptedActivities = new ScriptedActivities(40, {
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
      // Three windows of two pages; the fourth one has to wait until the first is verified.
      await vi.waitFor(() => expect(script.names().filter((name) => name === 'listPage')).toHaveLength(6), 60_000);
      expect(script.names()).not.toContain('commitManifest');
      // The last listing has begun by then, and is told to the workflow when it has ended.
      const inFlight = async () => (await handle.query<RunProgress>('progress')).inFlight;
      await vi.waitFor(async () => expect(await inFlight()).toEqual({ listed: 30, processed: 0 }), 60_000);
      batches.open();
      return (await handle.result()) as RunResult;
    });
    expect(result.totals.landed).toBe(40);
    expect(most).toBe(2);
    expect(script.recorded.map(({ windowIndex }) => windowIndex)).toEqual([0, 1, 2, 3]);
  });

  it('the windows of a run are given up together when a batch of the first fails: neither is committed', async () => {
    const secondWindow = gate();
    const script: ScriptedActivities = new ScriptedActivities(30, {
      listPage: async (request) => {
        if (request.windowIndex === 1) secondWindow.open();
        return script.defaults().listPage(request);
      },
      processBatch: async () => {
        await secondWindow.opened;
        throw new TraceliftError('SourceForbidden', { address: 'http://mlflow' });
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

  it('the windows of a run keep their staged files until a commit under way has ended, also when a paused run is cancelled', async () => {
    const order: string[] = [];
    const secondPage = gate();
    const script: ScriptedActivities = new ScriptedActivities(30, {
      // Nothing of it is to be processed, so that the window is committed although the run is paused by then.
      listPage: async (request) => {
        const page = await script.defaults().listPage(request);
        if (request.pageIndex === 0) return page;
        await secondPage.opened;
        return { ...page, batches: [] };
      },
      commitManifest: async (request) => {
        const context = Context.current();
        order.push('commit begins');
        const timer = setInterval(() => context.heartbeat(), 100);
        try {
          await context.cancelled;
        } finally {
          clearInterval(timer);
          order.push('commit ends');
        }
        return script.defaults().commitManifest(request);
      },
      removeStaged: async () => void order.push('staged files go'),
    });
    await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1' });
      const processed = async () => (await handle.query<RunProgress>('progress')).processedTraces;
      await vi.waitFor(async () => expect(await processed()).toBe(5), 60_000);
      await handle.signal('pause');
      secondPage.open();
      await vi.waitFor(() => expect(order).toContain('commit begins'), 60_000);
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
    });
    expect(order).toEqual(['commit begins', 'commit ends', 'staged files go']);
  });
});
