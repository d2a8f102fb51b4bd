import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { realLoaders } from '../../src/cli/real-loaders.js';
import { runCli } from '../../src/cli/run-cli.js';
import { loadConfig } from '../../src/config/index.js';
import { startRecordedMlflow, type RunningStandIn } from '../../src/local/recorded-mlflow/recorded-mlflow.js';
import { installationOf, type Installation } from '../../src/wiring/installation.js';
import { openPipeline } from '../e2e/local-pipeline.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { gate, ScriptedActivities, withWorker } from '../workflows/workflow-bench.js';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The bench has prepared Temporal for this process already. */
const loaders = { ...realLoaders, prepareTemporal: () => Promise.resolve() };
const experiment = '1';
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

/** An MLflow server, a data folder and a task queue of its own; the same names, and the same experiment id. */
class TestInstallation {
  readonly folder = mkdtempSync(join(tmpdir(), 'tracelift-installation-'));
  readonly env: Readonly<Record<string, string>>;

  constructor(
    readonly mlflow: RunningStandIn,
    readonly taskQueue = `installation-${randomUUID()}`,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.env = {
      TEMPORAL_ADDRESS: temporalAddress(),
      MLFLOW_TRACKING_URI: mlflow.address,
      TRACELIFT_DATA: join(this.folder, 'data'),
      TRACELIFT_TASK_QUEUE: taskQueue,
      TRACELIFT_LAG_MS: '0',
      ...env,
    };
  }

  get place(): Promise<Installation> {
    return installationOf(loadConfig({ env: this.env, cwd: this.folder }), { source: 'default', target: 'local' });
  }

  get hasTables(): boolean {
    return existsSync(join(this.folder, 'data', 'tracelift.duckdb'));
  }

  async tracelift(...args: string[]): Promise<Ended> {
    const written = { stdout: '', stderr: '' };
    const io = {
      ...{ env: this.env, cwd: this.folder, nowMs: () => Date.now(), onInterrupt: () => () => undefined },
      stdout: { write: (text: string) => (written.stdout += text) },
      stderr: { write: (text: string) => (written.stderr += text) },
      exitNow: () => undefined,
    };
    return { code: await runCli(args, io, loaders), ...written };
  }
}

describeWith(['temporal'], 'two installations in one namespace of Temporal', () => {
  let connection: Connection;
  let client: Client;
  const servers: RunningStandIn[] = [];
  const installations: TestInstallation[] = [];

  beforeAll(async () => {
    connection = await Connection.connect({ address: temporalAddress() });
    client = new Client({ connection });
    servers.push(await startRecordedMlflow(), await startRecordedMlflow());
  });

  afterAll(async () => {
    for (const { folder } of installations) rmSync(folder, { recursive: true, force: true });
    for (const server of servers) await server.close();
    await connection.close();
  });

  function installed(server: number, taskQueue?: string, env?: Record<string, string>): TestInstallation {
    const one = new TestInstallation(servers[server]!, taskQueue, env);
    installations.push(one);
    return one;
  }

  it('each copy their own server into their own tables, also while the other has the same run under way', async () => {
    const [first, second] = [installed(0), installed(1)];
    const started = json((await first.tracelift('backfill', '-e', experiment, '--detach', '--json')).stdout);
    const { code, stdout, stderr } = await second.tracelift('backfill', '-e', experiment, '--json');
    expect({ code, stderr: stderr.includes('joined it') }).toEqual({ code: 0, stderr: false });
    const model = json(stdout);
    expect(model).toMatchObject({
      isNew: true,
      result: { sourceId: (await second.place).source?.sourceId, totals: { missing: 0 } },
    });
    expect(model['workflowId']).not.toBe(started['workflowId']);
    expect([first.hasTables, second.hasTables]).toEqual([false, true]);
    const counted = await second.tracelift(
      'query',
      'SELECT DISTINCT source_id FROM genai_raw_traces',
      '--format',
      'csv',
    );
    expect(counted.stdout).toBe(`source_id\r\n${(await second.place).source?.sourceId ?? ''}\n`);
    expect((await second.tracelift('status')).stdout).not.toContain(String(started['workflowId']));
    // The same command of the first one joins its own run still.
    const again = await first.tracelift('backfill', '-e', experiment, '--detach', '--json');
    expect(json(again.stdout)).toMatchObject({ isNew: false, firstRunId: started['firstRunId'] });
    await client.workflow.getHandle(String(started['workflowId'])).terminate();
  });

  it('a worker of the other one on the same task queue does not do the work, and the command says so', async () => {
    const first = installed(0);
    const second = installed(1, first.taskQueue);
    const { MLFLOW_TRACKING_URI: mlflow = '', ...env } = first.env;
    const pipeline = await openPipeline({ mlflow, temporal: temporalAddress(), taskQueue: first.taskQueue, env });
    try {
      for (const args of [
        ['backfill', '-e', experiment],
        ['sync', '-e', experiment, '--lookback', '30d'],
      ]) {
        const { code, stdout, stderr } = await second.tracelift(...args);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(/OtherInstallation: No worker of this task queue serves.*TRACELIFT_TASK_QUEUE/s);
      }
      expect(second.hasTables).toBe(false);
      expect(
        await pipeline.value("SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'genai%'"),
      ).toBe(0);
    } finally {
      await pipeline.close();
    }
  });

  it('an id that somebody else took on another queue is refused, not joined', async () => {
    const [first, other] = [installed(0), `other-${randomUUID()}`];
    const workflowId = `tracelift/backfill/${(await first.place).idPart}/${experiment}`;
    const handle = await client.workflow.start('backfillTraces', {
      taskQueue: other,
      workflowId,
      args: [{ experiment }],
    });
    const { code, stdout, stderr } = await first.tracelift('backfill', '-e', experiment, '--detach', '--json');
    await handle.terminate();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`RunOfOthers: .*on the task queue ${other}`));
  });

  it('schedules of the other one are not paused, started or deleted', async () => {
    const [first, second] = [installed(0), installed(1)];
    const create = ['schedule', 'create', '-e', experiment, '--every', '1d', '--json'];
    const ids = (ended: Ended) => (json(ended.stdout)['schedules'] as { id: string }[]).map(({ id }) => id);
    const [id = ''] = ids(await first.tracelift(...create));
    const sameQueue = installed(1, first.taskQueue);
    try {
      for (const stranger of [second, sameQueue]) {
        for (const action of ['pause', 'trigger', 'delete']) {
          const named = await stranger.tracelift('schedule', action, id);
          expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('ScheduleOfOthers') as string]);
          const byExperiment = await stranger.tracelift('schedule', action, '-e', experiment);
          expect(byExperiment.stderr).toMatch(/^ScheduleNotFound/);
        }
      }
      const [own = ''] = ids(await second.tracelift(...create));
      expect(own).not.toBe(id);
      await second.tracelift('schedule', 'delete', own);
      expect((await client.schedule.getHandle(id).describe()).state.paused).toBe(false);
    } finally {
      await first.tracelift('schedule', 'delete', id);
    }
  });

  it('a run of an earlier version is joined where it was prepared for the same source and tables, and else left alone', async () => {
    const first = installed(0, undefined, { TRACELIFT_SOURCE_ID: 'test' });
    const { formerIdPart, formerLock } = await first.place;
    for (const [lock, isJoined] of [
      [formerLock, true],
      ['local-00000000', false],
    ] as const) {
      const held = gate();
      const script: ScriptedActivities = new ScriptedActivities(
        5,
        {
          listPage: async (request) => {
            await held.opened;
            return script.defaults().listPage(request);
          },
        },
        {},
        lock,
      );
      await withWorker(temporalAddress(), script.activities(), async ({ taskQueue }) => {
        const env = { ...first.env, TRACELIFT_TASK_QUEUE: taskQueue };
        const onQueue = Object.assign(Object.create(first) as TestInstallation, { env });
        const workflowId = `tracelift/backfill/${formerIdPart}/${experiment}`;
        const former = await client.workflow.start('backfillTraces', { taskQueue, workflowId, args: [{ experiment }] });
        await vi.waitFor(() => expect(script.names()).toContain('listPage'), 60_000);
        const ended = await onQueue.tracelift('backfill', '-e', experiment, '--detach', '--json');
        const model = json(ended.stdout);
        expect([model['isNew'], model['workflowId'] === workflowId]).toEqual([!isJoined, isJoined]);
        held.open();
        await Promise.all([former.result(), client.workflow.getHandle(String(model['workflowId'])).result()]);
      });
    }
  });

  it('a schedule of an earlier version is moved with its pause where its runs were ours, and else left alone', async () => {
    const first = installed(0, undefined, { TRACELIFT_SOURCE_ID: 'test' });
    const { formerIdPart, formerLock } = await first.place;
    const formerId = `tracelift/sync/${formerIdPart}/${experiment}`;
    for (const [lock, outcome] of [
      [formerLock, 'moved'],
      ['local-00000000', 'created'],
    ] as const) {
      const script = new ScriptedActivities(5, {}, {}, lock);
      await withWorker(temporalAddress(), script.activities(), async ({ taskQueue }) => {
        const onQueue = Object.assign(Object.create(first) as TestInstallation, {
          env: { ...first.env, TRACELIFT_TASK_QUEUE: taskQueue },
        });
        const args = [{ experiment, lookbackMs: 60_000, source: 'default', target: 'local' }];
        const former = await client.schedule.create({
          scheduleId: formerId,
          spec: { intervals: [{ every: '1d' }] },
          action: { type: 'startWorkflow', workflowType: 'syncTraces', workflowId: formerId, taskQueue, args },
        });
        await former.trigger();
        await vi.waitFor(async () => expect((await former.describe()).info.recentActions).toHaveLength(1), 60_000);
        const [run] = (await former.describe()).info.recentActions;
        await client.workflow.getHandle(run!.action.workflow.workflowId).result();
        await former.pause('moving house');
        const made = json(
          (await onQueue.tracelift('schedule', 'create', '-e', experiment, '--every', '1d', '--json')).stdout,
        );
        const [schedule] = made['schedules'] as { id: string; outcome: string; paused: boolean; note: string | null }[];
        expect(schedule).toMatchObject({ outcome, paused: outcome === 'moved' });
        expect(schedule?.id).toContain((await onQueue.place).idPart);
        const isGone = await former.describe().then(
          () => false,
          () => true,
        );
        expect(isGone).toBe(outcome === 'moved');
        if (!isGone) await former.delete();
        await client.schedule.getHandle(schedule?.id ?? '').delete();
      });
    }
  });
});
