/**
 * How much memory DuckDB may use: little by default, more for the work that needs it. Imports the DuckDB client, the log
 * port, the quoting and the error catalogue only.
 *
 * Whatever the limit allows DuckDB also fills, with pages of the file that it read before: a high one would make every
 * worker as large as its tables. Sorts, joins and checkpoints write aside what does not fit; what cannot, such as exact
 * quantiles over a large table or one very large trace, fails and is begun again with more.
 */
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TraceliftError } from '../../domain/errors.js';
import type { Log } from '../../ports/log.js';
import { textConstant } from './sql/names.js';

/** After these comes DuckDB's own default, 80 % of the machine. */
const modestLimits = ['64MB', '512MB'];

/** The memory of one instance. */
export class MemorySteps {
  #step = 0;
  #numWorks = 0;

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

  /**
   * Runs the work; begins it again, with more memory, where DuckDB ran out of it. The work must leave nothing behind
   * when it fails: one statement, or one transaction.
   */
  async within<T>(work: () => Promise<T>): Promise<T> {
    this.#numWorks += 1;
    try {
      return await this.#inSteps(work);
    } finally {
      this.#numWorks -= 1;
      if (this.#numWorks === 0 && this.#step > 0) await this.#lower();
    }
  }

  close(): void {
    this.connection.closeSync();
  }

  async #inSteps<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const step = this.#step;
      try {
        return await work();
      } catch (failure) {
        const isTooLarge = failure instanceof TraceliftError && failure.code === 'WarehouseOutOfMemory';
        if (!isTooLarge || step === this.limits.length - 1) throw failure;
        if (this.#step === step) await this.#set(step + 1);
        this.log.debug('DuckDB needs more memory; the statement is run again', { step: this.#step });
      }
    }
  }

  async #set(step: number): Promise<void> {
    this.#step = step;
    await this.connection.run(`SET GLOBAL memory_limit = ${textConstant(this.limits[step] ?? '')}`);
  }

  /** Refused while results that are still being read hold more than the limit: then the next work tries again. */
  async #lower(): Promise<void> {
    const before = this.#step;
    try {
      await this.#set(0);
    } catch (failure) {
      this.#step = before;
      this.log.debug('DuckDB keeps its memory for now', {
        reason: failure instanceof Error ? failure.name : 'unknown',
      });
    }
  }
}
