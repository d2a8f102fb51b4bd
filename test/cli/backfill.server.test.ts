import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { seedTraces, type Seeded } from '../servers/seed.js';

const root = join(import.meta.dirname, '..', '..');
const main = ['--import', join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs'), join(root, 'src', 'cli', 'main.ts')];
const numTraces = 12;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describeWith(['mlflow', 'temporal'], 'tracelift, called as a user calls it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracelift-cli-server-'));
  const taskQueue = `cli-${randomUUID()}`;
  let seeded: Seeded;

  const tracelift = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const base = {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TRACELIFT_CACHE: process.env['TRACELIFT_CACHE'],
      };
      const settings = { MLFLOW_TRACKING_URI: mlflowUri(), TRACELIFT_LAG_MS: '0', TRACELIFT_TASK_QUEUE: taskQueue };
      const options = { cwd: folder, env: { ...base, ...settings, ...env } };
      execFile(process.execPath, [...main, ...args], options, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
      });
    });
  const onServer = { TEMPORAL_ADDRESS: temporalAddress() };

  beforeAll(async () => {
    const experimentName = `cli-${randomUUID()}`;
    seeded = await seedTraces({
      address: mlflowUri(),
      experimentName,
      numTraces,
      textBytes: 300,
      withAssessments: true,
    });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('`plan` says what would be copied and writes nothing', async () => {
    const { code, stdout } = await tracelift(['plan', '-e', seeded.experimentId, '--json'], onServer);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ traces: { count: numTraces }, landed: 0, windows: 1 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tracelift, called as a user calls it copies everything on a server that has no worker yet, and nothing the second time', async () => {
    const first = await tracelift(['backfill', '-e', seeded.experimentId, '--json'], onServer);
    expect(JSON.parse(first.stdout)).toMatchObject({ result: { totals: { landed: numTraces, inserted: numTraces } } });
    const second = await tracelift(['backfill', '-e', seeded.experimentId, '--json'], onServer);
    expect(JSON.parse(second.stdout)).toMatchObject({
      result: { totals: { listed: numTraces, landed: numTraces, inserted: 0, updated: 0, missing: 0 } },
    });
    expect([first.code, second.code]).toEqual([0, 0]);
  });

  it('tracelift, called as a user calls it answers queries, shows the runs and finds nothing wrong afterwards', async () => {
    const query = await tracelift(['query', 'SELECT count(*) AS n FROM genai_raw_traces', '--format', 'csv']);
    expect(query).toMatchObject({ code: 0, stdout: `n\r\n${numTraces}\n` });
    const refused = await tracelift(['query', "COPY (SELECT 1) TO 'x.csv'"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('QueryRefused');
    const status = await tracelift(['status', '--limit', '50'], onServer);
    expect(status.stdout).toMatch(
      new RegExp(`tracelift/backfill/local-[0-9a-f]{8}/default-[0-9a-f]{8}/${seeded.experimentId}\\b`),
    );
    expect((await tracelift(['doctor'], onServer)).code).toBe(0);
    expect((await tracelift(['monitor', 'show'])).stdout).toContain('active');
  });

  it('tracelift, called as a user calls it says at once which experiment is unknown, also when a worker finds it out', async () => {
    for (const env of [{}, onServer]) {
      const { code, stdout, stderr } = await tracelift(['backfill', '-e', 'no such experiment'], env);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/ExperimentNotFound: .*no such experiment/);
    }
  });

  it('without TEMPORAL_ADDRESS brings its own server and leaves none behind', async () => {
    const { code, stderr } = await tracelift(['sync', '-e', seeded.experimentId, '--lookback', '1h']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Temporal: local server 127\.0\.0\.1:\d+ started/);
    expect(existsSync(join(folder, 'tracelift-data', 'temporal', 'server.json'))).toBe(false);
    expect((await tracelift(['status'])).stdout).toContain('no Temporal server runs');
  });

  it('tracelift, called as a user calls it writes everything for its user alone, under the usual mask of a shell too', () => {
    const data = join(folder, 'tracelift-data');
    const written = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => join(data, name));
    expect(written.length).toBeGreaterThan(3);
    const open = [data, ...written].filter((path) => (statSync(path).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });
});
