/** The worker image's health check, asked about a real worker outside a container. */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort } from '../../src/local/free-port.js';
import { root } from '../imports.js';
import { describeWith, temporalAddress } from '../servers/require.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'tracelift-worker-'));

beforeAll(() => run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root }), 400_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWith(['temporal'], 'the health check of the worker image', () => {
  it('the health check of the worker image fails until the worker polls, passes while it does, and the worker ends in order when asked to', async () => {
    const prometheus = `127.0.0.1:${await freePort()}`;
    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: temporalAddress(),
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
      TRACELIFT_DATA: folder,
      TRACELIFT_TASK_QUEUE: `health-check-${randomUUID()}`,
      TRACELIFT_PROMETHEUS_ADDRESS: prometheus,
    };
    const check = (): Promise<unknown> => run(process.execPath, [join(root, 'scripts', 'worker-health.mjs')], { env });
    await expect(check()).rejects.toMatchObject({ code: 1 });
    const worker = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'worker'], { env, stdio: 'ignore' });
    const ended = once(worker, 'exit');
    try {
      await vi.waitFor(check, { timeout: 120_000, interval: 500 });
    } finally {
      worker.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
    await expect(check()).rejects.toMatchObject({ code: 1 });
  }, 300_000);
});
