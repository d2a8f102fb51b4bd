/**
 * How much memory DuckDB may use: little for reading, what the machine has for writing. Imports the DuckDB client, the
 * log port, the quoting and the error catalogue only.
 *
 * Whatever the limit allows DuckDB also fills, with pages of the file that it read before: a high one would make every
 * worker as large as its tables. A query that needs more, such as exact quantiles over a large table or one very large
 * trace, fails and is begun again with more. A write must not fail so: a commit, a roll-back or a checkpoint that runs
 * out of memory closes the database (DuckDB 1.5.6: "has been invalidated"), and a checkpoint holds 2,048 texts of a
 * column at once, however long they are. So writes get all there is, and give it back after each transaction.
 */
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TraceliftError } from '../../errors/index.js';
import type { Log } from '../../log.js';
import { textConstant } from './sql/names.js';

/** After these comes DuckDB's own default, 80 % of the machine. */
const modestLimits = ['64MB', '512MB'];

/** The least step that a read under way needs. */
interface Floor {
  step: number;
}

/** The memory of one instance. */
export class MemorySteps {
  #step = 0;
  #numWrites = 0;
  readonly #reads = new Set<Floor>();
  #settling: Promise<void> = Promise.resolve();

  private constructor(
    private readonly connection: DuckDBConnection,
    private readonly limits: readonly string[],
    private readonly log: Log,
  ) {}

  static async of(instance: DuckDBInstance, log: Log): Promise<MemorySteps> {
    const connection = await instance.connect();
    // RESET would keep the limit that was set, so the default is remembered.
    const reader = await connection.runAndReadAll("SELECT current_setting('memory_limit')");
    const memory = new MemorySteps(connection, [...modestLimits, String(reader.getRows()[0]?.[0])], log);
    await memory.#set(0);
    return memory;
  }

  /** Runs a query; begins it again, with more memory, where DuckDB ran out of it. It must leave nothing behind. */
  async reading<T>(work: () => Promise<T>): Promise<T> {
    const floor: Floor = { step: 0 };
    this.#reads.add(floor);
    try {
      return await this.#inSteps(floor, work);
    } finally {
      this.#reads.delete(floor);
      await this.#settle();
    }
  }

  /** Runs one statement or one transaction that writes. Pages that it leaves behind are given back at once. */
  async writing<T>(work: () => Promise<T>): Promise<T> {
    this.#numWrites += 1;
    try {
      await this.#settle();
      return await work();
    } finally {
      this.#numWrites -= 1;
      await this.#settle();
    }
  }

  close(): void {
    this.connection.closeSync();
  }

  async #inSteps<T>(floor: Floor, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (failure) {
        const isTooLarge = failure instanceof TraceliftError && failure.code === 'WarehouseOutOfMemory';
        if (!isTooLarge || floor.step === this.#highest) throw failure;
        floor.step += 1;
        await this.#settle();
        this.log.debug('DuckDB needs more memory; the query is run again', { step: floor.step });
      }
    }
  }

  get #highest(): number {
    return this.limits.length - 1;
  }

  get #wanted(): number {
    return this.#numWrites > 0 ? this.#highest : Math.max(0, ...[...this.#reads].map(({ step }) => step));
  }

  /** Sets what those under way need; one setting after the other, so that the last word is the latest. */
  #settle(): Promise<void> {
    this.#settling = this.#settling.then(async () => {
      const wanted = this.#wanted;
      if (wanted !== this.#step) await this.#set(wanted);
    });
    return this.#settling;
  }

  /** Lowering is refused while results that are still being read hold more than the limit: then the next one tries. */
  async #set(step: number): Promise<void> {
    try {
      await this.connection.run(`SET GLOBAL memory_limit = ${textConstant(this.limits[step] ?? '')}`);
      this.#step = step;
    } catch (failure) {
      const reason = failure instanceof Error ? failure.name : 'unknown';
      this.log.debug('DuckDB keeps its memory for now', { reason });
    }
  }
}
