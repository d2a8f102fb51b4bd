/**
 * A copy of the DuckDB file that other processes can read while this one holds the file itself. Imports the database
 * and Node.
 *
 * Outside Windows the bytes are copied by a child process: closing any descriptor of the file inside this process would
 * drop the lock by which DuckDB keeps other processes out (fcntl locks belong to the process, not to the descriptor;
 * tried), and a second writer could then destroy the file. For the same reason nothing here may open it.
 *
 * Nobody may write to the copy (0400). Who may do so all the same, as root may, leaves a log beside it, which DuckDB
 * would replay for every later reader, or another time of change: then the copy is not fresh, and is made anew.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, copyFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';
import type { Log } from '../../log.js';
import type { DuckDbDatabase } from './database.js';
import { toWarehouseError } from './failures.js';
import { readCopyPath, removeForeignLog, removeHalfCopies } from './read-copy-file.js';

const run = promisify(execFile);

/** Replaces the read copy as a whole and returns its path; null for a database in memory. */
export async function publishReadCopy(database: DuckDbDatabase, log: Log): Promise<string | null> {
  if (database.path === ':memory:') return null;
  const target = readCopyPath(database.path);
  try {
    await database.exclusively(async (session) => {
      await session.run('CHECKPOINT');
      // Whoever works here is the only one: the file itself is locked.
      await removeHalfCopies(target);
      await removeForeignLog(target);
      if (!(await isReadCopyFresh(database.path))) await copyTo(database.path, target);
    });
  } catch (failure) {
    throw toWarehouseError(failure, target, 'publishing the read copy');
  }
  log.debug('Published the read copy', { path: target });
  return target;
}

/** True when the read copy holds everything that is committed, and nothing else. */
export async function isReadCopyFresh(path: string): Promise<boolean> {
  const copyPath = readCopyPath(path);
  const [file, log, copy, copyLog] = await Promise.all([path, `${path}.wal`, copyPath, `${copyPath}.wal`].map(stats));
  if (file == null || copy == null || copyLog !== null || (log != null && log.size > 0)) return false;
  return file.size === copy.size && Math.abs(file.mtimeMs - copy.mtimeMs) < 1;
}

/** The copy has the time of its original: by that it is known as one that nobody changed. */
async function copyTo(path: string, target: string): Promise<void> {
  const aside = `${target}.${randomUUID()}.aside`;
  try {
    const { atime, mtime } = await stat(path);
    await copyBytes(path, aside);
    await utimes(aside, atime, mtime);
    // Windows refuses to replace a file that is read-only.
    if (platform() !== 'win32') await chmod(aside, 0o400);
    await rename(aside, target);
  } finally {
    await rm(aside, { force: true });
  }
}

/** Copies into a file that only its owner can read. File systems that can share blocks do so. */
async function copyBytes(from: string, to: string): Promise<void> {
  await writeFile(to, '', { flag: 'wx', mode: 0o600 });
  if (platform() === 'win32') await copyFile(from, to);
  else await run('cp', [from, to]);
}

async function stats(path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | null> {
  try {
    return await stat(path);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw toWarehouseError(failure, path, 'looking at the read copy');
  }
}
