import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startRecordedMlflow, type RunningStandIn } from '../../src/local/recorded-mlflow/recorded-mlflow.js';
import { FaultyMlflow, isListing } from '../fakes/faulty-mlflow.js';
import { describeWith, temporalCliPath } from '../servers/require.js';
import { gate } from '../workflows/workflow-bench.js';

const root = join(import.meta.dirname, '..', '..');
const main = ['--import', join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs'), join(root, 'src', 'cli', 'main.ts')];

/** A command in a process of its own. */
class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
    this.child = spawn(process.execPath, [...main, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  says(text: RegExp): Promise<void> {
    return vi.waitFor(() => expect(this.stderr).toMatch(text), { timeout: 90_000, interval: 100 });
  }
}

describeWith(['temporal'], 'two commands on one data folder without TEMPORAL_ADDRESS', () => {
  let folder: string;
  let server: RunningStandIn;
  /** Sources `fast` and `slow`, whose listings wait until they are let go. */
  let proxies: Record<'fast' | 'slow', FaultyMlflow>;
  let held: Record<'fast' | 'slow', ReturnType<typeof gate>>;
  const started: Running[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tracelift-shared-server-'));
    server = await startRecordedMlflow();
    proxies = { fast: await FaultyMlflow.start(server.address), slow: await FaultyMlflow.start(server.address) };
    held = { fast: gate(), slow: gate() };
    for (const name of ['fast', 'slow'] as const) proxies[name].before(isListing, () => held[name].opened);
    const sources = Object.entries(proxies).map(([name, { address }]) => `  ${name}: { address: '${address}' }`);
    writeFileSync(join(folder, 'tracelift.yaml'), `sources:\n${sources.join('\n')}\nwindows: { lagMs: 0 }\n`);
  });

  afterEach(async () => {
    for (const { child } of started.splice(0)) child.kill('SIGKILL');
    for (const name of ['fast', 'slow'] as const) held[name].open();
    await Promise.all([...Object.values(proxies), server].map((one) => one.close()));
    // The guard of a killed command needs a moment to end its server, which writes there until then.
    await vi.waitFor(() => rmSync(folder, { recursive: true, force: true }), 20_000);
  });

  function tracelift(...args: string[]): Running {
    const { PATH, HOME, TRACELIFT_CACHE } = process.env;
    const cli = temporalCliPath();
    const env = { PATH, HOME, TRACELIFT_CACHE, ...(cli === null ? {} : { TEMPORAL_CLI_PATH: cli }) };
    const command = new Running(args, { cwd: folder, env });
    started.push(command);
    return command;
  }

  const backfill = (source: string): Running => tracelift('backfill', '-e', '1', '--source', source, '--no-monitor');
  const hasServer = (): boolean => existsSync(join(folder, 'tracelift-data', 'temporal', 'server.json'));

  /** The exit code, and how the copy ended. */
  async function endOf(command: Running): Promise<unknown> {
    const code = await command.ended;
    expect(command.stderr).not.toMatch(/Channel has been shut down|Error:/);
    return { code, isComplete: /^complete/m.test(command.stdout), stderr: code === 0 ? '' : command.stderr };
  }

  const complete = { code: 0, isComplete: true, stderr: '' };

  it('the one that started the server stays until the other one is done, then nothing is left', async () => {
    const first = backfill('fast');
    await first.says(/Run: tracelift/);
    const second = backfill('slow');
    await second.says(/Run: tracelift/);
    held.fast.open();
    await first.says(/stays until process \d+ has ended/);
    // Its own result is out already.
    expect(first.stdout).toMatch(/^complete/m);
    held.slow.open();
    expect(await Promise.all([endOf(second), endOf(first)])).toEqual([complete, complete]);
    expect(hasServer()).toBe(false);
  });

  it.each([['is killed', (first: Running) => first.child.kill('SIGKILL')]])(
    'where the first one %s, the work of both goes on, and the second one ends as usual',
    async (_how, harm) => {
      const first = backfill('fast');
      await first.says(/Run: tracelift/);
      const second = backfill('slow');
      await second.says(/Run: tracelift/);
      harm(first);
      await vi.waitFor(() => expect(first.stderr + second.stderr).toMatch(/starts it again and goes on/), 90_000);
      for (const name of ['fast', 'slow'] as const) held[name].open();
      expect(await endOf(second)).toEqual(complete);
      await first.ended;
      expect(hasServer()).toBe(false);
    },
  );
});
