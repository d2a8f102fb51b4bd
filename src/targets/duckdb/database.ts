/**
 * One DuckDB file, opened once per process, however many parts of it use the file. Imports the DuckDB client, the log
 * port and the error catalogue only.
 *
 * Two DuckDB instances on one file inside one process destroy each other's commits without an error: the operating
 * system's file lock only keeps other processes out. So every handle shares one instance, writes queue up in this
 * process, and the last `close` gives the file back.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TraceliftError } from '../../errors/index.js';
import type { Log } from '../../log.js';
import { lockHolder, toWarehouseError } from './failures.js';
import { canonicalPath } from './canonical-path.js';
import { connectTo, openInstance } from './instance.js';
import { interruptible } from './interruptible.js';
import { MemorySteps } from './memory-steps.js';
import { parameterType, parameterValue, readValue, type SqlValue, type SqlValues } from './values.js';

/** Options of {@link DuckDbDatabase.open}. */
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

/** What one statement may be given besides its text. */
export interface StatementOptions {
  /** Interrupts the statement; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Statements against one connection. */
export interface DuckDbSession {
  /** Runs a statement and returns how many rows it changed. */
  run(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<number>;
  /** All rows, as objects; see `values.ts` for how values are read. */
  rows<T extends object>(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<T[]>;
}

/** Statements outside any transaction, and transactions, while nothing else writes. */
export interface ExclusiveSession extends DuckDbSession {
  /** As {@link DuckDbDatabase.transaction}. Inside, only the session given to `work` may be used. */
  transaction<T>(work: (session: DuckDbSession) => Promise<T>): Promise<T>;
}

interface SharedInstance {
  readonly instance: DuckDBInstance;
  /** The only connection that writes. */
  readonly writer: DuckDBConnection;
  readonly memory: MemorySteps;
  /** Settles when the last queued write has ended. */
  tail: Promise<void>;
  /** Reads under way: the file must not be given back below them. */
  readonly reads: Set<Promise<unknown>>;
  numHandles: number;
  isReleased: boolean;
}

const shared = new Map<string, Promise<SharedInstance>>();
const defaultWaitMs = 30_000;
const retryEveryMs = 200;

/** A handle to a database file. All handles of one process on one file share one DuckDB instance. */
export class DuckDbDatabase implements DuckDbSession {
  #isClosed = false;

  private constructor(
    readonly path: string,
    readonly isReadOnly: boolean,
    private readonly key: string,
    private readonly owner: SharedInstance,
  ) {}

  /**
   * Opens or creates the file; its folder must exist.
   * @throws WarehouseHeldByProcess after `waitMs`, WarehousePermission, WarehouseFileUnusable
   */
  static async open(options: OpenOptions): Promise<DuckDbDatabase> {
    const isMemory = options.path === ':memory:';
    const key = isMemory ? `:memory:${randomUUID()}` : await canonicalPath(options.path);
    for (;;) {
      let opening = shared.get(key);
      if (opening === undefined) {
        opening = openShared(isMemory ? ':memory:' : key, options);
        shared.set(key, opening);
        opening.catch(() => shared.delete(key));
      }
      const owner = await opening;
      // The last handle may have closed it while this one waited.
      if (owner.isReleased) continue;
      owner.numHandles += 1;
      return new DuckDbDatabase(isMemory ? ':memory:' : key, options.readOnly === true, key, owner);
    }
  }

  /** Queued behind all other writes of this process. */
  run(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<number> {
    return this.#enqueue((connection) =>
      this.owner.memory.writing(() => execute(connection, this.path, sql, parameters, options)),
    );
  }

  /** Reads what is committed, without waiting for writes in progress. */
  rows<T extends object>(sql: string, parameters?: SqlValues, options?: StatementOptions): Promise<T[]> {
    return this.#tracked(async () => {
      const connection = await connectTo(this.owner.instance, this.path);
      try {
        return await this.owner.memory.reading(() => read<T>(connection, this.path, sql, parameters, options));
      } finally {
        connection.closeSync();
      }
    });
  }

  /**
   * Runs `work` in one transaction, queued behind all other writes; rolls back when it throws.
   * Inside, only the session given may be used: a write through the database itself would wait for its own end.
   */
  transaction<T>(work: (session: DuckDbSession) => Promise<T>): Promise<T> {
    return this.exclusively((session) => session.transaction(work));
  }

  /** Runs `work` while nothing else of this process writes to the file, outside any transaction. */
  exclusively<T>(work: (session: ExclusiveSession) => Promise<T>): Promise<T> {
    const { memory } = this.owner;
    return this.#enqueue((connection) => {
      const session: DuckDbSession = {
        run: (sql, parameters, options) => execute(connection, this.path, sql, parameters, options),
        rows: (sql, parameters, options) => read(connection, this.path, sql, parameters, options),
      };
      return work({
        run: (...statement) => memory.writing(() => session.run(...statement)),
        rows: <R extends object>(...statement: Parameters<DuckDbSession['rows']>) =>
          memory.reading(() => session.rows<R>(...statement)),
        transaction: (inside) => memory.writing(() => inTransaction(session, () => inside(session))),
      });
    });
  }

  /** Gives the handle back; the last one waits for queued writes and releases the file. Calling twice is fine. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.owner.numHandles -= 1;
    await Promise.allSettled([this.owner.tail, ...this.owner.reads]);
    if (this.owner.numHandles > 0 || this.owner.isReleased) return;
    this.owner.isReleased = true;
    shared.delete(this.key);
    this.owner.memory.close();
    this.owner.writer.closeSync();
    this.owner.instance.closeSync();
  }

  #enqueue<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.#assertOpen();
    const result = this.owner.tail.then(() => work(this.owner.writer));
    this.owner.tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #tracked<T>(work: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const reading = work();
    this.owner.reads.add(reading);
    try {
      return await reading;
    } finally {
      this.owner.reads.delete(reading);
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) {
      throw new TraceliftError('Internal', { where: 'the DuckDB warehouse', reason: 'it was used after its close' });
    }
  }
}

/** Runs `work` in one transaction of the session; rolls back when it throws. */
async function inTransaction<T>(session: DuckDbSession, work: () => Promise<T>): Promise<T> {
  await session.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await session.run('COMMIT');
    return result;
  } catch (failure) {
    await rollBack(session, failure);
    throw failure;
  }
}

async function openShared(path: string, options: OpenOptions): Promise<SharedInstance> {
  const isNew = path !== ':memory:' && !existsSync(path);
  const instance = await openPatiently(path, options);
  try {
    // The file holds the texts of traces. One that exists keeps the rights that its owner gave it.
    if (isNew) await chmod(path, 0o600);
    const writer = await connectTo(instance, path);
    // Casts and date functions on TIMESTAMPTZ must not depend on the time zone of the machine.
    await writer.run("SET GLOBAL TimeZone = 'UTC'");
    const memory = await MemorySteps.of(instance, options.log);
    return { instance, writer, memory, tail: Promise.resolve(), reads: new Set(), numHandles: 0, isReleased: false };
  } catch (failure) {
    instance.closeSync();
    throw toWarehouseError(failure, path, 'opening');
  }
}

async function openPatiently(path: string, options: OpenOptions): Promise<DuckDBInstance> {
  const { log, readOnly = false, waitMs = defaultWaitMs, onWait, signal } = options;
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

async function execute(
  connection: DuckDBConnection,
  path: string,
  sql: string,
  parameters: SqlValues = [],
  { signal }: StatementOptions = {},
): Promise<number> {
  const result = await guarded(connection, path, signal, () => start(connection, sql, parameters));
  return result.rowsChanged;
}

async function read<T extends object>(
  connection: DuckDBConnection,
  path: string,
  sql: string,
  parameters: SqlValues = [],
  { signal }: StatementOptions = {},
): Promise<T[]> {
  return guarded(connection, path, signal, async () => {
    const result = await start(connection, sql, parameters);
    return (await result.convertRowObjects(readValue)) as T[];
  });
}

function start(connection: DuckDBConnection, sql: string, parameters: SqlValues) {
  if (Object.keys(parameters).length === 0) return connection.run(sql);
  if (isList(parameters)) return connection.run(sql, parameters.map(parameterValue), parameters.map(parameterType));
  const each = <T>(form: (value: SqlValue) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, form(value)]));
  return connection.run(sql, each(parameterValue), each(parameterType));
}

const isList = (parameters: SqlValues): parameters is readonly SqlValue[] => Array.isArray(parameters);

async function guarded<T>(
  connection: DuckDBConnection,
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await interruptible(connection, signal, work);
  } catch (failure) {
    if (signal?.aborted === true) throw failure;
    throw toWarehouseError(failure, path, 'a statement');
  }
}

/** After some failures DuckDB has ended the transaction by itself: that is no second failure. */
async function rollBack(session: DuckDbSession, first: unknown): Promise<void> {
  try {
    await session.run('ROLLBACK');
  } catch (second) {
    const text = second instanceof Error && second.cause instanceof Error ? second.cause.message : '';
    if (/no transaction is active/i.test(text)) return;
    throw new AggregateError([first, second], 'Rolling back failed too', { cause: second });
  }
}
