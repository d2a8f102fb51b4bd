/**
 * `tracelift monitor …` on a Databricks target as a user calls it: a fake workspace, everything else real, with a worker
 * on a Temporal server.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { realLoaders } from '../../src/cli/real-loaders.js';
import { runCli } from '../../src/cli/run-cli.js';
import { loadConfig } from '../../src/config/index.js';
import { silentLog } from '../../src/log.js';
import type { Runtime } from '../../src/wiring/index.js';
import type { TraceliftWorker } from '../../src/worker.js';
import { databricksEnvironment } from '../fakes/databricks/environment.js';
import { apiError } from '../fakes/databricks/http.js';
import { FakeSql } from '../fakes/databricks/sql.js';
import { startFakeWorkspace, type StartedWorkspace } from '../fakes/databricks/start.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { newFolder, type Outcome } from './command-line.js';

const table = 'main.genai.genai_processed_traces_gold';
const quoted = '`main`.`genai`.`genai_processed_traces_gold';
/** 2026-01-30T00:00:00Z, a day and an hour begin. */
const windowMs = Date.UTC(2026, 0, 30);

/** What the engine would say: rows in Databricks' metric tables, and one window of each length to profile. */
const answers: FakeSql['answers'] = [
  { on: exactly(`AS num_rows FROM ${quoted}_profile_metrics\``), rows: [{ num_rows: '7' }] },
  { on: exactly(`AS num_rows FROM ${quoted}_drift_metrics\``), rows: [{ num_rows: '5' }] },
  {
    on: /AS num_slices/,
    rows: [{ window_us: `${windowMs}000`, num_rows: '3', last_us: '1', checksum: '1', num_slices: '1' }],
  },
  { on: exactly(`AS num_rows FROM ${quoted}_history_profile_metrics\` WHERE`), rows: [{ num_rows: '40' }] },
  { on: /AS profile_rows/, rows: [{ profile_rows: '80', drift_rows: '2', profiled_us: `${windowMs}000` }] },
];

function exactly(text: string): RegExp {
  return new RegExp(text.replaceAll('.', '\\.'));
}

describeWith(['temporal'], 'tracelift monitor on a Databricks target', () => {
  const cwd = newFolder();
  const sql = new FakeSql();
  const taskQueue = `databricks-monitor-${randomUUID()}`;
  let started: StartedWorkspace;
  let env: Record<string, string>;
  let runtime: Runtime;
  let worker: TraceliftWorker;

  beforeAll(async () => {
    started = await startFakeWorkspace((body) => sql.handle(body));
    const { workspace } = started;
    workspace.catalog.addTable(table);
    workspace.catalog.addSchema('main.genai');
    env = {
      TEMPORAL_ADDRESS: temporalAddress(),
      TRACELIFT_TASK_QUEUE: taskQueue,
      TRACELIFT_TARGET: 'databricks',
      ...databricksEnvironment(started, cwd),
    };
    sql.answers.push(...answers);
    const config = loadConfig({ env, cwd });
    await realLoaders.prepareTemporal(config, silentLog);
    runtime = await realLoaders.createRuntime(config, silentLog);
    worker = await realLoaders.startWorker({ runtime, taskQueue });
  });

  afterAll(async () => {
    await worker.shutdown();
    await runtime.close();
    await started.stop();
  });

  beforeEach(() => void (sql.statements.length = 0));

  async function monitor(...args: string[]): Promise<Outcome> {
    const written = { stdout: '', stderr: '' };
    const io = {
      ...{ env, cwd, nowMs: () => Date.now(), onInterrupt: () => () => undefined },
      stdout: { write: (text: string) => (written.stdout += text), columns: 200 },
      stderr: { write: (text: string) => (written.stderr += text), columns: 200 },
      exitNow: () => {
        throw new Error('the process was to end at once');
      },
    };
    return { code: await runCli(['monitor', ...args, '--target', 'databricks'], io, realLoaders), ...written };
  }

  async function json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await monitor(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  /** Requests of a kind since the last call with that kind. */
  const seen = new Map<string, number>();
  function since(request: RegExp): number {
    const all = started.workspace.requests.filter((line) => request.test(line)).length;
    const before = seen.get(request.source) ?? 0;
    seen.set(request.source, all);
    return all - before;
  }
  const made = (): number => since(/^POST .*\/monitors$/);
  const changed = (): number => since(/^PATCH /);
  const refreshed = (): number => since(/^POST .*\/refreshes$/);
  const removed = (): number => since(/^DELETE .*\/monitors\//);
  const historyWrites = (): number =>
    sql.statements.filter((text) => text.startsWith(`INSERT INTO ${quoted}_history_profile_metrics`)).length;

  const target = (): object => ({ name: 'databricks', location: `${started.workspace.url} main.genai` });
  const dashboard = (): string => `${started.workspace.url}/sql/dashboardsv3/[0-9a-f]{32}`;
  const line = (name: string, text: string): RegExp => new RegExp(`^${name} +${text}$`, 'm');
  const outcome = (action: string): object => ({
    workflowId: expect.stringMatching(/^tracelift\/monitor-command\/databricks-[0-9a-f]{8}$/) as string,
    target: target(),
    result: {
      ...{ action, state: 'active', rowsWritten: 80 },
      ...{ profileTable: `${table}_profile_metrics`, driftTable: `${table}_drift_metrics` },
      dashboardUrl: expect.stringMatching(new RegExp(`^${dashboard()}$`)) as string,
    },
  });

  it('show says that there is none, and how to make it', async () => {
    const { code, stdout, stderr } = await monitor('show');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(line('state', 'absent'));
    expect(stdout).toContain('Make it: tracelift monitor ensure');
    expect(await json('show')).toMatchObject({ target: target(), status: { state: 'absent', dashboardUrl: null } });
  });

  it('ensure makes it, waits until it is active, refreshes it, and links to its dashboard', async () => {
    started.workspace.monitors.pollsUntilActive = 3;
    const { code, stdout } = await monitor('ensure');
    expect(code).toBe(0);
    expect(stdout).toMatch(line('target', `${started.workspace.url} main\\.genai \\(databricks\\)`));
    expect(stdout).toMatch(line('monitor', 'active, created, 80 metric rows written'));
    expect(stdout).toMatch(line('profile table', `${table}_profile_metrics`));
    expect(stdout).toMatch(line('drift table', `${table}_drift_metrics`));
    expect(stdout).toMatch(line('dashboard', dashboard()));
    expect([made(), refreshed(), historyWrites()]).toEqual([1, 1, 2]);
  });

  it('ensure again changes nothing, and with --no-refresh asks for no refresh', async () => {
    expect(await json('ensure')).toEqual(outcome('unchanged'));
    started.workspace.monitors.finishRefreshes(table, windowMs);
    refreshed();
    const { code, stdout } = await monitor('ensure', '--no-refresh');
    expect(code).toBe(0);
    expect(stdout).toMatch(line('monitor', 'active, unchanged'));
    expect(stdout).toMatch(line('dashboard', dashboard()));
    expect([made(), changed(), refreshed()]).toEqual([0, 0, 0]);
  });

  it('refresh asks Databricks for one and computes the history profile, each time anew', async () => {
    for (const args of [[], ['--json']]) {
      sql.statements.length = 0;
      const { code, stdout } = await monitor('refresh', ...args);
      expect(code).toBe(0);
      if (args.length > 0) expect(JSON.parse(stdout)).toEqual(outcome('unchanged'));
      else expect(stdout).toMatch(line('dashboard', dashboard()));
      expect([made(), changed(), refreshed(), historyWrites()]).toEqual([0, 0, 1, 2]);
      started.workspace.monitors.finishRefreshes(table, windowMs);
    }
  });

  it('refresh starts none beside one that runs', async () => {
    for (const expected of [1, 0]) {
      expect((await monitor('refresh')).code).toBe(0);
      expect(refreshed()).toBe(expected);
    }
    started.workspace.monitors.finishRefreshes(table, windowMs);
  });

  it('show lists its tables, the last refresh, the history profile and the dashboard', async () => {
    const { code, stdout } = await monitor('show');
    expect(code).toBe(0);
    for (const [name, text] of [
      ['state', 'active'],
      ['profile table', `${table}_profile_metrics, 7 rows`],
      ['drift table', `${table}_drift_metrics, 5 rows`],
      ['last refresh', '2026-01-30.*'],
      ['profile over all history', `${table}_history_profile_metrics, 80 rows`],
      ['drift over all history', `${table}_history_drift_metrics, 2 rows`],
      ['dashboard', dashboard()],
    ] as const) {
      expect(stdout).toMatch(line(name, text));
    }
    expect(await json('show')).toMatchObject({
      status: {
        ...{ state: 'active', profileRows: 7, driftRows: 5, lastRefreshMs: windowMs, failure: null },
        dashboardUrl: expect.stringMatching(new RegExp(`^${dashboard()}$`)) as string,
        history: { profileTable: `${table}_history_profile_metrics`, profileRows: 80, driftRows: 2 },
      },
    });
  });

  it('drift is not offered, and says where to look instead', async () => {
    const { code, stderr } = await monitor('drift');
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`DriftNotOffered: .*${dashboard()}`));
  });

  it('delete removes it and keeps its tables unless told otherwise, also when there is nothing left', async () => {
    for (const expected of [1, 0]) {
      const { code, stdout } = await monitor('delete');
      expect(code).toBe(0);
      expect(stdout).toMatch(line('state', 'absent'));
      expect(removed()).toBe(expected);
    }
    expect(sql.statements.filter((text) => text.startsWith('DROP'))).toEqual([]);
    for (let times = 1; times <= 2; times += 1) {
      sql.statements.length = 0;
      expect(await json('delete', '--drop-tables')).toMatchObject({ target: target(), status: { state: 'absent' } });
      const dropped = sql.statements.filter((text) => text.startsWith('DROP TABLE IF EXISTS'));
      expect(dropped.filter((text) => text.includes('_profile_metrics`'))).toHaveLength(2);
      expect(dropped).toHaveLength(5);
    }
  });

  it('ensure that Databricks forbids makes the history profile unless told not to, names the right, ends with 2', async () => {
    const message = `User does not have MANAGE on Table '${table}'.`;
    started.workspace.fail({ on: /^POST .*monitors$/, times: 9, answer: apiError(403, 'PERMISSION_DENIED', message) });
    for (const [args, expected] of [
      [[], 2],
      [[], 2],
      [['--no-refresh'], 0],
    ] as const) {
      sql.statements.length = 0;
      const { code, stdout, stderr } = await monitor('ensure', ...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/MonitorPermission: .*does not have MANAGE on Table/);
      expect(historyWrites()).toBe(expected);
    }
  });
});
