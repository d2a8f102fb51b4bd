import { randomUUID } from 'node:crypto';

import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, it, vi } from 'vitest';

import { TraceliftError } from '../../src/errors/index.js';
import type { RunProgress, RunResult } from '../../src/workflows/contract.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { gate, ScriptedActivities, start, verified, withWorker } from './workflow-bench.js';
import type { WorkflowBench } from './workflow-bench.js';

/** Starts a backfill with this input and waits for its result. */
async function backfill(bench: WorkflowBench, input: unknown): Promise<RunResult> {
  return (await start(bench, 'backfillTraces', input)).result() as Promise<RunResult>;
}

async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await result.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) {
    throw new Error(`an application failure was expected, not ${String(error)}`);
  }
  return error.cause;
}

describeWith(['temporal'], 'backfillTraces', () => {
  const address = temporalAddress();

  it('backfillTraces copies every window, records each in order, then ensures the monitor and publishes', async () => {
    const script = new ScriptedActivities(25);
    const result = await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1' });
      return (await handle.result()) as RunResult;
    });
    expect(script.recorded.map((row) => [row.windowIndex, row.fromMs, row.toMs])).toEqual([
      [0, 0, 10],
      [1, 10, 20],
      [2, 20, 25],
    ]);
    expect(result.totals).toMatchObject({ windows: 3, listed: 25, landed: 25, missing: 0, batches: 5 });
    expect(result.monitor?.state).toBe('active');
    const names = script.names();
    expect(names.lastIndexOf('recordWindow')).toBeLessThan(names.indexOf('ensureMonitorExists'));
    expect(names.at(-1)).toBe('closeRun');
  });

  it.each([
    ['no input at all', undefined, 'experiment'],
    ['an unknown key', { experiment: '1', form: '2025-01-01' }, '"form"'],
    ['from after to', { experiment: '1', from: '2025-02-01', to: '2025-01-01' }, 'from: must be before to'],
    ['a time that is none', { experiment: '1', from: 'yesterday' }, 'from: an ISO 8601 time'],
    ['a page larger than MLflow gives', { experiment: '1', pageSize: 501 }, 'pageSize: at most 500'],
    ['text instead of an object', 'experiment 1', 'a JSON object is expected'],
  ])('backfillTraces fails at once on %s and names the field', async (_case, input, expected) => {
    const script = new ScriptedActivities(5);
    const failure = await withWorker(address, script.activities(), (bench) => failureOf(backfill(bench, input)));
    expect(failure.type).toBe('InvalidInput');
    expect(failure.message).toContain(expected);
    expect(failure.message).toContain('{"experiment":"1"');
    expect(script.calls).toEqual([]);
  });

  it('backfillTraces continues as new between windows and carries counters, pause state and concurrency', async () => {
    const script = new ScriptedActivities(45, {}, { maxWindowsPerRun: 1 });
    const { result, progress, runs } = await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1', concurrency: 3 });
      const outcome = (await handle.result()) as RunResult;
      const first = await bench.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId).describe();
      return { result: outcome, progress: await handle.query<RunProgress>('progress'), runs: first.status.name };
    });
    expect(runs).toBe('CONTINUED_AS_NEW');
    expect(result.totals).toMatchObject({ windows: 5, listed: 45, landed: 45, pages: 9 });
    expect(script.recorded.map((row) => row.windowIndex)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(script.recorded.map((row) => row.firstRunId)).size).toBe(1);
    expect(progress).toMatchObject({ phase: 'finished', concurrency: 3, verifiedToMs: 45 });
  });

  it('backfillTraces begins nothing new while paused and goes on after resume', async () => {
    const firstBatch = gate();
    const script: ScriptedActivities = new ScriptedActivities(30, {
      processBatch: async (request) => {
        await firstBatch.opened;
        return script.defaults().processBatch(request);
      },
    });
    const result = await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1' });
      const batchesBegun = (): number => script.names().filter((name) => name === 'processBatch').length;
      await vi.waitFor(() => expect(batchesBegun()).toBe(2), { timeout: 60_000 });
      await handle.signal('pause');
      expect((await handle.query<RunProgress>('progress')).paused).toBe(true);
      firstBatch.open();
      await vi.waitFor(async () => {
        expect((await handle.query<RunProgress>('progress')).processedTraces).toBe(10);
      }, 60_000);
      const listedWhilePaused = script.names().filter((name) => name === 'listPage').length;
      await handle.signal('resume');
      const outcome = (await handle.result()) as RunResult;
      expect(script.names().filter((name) => name === 'listPage').length).toBeGreaterThan(listedWhilePaused);
      return outcome;
    });
    expect(result.totals.landed).toBe(30);
  });

  it('backfillTraces takes a new concurrency by update and refuses a senseless one', async () => {
    const batches = gate();
    const script: ScriptedActivities = new ScriptedActivities(10, {
      processBatch: async (request) => {
        await batches.opened;
        return script.defaults().processBatch(request);
      },
    });
    await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1' });
      await vi.waitFor(() => expect(script.names()).toContain('processBatch'), { timeout: 60_000 });
      await expect(handle.executeUpdate<number, [number]>('setConcurrency', { args: [16] })).resolves.toBe(16);
      await expect(handle.executeUpdate('setConcurrency', { args: [0] })).rejects.toThrow();
      expect((await handle.query<RunProgress>('progress')).concurrency).toBe(16);
      batches.open();
      await handle.result();
    });
  });

  it('backfillTraces stages a window again when its staged files are gone, and loses nothing', async () => {
    let commits = 0;
    const script: ScriptedActivities = new ScriptedActivities(10, {
      commitManifest: async (request) => {
        commits += 1;
        if (commits === 1)
          throw new TraceliftError('StagingLost', { key: 'k', root: '/staging', reason: 'it is gone' });
        return script.defaults().commitManifest(request);
      },
    });
    const result = await withWorker(address, script.activities(), (bench) => backfill(bench, { experiment: '1' }));
    expect(result.totals).toMatchObject({ windows: 1, landed: 10, repaired: 1 });
    expect(script.recorded[0]?.repairRounds).toBe(1);
    expect(script.removed).toEqual(expect.arrayContaining(['run/one/w000000-r0', 'run/one/w000000-r1']));
  });

  it('backfillTraces repairs an incomplete window twice, goes on, and fails at its end naming the window', async () => {
    const script: ScriptedActivities = new ScriptedActivities(20, {
      verifyWindow: async (request) =>
        request.fromMs === 0
          ? verified(10, { state: 'incomplete', landed: 9, missing: 1, missingIds: ['tr-lost'] })
          : verified(10),
    });
    const failure = await withWorker(address, script.activities(), (bench) =>
      failureOf(backfill(bench, { experiment: '1' })),
    );
    expect(failure.type).toBe('WindowsIncomplete');
    expect(failure.message).toContain('tr-lost');
    expect(script.recorded.map((row) => [row.windowIndex, row.verified.state, row.repairRounds])).toEqual([
      [0, 'incomplete', 2],
      [1, 'complete', 0],
    ]);
  });

  it('backfillTraces passes over a moving window without repair and fails on a suspicious one', async () => {
    const script: ScriptedActivities = new ScriptedActivities(20, {
      verifyWindow: async (request) => verified(10, { state: request.fromMs === 0 ? 'moving' : 'suspicious' }),
    });
    const failure = await withWorker(address, script.activities(), (bench) =>
      failureOf(backfill(bench, { experiment: '1' })),
    );
    expect(failure.type).toBe('WindowsSuspicious');
    expect(script.recorded.map((row) => [row.verified.state, row.repairRounds])).toEqual([
      ['moving', 0],
      ['suspicious', 0],
    ]);
  });

  it('backfillTraces stops when too large a share of traces fails, and names the first ones', async () => {
    const script: ScriptedActivities = new ScriptedActivities(40, {
      processBatch: async (request) => ({
        ...(await script.defaults().processBatch(request)),
        numDeadLetters: request.batch.traces,
        failedIds: ['tr-1', 'tr-2'],
      }),
    });
    const failure = await withWorker(address, script.activities(), (bench) =>
      failureOf(backfill(bench, { experiment: '1' })),
    );
    expect(failure.type).toBe('TooManyDeadLetters');
    expect(failure.message).toContain('tr-1, tr-2');
    expect(script.removed).toContain('run/one');
  });

  it('backfillTraces ends with the message of a failed activity, not with a chain of wrappers', async () => {
    const script = new ScriptedActivities(5, {
      preflight: async () => {
        throw new TraceliftError('ExperimentNotFound', { address: 'http://mlflow', experiment: '7' });
      },
    });
    const failure = await withWorker(address, script.activities(), (bench) =>
      failureOf(backfill(bench, { experiment: '7' })),
    );
    expect(failure.type).toBe('ExperimentNotFound');
    expect(failure.message).toContain('no experiment 7');
  });

  it('backfillTraces sweeps its staged files when it is cancelled', async () => {
    const never = gate();
    const script: ScriptedActivities = new ScriptedActivities(10, {
      processBatch: async (request) => {
        const { Context } = await import('@temporalio/activity');
        const context = Context.current();
        const timer = setInterval(() => context.heartbeat(), 200);
        try {
          await Promise.race([never.opened, context.cancelled]);
        } finally {
          clearInterval(timer);
        }
        return script.defaults().processBatch(request);
      },
    });
    await withWorker(address, script.activities(), async (bench) => {
      const handle = await start(bench, 'backfillTraces', { experiment: '1' });
      await vi.waitFor(() => expect(script.names()).toContain('processBatch'), { timeout: 60_000 });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
    });
    expect(script.removed).toContain('run/one');
    expect(script.names()).not.toContain('commitManifest');
  });

  it('backfillTraces lets only one commit to the same tables run at a time, over several runs', async () => {
    let committing = 0;
    let most = 0;
    const lock = randomUUID();
    const script: ScriptedActivities = new ScriptedActivities(
      20,
      {
        commitManifest: async (request) => {
          committing += 1;
          most = Math.max(most, committing);
          await new Promise((resolve) => setTimeout(resolve, 50));
          committing -= 1;
          return script.defaults().commitManifest(request);
        },
      },
      {},
      lock,
    );
    await withWorker(address, script.activities(), async (bench) => {
      const handles = await Promise.all([1, 2, 3].map((id) => start(bench, 'backfillTraces', { experiment: id })));
      await Promise.all(handles.map((handle) => handle.result()));
    });
    expect(script.names().filter((name) => name === 'commitManifest')).toHaveLength(6);
    expect(most).toBe(1);
  });
});
