/** What `ensureMonitor` does when there is no monitor to be had, and when somebody else works on it. */
import type { WorkflowHandle } from '@temporalio/client';
import { expect, it, vi } from 'vitest';

import { TraceliftError } from '../../src/errors/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { ScriptedActivities, gate, start, withWorker } from './workflow-bench.js';

const refusal = (code: ErrorCode) => new TraceliftError(code);

describeWith(['temporal'], 'ensureMonitor', () => {
  const address = temporalAddress();

  async function failureOf(script: ScriptedActivities, input: unknown): Promise<unknown> {
    return withWorker(address, script.activities(), async (bench) =>
      (await start(bench, 'ensureMonitor', input)).result().then(
        () => null,
        (error: unknown) => error,
      ),
    );
  }

  it('ensureMonitor refreshes what it can where the monitor is refused, and ends with the refusal, whatever the refresh says', async () => {
    const script = new ScriptedActivities(1, {
      ensureMonitorExists: () => Promise.reject(refusal('MonitorPermission')),
      refreshMonitor: () => Promise.reject(refusal('MonitorAbsent')),
    });
    expect(await failureOf(script, {})).toMatchObject({ cause: { type: 'MonitorPermission' } });
    expect(script.names()).toEqual(['describeTarget', 'ensureMonitorExists', 'refreshMonitor']);
  });

  it('ensureMonitor also refreshes where the monitor is made in vain', async () => {
    const script: ScriptedActivities = new ScriptedActivities(1, {
      ensureMonitorExists: async (request) => {
        const change = await script.defaults().ensureMonitorExists(request);
        return { ...change, status: { ...change.status, state: 'failed' as const, failure: 'no such column' } };
      },
    });
    expect(await failureOf(script, {})).toMatchObject({ cause: { type: 'MonitorFailed' } });
    expect(script.names()).toEqual(['describeTarget', 'ensureMonitorExists', 'refreshMonitor']);
  });

  it('ensureMonitor refreshes nothing where it is told not to, or where the trouble is not the monitor', async () => {
    for (const [code, input] of [
      ['MonitorPermission', { refresh: false }],
      ['TargetNotConfigured', {}],
    ] as const) {
      const script = new ScriptedActivities(1, { ensureMonitorExists: () => Promise.reject(refusal(code)) });
      expect(await failureOf(script, input)).toMatchObject({ cause: { type: code } });
      expect(script.names()).toEqual(['describeTarget', 'ensureMonitorExists']);
    }
  });

  it('ensureMonitor works on one monitor at a time: who comes second waits, whether a run or a command came first', async () => {
    for (const [firstType, secondType] of [
      ['ensureMonitor', 'backfillTraces'],
      ['backfillTraces', 'ensureMonitor'],
    ] as const) {
      const refreshing = gate();
      const script: ScriptedActivities = new ScriptedActivities(1, {
        refreshMonitor: async (request) => {
          await refreshing.opened;
          return script.defaults().refreshMonitor(request);
        },
      });
      const worked = (): string[] =>
        script.names().filter((name) => /^(ensureMonitorExists|refreshMonitor)$/.test(name));
      await withWorker(address, script.activities(), async (bench) => {
        const inputs = { ensureMonitor: {}, backfillTraces: { experiment: '1' } };
        const first = await start(bench, firstType, inputs[firstType]);
        await vi.waitFor(() => expect(worked()).toEqual(['ensureMonitorExists', 'refreshMonitor']), 30_000);
        const second = await start(bench, secondType, inputs[secondType]);
        // Opened also where nobody was refused, so that the test then ends.
        await vi
          .waitFor(async () => expect(await wasRefusedTheLock(second)).toBe(true), 30_000)
          .finally(() => refreshing.open());
        await Promise.all([first.result(), second.result()]);
      });
      expect(worked()).toEqual(['ensureMonitorExists', 'refreshMonitor', 'ensureMonitorExists', 'refreshMonitor']);
    }
  });
});

/** True once a child of the run could not start, since its id is that of a run under way. */
async function wasRefusedTheLock(run: WorkflowHandle): Promise<boolean> {
  const { events } = await run.fetchHistory();
  return (events ?? []).some((event) => event.startChildWorkflowExecutionFailedEventAttributes);
}
