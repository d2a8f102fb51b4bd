/**
 * Whether a path still leads to the file that this process opened. Imports Node and the failures only.
 *
 * DuckDB writes to the file that it has open, wherever the path leads by then: after a backup was moved over it, all
 * later writes would vanish with the old file at its close. Nothing here opens the file: closing any descriptor of it
 * inside this process would drop the lock by which DuckDB keeps other processes out.
 */
import { execFile } from 'node:child_process';
import type { BigIntStats } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';
import { TraceliftError } from '../../errors/index.js';
import { toWarehouseError } from './failures.js';

const run = promisify(execFile);

/** What became of the file, in the words of the error catalogue. */
type Change =
  'it is gone' | 'another file was put in its place' | 'another program wrote into it' | 'a link now leads elsewhere';

/** One header and two states of the database, each a block of 4,096 bytes: every checkpoint changes them. */
const headerBytes = 3 * 4096;

interface Known {
  readonly file: BigIntStats;
  /** Null where it cannot be read; then only device and inode are compared. */
  readonly header: string | null;
  readonly log: BigIntStats | null;
}

/** Knows the file as this process left it. */
export class FileWatch {
  private constructor(
    private readonly path: string,
    private readonly asked: string,
    private known: Known,
  ) {}

  /** Of a file that was just opened. `asked`: the path that leads to it, perhaps by links. */
  static async of(path: string, asked: string): Promise<FileWatch> {
    const file = await statsOf(path);
    if (file === null) throw replaced(path, 'it is gone');
    return new FileWatch(path, asked, { file, header: await headerOf(path), log: await statsOf(logOf(path)) });
  }

  /** Compares device and inode. @throws WarehouseFileReplaced */
  async checkPlace(): Promise<void> {
    const change = await this.#placeChange();
    if (change !== null) throw replaced(this.path, change);
  }

  /**
   * Compares also what the file holds; for times at which this process does not write to it.
   * @throws WarehouseFileReplaced
   */
  async check(): Promise<void> {
    const change = await this.change();
    if (change !== null) throw replaced(this.path, change);
  }

  /** What became of the file since {@link remember}; null: nothing. */
  async change(): Promise<Change | null> {
    const { known, path } = this;
    const change = await this.#placeChange();
    const file = await statsOf(path);
    if (file === null || change !== null) return change;
    if (hasSameTimes(known.file, file) || known.header === null) return null;
    // Touched, or on a file system that tells its times late. Only what it holds counts.
    const header = await headerOf(path);
    if (header !== null && header !== known.header) return 'another program wrote into it';
    this.known = { ...known, file };
    return null;
  }

  /** To be called after writes of this process. @throws WarehouseFileReplaced, when the path leads elsewhere by now */
  async remember(): Promise<void> {
    const { known, path } = this;
    await this.checkPlace();
    const file = await statsOf(path);
    if (file === null) throw replaced(path, 'it is gone');
    const header = hasSameTimes(known.file, file) ? known.header : await headerOf(path);
    this.known = { file, header, log: await statsOf(logOf(path)) };
  }

  /** True when the log was deleted, shortened or replaced since {@link remember}. Only memory holds its rows then. */
  async hasLostLog(): Promise<boolean> {
    const { log } = this.known;
    if (log === null) return false;
    const found = await statsOf(logOf(this.path));
    return found === null || !isSameFile(log, found) || found.size < log.size;
  }

  /**
   * Moves the log away that this process wrote, for when it belongs to a file that is gone. A log that came with another
   * file stays.
   * @returns where it lies now; null where there is none of this process
   */
  async moveOwnLogAside(): Promise<string | null> {
    const { log } = this.known;
    const found = await statsOf(logOf(this.path));
    if (log === null || found === null || !isSameFile(log, found) || !hasSameTimes(log, found)) return null;
    const aside = `${logOf(this.path)}.replaced`;
    await rename(logOf(this.path), aside);
    return aside;
  }

  async #placeChange(): Promise<Change | null> {
    const { asked, known, path } = this;
    const file = await statsOf(path);
    if (file === null) return 'it is gone';
    if (!isSameFile(known.file, file)) return 'another file was put in its place';
    const meant = asked === path ? file : await statsOf(asked);
    return meant !== null && isSameFile(file, meant) ? null : 'a link now leads elsewhere';
  }
}

const logOf = (path: string): string => `${path}.wal`;

const replaced = (path: string, reason: Change): TraceliftError =>
  new TraceliftError('WarehouseFileReplaced', { path, reason });

const isSameFile = (left: BigIntStats, right: BigIntStats): boolean => left.dev === right.dev && left.ino === right.ino;

const hasSameTimes = (left: BigIntStats, right: BigIntStats): boolean =>
  left.size === right.size && left.mtimeNs === right.mtimeNs;

async function statsOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw toWarehouseError(failure, path, 'looking for the file');
  }
}

/** Read by another process, for the sake of the lock. On Windows an open file can be neither replaced nor written. */
async function headerOf(path: string): Promise<string | null> {
  if (platform() === 'win32') return null;
  try {
    const { stdout } = await run('head', ['-c', String(headerBytes), path], { encoding: 'base64' });
    return stdout;
  } catch {
    // Systems without `head` go on with device and inode alone.
    return null;
  }
}
