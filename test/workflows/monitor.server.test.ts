/** What `ensureMonitor` does when there is no monitor to be had. */
import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';

import { describeWith, temporalAddress } from '../servers/require.js';
import { ScriptedActivities, start, withWorker } from './workflow-bench.js';

const refusal = (code: string) => ApplicationFailure.nonRetryable(`refused with ${code}`, code);

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

  it('refreshes what it can where the monitor is refused, and ends with the refusal, whatever the refresh says', async () => {
    const script = new ScriptedActivities(1, {
      ensureMonitorExists: () => Promise.reject(refusal('MonitorPermission')),
      refreshMonitor: () => Promise.reject(refusal('MonitorAbsent')),
    });
    expect(await failureOf(script, {})).toMatchObject({ cause: { type: 'MonitorPermission' } });
    expect(script.names()).toEqual(['ensureMonitorExists', 'refreshMonitor']);
  });

  it('also refreshes where the monitor is made in vain', async () => {
    const script: ScriptedActivities = new ScriptedActivities(1, {
      ensureMonitorExists: async (request) => {
        const change = await script.defaults().ensureMonitorExists(request);
        return { ...change, status: { ...change.status, state: 'failed' as const, failure: 'no such column' } };
      },
    });
    expect(await failureOf(script, {})).toMatchObject({ cause: { type: 'MonitorFailed' } });
    expect(script.names()).toEqual(['ensureMonitorExists', 'refreshMonitor']);
  });

  it('refreshes nothing where it is told not to, or where the trouble is not the monitor', async () => {
    for (const [code, input] of [
      ['MonitorPermission', { refresh: false }],
      ['TargetNotConfigured', {}],
    ] as const) {
      const script = new ScriptedActivities(1, { ensureMonitorExists: () => Promise.reject(refusal(code)) });
      expect(await failureOf(script, input)).toMatchObject({ cause: { type: code } });
      expect(script.names()).toEqual(['ensureMonitorExists']);
    }
  });
});
