/** The folder outside the repository that keeps the programs of the local servers. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../log.js';

/** Environment variables as a plain object; the callers decide which. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What every search for a program needs. */
export interface ProgramSearch {
  readonly env: Environment;
  /** See {@link cacheDirectory}. */
  readonly cacheDir: string;
  readonly log: Log;
  /** False: the Temporal SDK's download is not tried. Default true. */
  readonly download?: boolean;
}

/** `TRACELIFT_CACHE`, or `~/.cache/tracelift`. */
export function cacheDirectory(env: Environment): string {
  const configured = env['TRACELIFT_CACHE'];
  return configured === undefined || configured === '' ? join(homedir(), '.cache', 'tracelift') : resolve(configured);
}

/** How often a waiting process looks whether the lock is free, in milliseconds. */
const lockPollMs = 250;

/**
 * Runs `work` while no other process of this machine runs work under the same lock file. A lock whose owner no
 * longer lives is taken over, so a killed build blocks nobody.
 */
export async function withFileLock<T>(lockFile: string, log: Log, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lockFile), { recursive: true });
  for (let waited = 0; !tryLock(lockFile); waited += 1) {
    if (waited === 0)
      log.info(`Waiting for process ${ownerOf(lockFile) ?? '?'}, which sets up the same program`, { lockFile });
    await pause(lockPollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function tryLock(lockFile: string): boolean {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (isStale(lockFile)) rmSync(lockFile, { force: true });
  return false;
}

/** A lock without a readable owner is one that is being written, unless it is old. */
function isStale(lockFile: string): boolean {
  const owner = ownerOf(lockFile);
  if (owner !== null) return !processLives(owner);
  const age = Date.now() - (statSync(lockFile, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > 10_000;
}

function ownerOf(lockFile: string): number | null {
  try {
    const owner = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
    return Number.isNaN(owner) ? null : owner;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function processLives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
