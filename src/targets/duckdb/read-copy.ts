/**
 * A copy of the DuckDB file that other processes can read while this one holds the file itself. Imports the database
 * and Node.
 *
 * Outside Windows the bytes are copied by a child process: closing any descriptor of the file inside this process would
 * drop the lock by which DuckDB keeps other processes out (fcntl locks belong to the process, not to the descriptor;
 * tried), and a second writer could then destroy the file. For the same reason nothing here may open it.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';
import type { Log } from '../../log.js';
import type { DuckDbDatabase } from './database.js';
import { toWarehouseError } from './failures.js';

const run = promisify(execFile);

/** Where the read copy of a file lies. */
export const readCopyPath = (path: string): string => `${path.replace(/\.duckdb$/, '')}.read.duckdb`;

/** Copies into a file that only its owner can read. File systems that can share blocks do so. */
async function copyBytes(from: string, to: string): Promise<void> {
  await writeFile(to, '', { flag: 'wx', mode: 0o600 });
  if (platform() === 'win32') await copyFile(from, to);
  else await run('cp', [from, to]);
}

/** Replaces the read copy as a whole and returns its path; null for a database in memory. */
export async function publishReadCopy(database: DuckDbDatabase, log: Log): Promise<string | null> {
  if (database.path === ':memory:') return null;
  const target = readCopyPath(database.path);
  const aside = `${target}.${randomUUID()}.aside`;
  try {
    await database.exclusively(async (session) => {
      await session.run('CHECKPOINT');
      await copyBytes(database.path, aside);
      await rename(aside, target);
    });
  } catch (failure) {
    await rm(aside, { force: true });
    throw toWarehouseError(failure, target, 'publishing the read copy');
  }
  log.debug('Published the read copy', { path: target });
  return target;
}

/** True when the read copy holds everything that is committed: nothing was written since it was made. */
export async function isReadCopyFresh(path: string): Promise<boolean> {
  const [file, log, copy] = await Promise.all([stats(path), stats(`${path}.wal`), stats(readCopyPath(path))]);
  if (file === null || copy === null || (log !== null && log.size > 0)) return false;
  return file.mtimeMs < copy.mtimeMs;
}

async function stats(path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | null> {
  try {
    return await stat(path);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw toWarehouseError(failure, path, 'looking at the read copy');
  }
}
