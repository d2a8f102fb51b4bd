/**
 * One DuckDB file, opened once per process, however many parts of it use the file. Imports the owned file, the log
 * port and the error catalogue only.
 *
 * Two DuckDB instances on one file inside one process destroy each other's commits without an error: the operating
 * system's file lock only keeps other processes out. So every handle shares one instance, writes queue up in this
 * process, and the last `close` gives the file back.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { TraceliftError } from '../../errors/index.js';
import { canonicalPath } from './canonical-path.js';
import { inMemory } from './instance.js';
import type { ExclusiveSession, OpenOptions } from './opened-file.js';
import { OwnedFile } from './owned-file.js';
import type { DuckDbSession, StatementOptions } from './statements.js';
import type { SqlValues } from './values.js';

export type { ExclusiveSession, OpenOptions } from './opened-file.js';
export type { DuckDbSession } from './statements.js';

interface Owner {
  readonly file: OwnedFile;
  numHandles: number;
  isReleased: boolean;
}

const shared = new Map<string, Promise<Owner>>();

/** A handle to a database file. All handles of one process on one file share one DuckDB instance. */
export class DuckDbDatabase implements DuckDbSession {
  #isClosed = false;

  private constructor(
    readonly path: string,
    readonly isReadOnly: boolean,
    private readonly key: string,
    private readonly owner: Owner,
  ) {}

  /**
   * Opens or creates the file; its folder must exist.
   * @throws WarehouseHeldByProcess after `waitMs`, WarehousePermission, WarehouseFileUnusable, WarehouseLogUnusable
   */
  static async open(options: OpenOptions): Promise<DuckDbDatabase> {
    const isMemory = options.path === inMemory;
    const key = isMemory ? `${inMemory}${randomUUID()}` : await canonicalPath(options.path);
    const path = isMemory ? inMemory : key;
    for (;;) {
      let opening = shared.get(key);
      if (opening === undefined) {
        opening = openOwner({ ...options, path }, isMemory ? path : resolve(options.path));
        shared.set(key, opening);
        opening.catch(() => shared.delete(key));
      }
      const owner = await opening;
      // The last handle may have closed it while this one waited.
      if (owner.isReleased) continue;
      owner.numHandles += 1;
      return new DuckDbDatabase(path, options.readOnly === true, key, owner);
    }
  }

  /** Queued behind all other writes of this process. */
  run(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<number> {
    return this.exclusively((session) => session.run(sql, parameters, options));
  }

  /** Reads what is committed, without waiting for writes in progress. @throws WarehouseFileReplaced */
  rows<T extends object>(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<T[]> {
    return this.#file().read((opened) => opened.rows<T>(sql, parameters, options));
  }

  /**
   * Runs `work` in one transaction, queued behind all other writes; rolls back when it throws.
   * Inside, only the session given may be used: a write through the database itself would wait for its own end.
   */
  transaction<T>(work: (session: DuckDbSession) => Promise<T>): Promise<T> {
    return this.exclusively((session) => session.transaction(work));
  }

  /**
   * Runs `work` while nothing else of this process writes to the file, outside any transaction.
   * @throws WarehouseFileReplaced, also when `work` itself went well
   */
  exclusively<T>(work: (session: ExclusiveSession) => Promise<T>): Promise<T> {
    return this.#file().write(work);
  }

  /** As {@link OwnedFile.follow}. */
  follow(): Promise<void> {
    return this.#file().follow();
  }

  /** Gives the handle back; the last one waits for queued writes and releases the file. Calling twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { owner } = this;
    owner.numHandles -= 1;
    await owner.file.settled();
    if (owner.numHandles > 0 || owner.isReleased) return;
    owner.isReleased = true;
    shared.delete(this.key);
    owner.file.release();
  }

  #file(): OwnedFile {
    if (!this.#isClosed) return this.owner.file;
    throw new TraceliftError('Internal', { where: 'the DuckDB warehouse', reason: 'it was used after its close' });
  }
}

async function openOwner(options: OpenOptions, asked: string): Promise<Owner> {
  return { file: await OwnedFile.open(options, asked), numHandles: 0, isReleased: false };
}
