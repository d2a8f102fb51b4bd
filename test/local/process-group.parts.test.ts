import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { freePort, freePorts } from '../../src/local/free-port.js';
import { groupIsAlive, groupMembers, signalGroup } from '../../src/local/group-signals.js';
import { startServer, stopAllServers, type ServerProcess } from '../../src/local/process-group.js';

const standIn = fileURLToPath(new URL('./stand-in-server.mjs', import.meta.url));
const ownerScript = fileURLToPath(new URL('./server-owner.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tracelift-groups-'));
const waitOptions = { timeout: 60_000, interval: 50 };
// Up to three processes start one after the other, and are waited for one after the other.
vi.setConfig({ testTimeout: 180_000 });
/** Groups of the running test, so that a failing one leaves nothing behind either. */
const groups: number[] = [];

async function start(mode: string, timeoutMs = 60_000): Promise<ServerProcess> {
  const port = await freePort();
  const server = await startServer(
    {
      name: 'stand-in',
      command: process.execPath,
      args: [standIn, String(port), mode],
      logFile: join(folder, `${port}.log`),
    },
    { check: async () => (await fetch(`http://127.0.0.1:${port}/`)).ok, timeoutMs },
  );
  groups.push(server.pid);
  await allThere(server.pid);
  return server;
}

async function allThere(group: number): Promise<void> {
  await vi.waitFor(() => expect(groupMembers(group)).toHaveLength(3), waitOptions);
}

async function nothingLeft(group: number): Promise<void> {
  await vi.waitFor(() => expect(groupMembers(group)).toEqual([]), waitOptions);
}

/** A process that started a server; it has printed the group's id. */
async function owner(how: string): Promise<{ process: ChildProcess; group: number; ended: Promise<unknown[]> }> {
  const args = ['--import', 'tsx', ownerScript, String(await freePort()), join(folder, `${how}.log`), how];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const group = Number.parseInt(text.toString(), 10);
  groups.push(group);
  return { process: child, group, ended };
}

afterEach(async () => {
  await stopAllServers();
  for (const group of groups.splice(0)) signalGroup(group, 'SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a started server', () => {
  it('a started server is ready when it answers, and stopping it ends its children and grandchildren', async () => {
    const server = await start('');
    expect(server.running()).toBe(true);
    await server.stop();
    expect(groupIsAlive(server.pid)).toBe(false);
    await vi.waitFor(() => expect(server.running()).toBe(false), waitOptions);
  });

  it('a started server is killed when it ignores the request to end', async () => {
    const server = await start('stubborn');
    await server.stop(100);
    expect(groupIsAlive(server.pid)).toBe(false);
  });

  it('a started server may be stopped twice, also at the same time', async () => {
    const server = await start('');
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(groupIsAlive(server.pid)).toBe(false);
  });

  it('a started server takes its descendants with it when it dies by itself', async () => {
    const server = await start('');
    process.kill(server.pid, 'SIGKILL');
    await nothingLeft(server.pid);
  });

  it('a server that cannot start is reported with its last lines', async () => {
    await expect(start('broken')).rejects.toMatchObject({
      code: 'ServerNotStarted',
      message: expect.stringMatching(/exit code 3[^]*the port is cursed[^]*\.log/) as unknown,
    });
  });

  it('a server program that does not exist is reported as such', async () => {
    const command = { name: 'ghost', command: '/no/such/server', args: [], logFile: join(folder, 'ghost.log') };
    await expect(startServer(command, { check: async () => true, timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'ServerNotStarted',
      message: expect.stringContaining('ENOENT') as unknown,
    });
  });

  it('a server that never answers is ended when its time is up', async () => {
    const before = groups.length;
    await expect(start('silent', 300)).rejects.toMatchObject({ code: 'ServerNotStarted' });
    expect(groups).toHaveLength(before);
  });

  it('a server whose start is cancelled is ended', async () => {
    const command = {
      name: 'stand-in',
      command: process.execPath,
      args: [standIn, String(await freePort()), 'silent'],
      logFile: join(folder, 'cancelled.log'),
    };
    const readiness = { check: async () => false, timeoutMs: 60_000, signal: AbortSignal.timeout(100) };
    await expect(startServer(command, readiness)).rejects.toMatchObject({ code: 'ServerNotStarted' });
  });
});

describe('no process of a server is left', () => {
  it.each(['throw', 'exit', 'end'])('when its owner ends by itself: %s', async (how) => {
    const { group, ended } = await owner(how);
    await ended;
    await nothingLeft(group);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'no process of a group is left when its owner gets %s',
    async (signal) => {
      const { process: child, group, ended } = await owner('wait');
      await allThere(group);
      child.kill(signal);
      await ended;
      await nothingLeft(group);
    },
  );

  it('when its owner is killed and it ignores SIGTERM itself', async () => {
    const { process: child, group, ended } = await owner('wait-stubborn');
    await allThere(group);
    child.kill('SIGKILL');
    await ended;
    await nothingLeft(group);
  });
});

it('a server that its owner leaves running outlives it', async () => {
  const { group, ended } = await owner('leave');
  await ended;
  await allThere(group);
});

it('free ports asked for at once are different ones', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
});
