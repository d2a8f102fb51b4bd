/**
 * One opening of a DuckDB file, from its instance to its end. Imports the DuckDB client, the log port and the error
 * catalogue only.
 */
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Log } from '../../log.js';
import { lockHolder, toWarehouseError } from './failures.js';
import { connectTo, inMemory, openInstance } from './instance.js';
import { MemorySteps } from './memory-steps.js';
import { removeForeignLog } from './read-copy-file.js';
import { type DuckDbSession, inTransaction, sessionOn, type StatementOptions } from './statements.js';
import type { SqlValues } from './values.js';

/** Options of {@link OpenedFile.open}. */
export interface OpenOptions {
  /** File path, or `:memory:` for a database of its own that vanishes at `close`. */
  readonly path: string;
  readonly log: Log;
  /** True: nothing can be written, and other processes may read the file meanwhile. Default false. */
  readonly readOnly?: boolean;
  /** How long to wait, in milliseconds, while another process holds the file. Default: 30,000; 0: not at all. */
  readonly waitMs?: number;
  /** Called on every try while waiting, for heartbeats. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
}

/** Statements outside any transaction, and transactions, while nothing else writes. */
export interface ExclusiveSession extends DuckDbSession {
  /** Runs `work` in one transaction; rolls back when it throws. Inside, only the session given to `work` may be used. */
  transaction<T>(work: (session: DuckDbSession) => Promise<T>): Promise<T>;
}

interface Parts {
  readonly path: string;
  readonly instance: DuckDBInstance;
  /** The only connection that writes. */
  readonly writer: DuckDBConnection;
  readonly memory: MemorySteps;
}

const defaultWaitMs = 30_000;
const retryEveryMs = 200;

export class OpenedFile {
  #isInvalidated = false;
  /** Reads under way: the file must not be given back below them. */
  readonly #reads = new Set<Promise<unknown>>();

  private constructor(private readonly parts: Parts) {}

  /** @throws WarehouseHeldByProcess after `waitMs`, WarehousePermission, WarehouseFileUnusable, WarehouseLogUnusable */
  static async open(options: OpenOptions): Promise<OpenedFile> {
    const { path, log, readOnly = false } = options;
    if (readOnly) await removeForeignLog(path);
    const isNew = path !== inMemory && !existsSync(path);
    const instance = await openPatiently(options);
    try {
      // The file holds the texts of traces. One that exists keeps the rights that its owner gave it.
      if (isNew) await chmod(path, 0o600);
      const writer = await connectTo(instance, path);
      // Casts and date functions on TIMESTAMPTZ must not depend on the time zone of the machine.
      await writer.run("SET GLOBAL TimeZone = 'UTC'");
      const memory = await MemorySteps.of(instance, log);
      return new OpenedFile({ path, instance, writer, memory });
    } catch (failure) {
      instance.closeSync();
      throw toWarehouseError(failure, path, 'opening');
    }
  }

  /** True once DuckDB has closed the file by itself: every further statement fails. */
  get isInvalidated(): boolean {
    return this.#isInvalidated;
  }

  /** Reads what is committed, on a connection of its own. */
  async rows<T extends object>(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<T[]> {
    const { instance, memory, path } = this.parts;
    const read = async (): Promise<T[]> => {
      const connection = await connectTo(instance, path);
      try {
        const session = sessionOn(connection, path, this.#onInvalidated);
        return await memory.reading(() => session.rows<T>(sql, parameters, options));
      } finally {
        connection.closeSync();
      }
    };
    const reading = read();
    this.#reads.add(reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(reading);
    }
  }

  /** Gives `work` the connection that writes. The caller sees to it that one `work` follows the other. */
  exclusively<T>(work: (session: ExclusiveSession) => Promise<T>): Promise<T> {
    const { writer, memory, path } = this.parts;
    const session = sessionOn(writer, path, this.#onInvalidated);
    const exclusive: ExclusiveSession = {
      run: (...statement) => memory.writing(() => session.run(...statement)),
      rows: <R extends object>(...statement: Parameters<DuckDbSession['rows']>) =>
        memory.reading(() => session.rows<R>(...statement)),
      transaction: (inside) => memory.writing(() => inTransaction(session, () => inside(session))),
    };
    return work(exclusive);
  }

  /** Waits for reads under way and releases the file. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#reads);
    this.release();
  }

  /** As {@link close}, without writing: what this opening still has in mind belongs to a file that is not there. */
  async abandon(): Promise<void> {
    // After an invalidation DuckDB writes nothing any more, and takes no statement.
    if (!this.isInvalidated) await this.parts.writer.run('PRAGMA disable_checkpoint_on_shutdown');
    await this.close();
  }

  /** Releases the file at once; nothing may be under way. */
  release(): void {
    const { instance, writer, memory } = this.parts;
    memory.close();
    writer.closeSync();
    instance.closeSync();
  }

  readonly #onInvalidated = (): void => {
    this.#isInvalidated = true;
  };
}

async function openPatiently(options: OpenOptions): Promise<DuckDBInstance> {
  const { path, log, readOnly = false, waitMs = defaultWaitMs, onWait, signal } = options;
  const numTries = Math.ceil(waitMs / retryEveryMs) + 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openInstance(path, readOnly);
    } catch (failure) {
      const pid = lockHolder(failure);
      if (pid === null || attempt >= numTries) throw toWarehouseError(failure, path, 'opening');
      if (attempt === 1) log.warn('Another process holds the DuckDB file; waiting for it', { path, pid, waitMs });
    }
    onWait?.();
    await delay(retryEveryMs, undefined, signal === undefined ? {} : { signal });
  }
}
