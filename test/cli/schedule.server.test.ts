import { randomInt } from 'node:crypto';

import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import type { PreflightRequest } from '../../src/copy/prepare/messages.js';
import { MemorySource, storedTrace } from '../fakes/memory-source.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { ScriptedActivities, withWorker } from '../workflows/workflow-bench.js';
import { loadConfig } from '../../src/config/index.js';
import { installationOf, type Installation } from '../../src/wiring/installation.js';
import { newFolder, tracelift, type Outcome } from './command-line.js';

interface Created {
  readonly schedules: readonly { readonly id: string; readonly outcome: string; readonly changed: readonly string[] }[];
}

interface Listed {
  readonly schedules: readonly { readonly id: string; readonly paused: boolean; readonly note: string | null }[];
}

describeWith(['temporal'], 'tracelift schedule', () => {
  const address = temporalAddress();
  const experimentId = String(randomInt(1, 2 ** 40));
  const experimentName = `scheduled ${experimentId}`;
  const cwd = newFolder();
  let syncId = '';
  let refreshId = '';
  let asked: Installation['asked'] = {};
  const source = new MemorySource();
  let connection: Connection;
  let client: Client;
  const taskQueue = `schedule-${experimentId}`;
  const env = {
    TEMPORAL_ADDRESS: address,
    MLFLOW_TRACKING_URI: 'http://127.0.0.1:1',
    TRACELIFT_TASK_QUEUE: taskQueue,
  };

  beforeAll(async () => {
    const config = loadConfig({ env, cwd });
    const installation = await installationOf(config, { source: 'default', target: 'local' });
    ({ asked } = installation);
    [syncId = '', refreshId = ''] = ['sync', 'refresh'].map(
      (kind) => `tracelift/${kind}/${installation.idPart}/${experimentId}`,
    );
    source.experiments.push({
      experimentId,
      name: experimentName,
      lifecycleStage: 'active',
      createdAtMs: null,
      unityCatalogTraces: null,
    });
    source.experiments.push({
      experimentId: `${experimentId}9`,
      name: 'gone',
      lifecycleStage: 'deleted',
      createdAtMs: null,
      unityCatalogTraces: null,
    });
    source.add(storedTrace(1, { experimentId }));
    connection = await Connection.connect({ address });
    client = new Client({ connection });
  });

  afterAll(async () => {
    for (const id of [syncId, refreshId]) {
      await client.schedule
        .getHandle(id)
        .delete()
        .catch(() => undefined);
    }
    await connection.close();
  });

  const schedule = (...args: string[]): Promise<Outcome> =>
    tracelift(['schedule', ...args], {
      ...{ env, cwd },
      runtime: { source: () => Promise.resolve({ name: 'default', source }) },
    });

  async function json<Model>(...args: string[]): Promise<Model> {
    const { code, stdout, stderr } = await schedule(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Model;
  }

  const create = (...args: string[]): Promise<Created> => json('create', '-e', experimentName, ...args);
  const outcomes = ({ schedules }: Created) => schedules.map(({ id, outcome, changed }) => [id, outcome, changed]);
  const both = ['--every', '15m', '--lookback', '2h', '--refresh-every', '1d', '--horizon', '30d'];
  /** No run of its own falls into the seconds that the tests take, but when they are run at midnight (UTC). */
  const daily = ['--every', '1d', '--lookback', '2d'];
  const mine = async (): Promise<Listed['schedules']> =>
    (await json<Listed>('list')).schedules.filter(({ id }) => id.endsWith(`/${experimentId}`));

  it('tracelift schedule creates both schedules, and changes nothing when it is called again', async () => {
    expect(outcomes(await create(...both))).toEqual([
      [syncId, 'created', []],
      [refreshId, 'created', []],
    ]);
    expect(outcomes(await create(...both))).toEqual([
      [syncId, 'unchanged', []],
      [refreshId, 'unchanged', []],
    ]);
    const found = await client.schedule.getHandle(syncId).describe();
    expect(found.policies).toEqual({ overlap: 'SKIP', catchupWindow: 900_000, pauseOnFailure: false });
    expect(found.spec).toMatchObject({ intervals: [{ every: 900_000 }], jitter: 45_000 });
    expect(found.action).toMatchObject({
      workflowType: 'syncTraces',
      workflowId: syncId,
      taskQueue,
      args: [{ experiment: experimentId, lookbackMs: 7_200_000, source: 'default', target: 'local', ...asked }],
    });
    expect(found.action.workflowExecutionTimeout ?? null).toBeNull();
    // Lists follow a little later.
    await vi.waitFor(async () => expect((await mine()).map(({ id }) => id)).toEqual([refreshId, syncId]), 60_000);
  });

  it('tracelift schedule pauses with a reason, stays paused through an update, and resumes', async () => {
    await json('pause', syncId, '--note', 'moving house');
    expect(await mine()).toMatchObject([{ paused: false }, { paused: true, note: 'moving house' }]);
    expect(outcomes(await create(...daily))).toEqual([
      [syncId, 'updated', ['times', 'jitter', 'catch-up window', 'input']],
    ]);
    expect(outcomes(await create(...daily))).toEqual([[syncId, 'unchanged', []]]);
    expect(await mine()).toMatchObject([{ paused: false }, { paused: true, note: 'moving house' }]);
    await json('resume', '-e', experimentName);
    expect(await mine()).toMatchObject([{ paused: false }, { paused: false }]);
  });

  it('tracelift schedule brings a schedule that somebody changed by hand back in line', async () => {
    await client.schedule
      .getHandle(syncId)
      .update((found) => ({ ...found, policies: { ...found.policies, overlap: 'ALLOW_ALL', pauseOnFailure: true } }));
    expect(outcomes(await create(...daily))).toEqual([[syncId, 'updated', ['overlap', 'pause on failure']]]);
  });

  it('tracelift schedule triggers a run of syncTraces, whose range comes from the scheduled time', async () => {
    const script = new ScriptedActivities(5);
    const work = async (): Promise<void> => {
      expect(outcomes(await create(...daily, '--no-monitor'))).toEqual([[syncId, 'updated', ['input']]]);
      const { started } = await json<{ started: Record<string, string[]> }>('trigger', syncId);
      const [workflowId = 'none'] = started[syncId] ?? [];
      expect(workflowId.startsWith(`${syncId}-`)).toBe(true);
      const triggered = client.workflow.getHandle(workflowId);
      expect(await triggered.result()).toMatchObject({ experimentId, totals: { listed: 5 } });
      expect((await triggered.describe()).type).toBe('syncTraces');

      // A run for a time long past: what counts is when it was meant to start, before jitter.
      const start = new Date(Date.UTC(2026, 0, 1, 23, 59));
      const end = new Date(Date.UTC(2026, 0, 2, 0, 15));
      await client.schedule.getHandle(syncId).backfill({ start, end, overlap: 'ALLOW_ALL' });
      const ranges = (): PreflightRequest['range'][] =>
        script.calls
          .filter(({ name }) => name === 'preflight')
          .map(({ request }) => (request as PreflightRequest).range);
      await vi.waitFor(() => expect(ranges()).toHaveLength(2), { timeout: 60_000, interval: 100 });
      expect(ranges()[1]).toEqual({
        kind: 'scheduled',
        scheduledMs: Date.UTC(2026, 0, 2),
        lookbackMs: 172_800_000,
      });
      await vi.waitFor(async () => {
        const query = `TemporalScheduledById = '${syncId}' AND ExecutionStatus = 'Completed'`;
        expect((await client.workflow.count(query)).count).toBe(2);
      }, 60_000);
    };
    await withWorker(address, script.activities(), work, taskQueue);
  });

  it('tracelift schedule delete deletes by experiment, and then there are none', async () => {
    await json('delete', '-e', experimentId);
    expect(await mine()).toEqual([]);
    const { code, stderr } = await schedule('describe', syncId);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^ScheduleNotFound: .*list/) as string,
    });
  });

  it('tracelift schedule refuses experiments that are unknown or deleted, and makes nothing', async () => {
    const unknown = await schedule('create', '-e', 'no such experiment', '--every', '15m');
    expect(unknown).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('ExperimentNotFound') as string,
    });
    const gone = await schedule('create', '-e', 'gone', '--every', '15m');
    expect(gone).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('ExperimentDeleted') as string });
    expect(await mine()).toEqual([]);
  });
});
