/**
 * One DuckDB file of this process: its queue of writes, and opening it anew where that heals. Imports the opening, the
 * watch over the file and the error catalogue only.
 *
 * An opening can come to its end before the last handle does: DuckDB closes a file for good when a commit or a
 * checkpoint failed half-way (a full disk, too little memory), and somebody may have put another file in its place.
 */
import { TraceliftError } from '../../errors/index.js';
import { FileWatch } from './file-watch.js';
import { inMemory } from './instance.js';
import { type ExclusiveSession, OpenedFile, type OpenOptions } from './opened-file.js';

export class OwnedFile {
  /** Settles when the last queued write has ended. */
  #tail: Promise<void> = Promise.resolve();
  readonly #reads = new Set<Promise<unknown>>();

  private constructor(
    private readonly options: OpenOptions,
    /** What the first handle called the file. */
    private readonly asked: string,
    /** Null between a failed opening and the next try. */
    private opened: OpenedFile | null,
    /** Null where nothing is written, or where there is no file. */
    private watch: FileWatch | null,
  ) {}

  /** `asked`: a path that leads to that of the options, perhaps by links. @throws as {@link OpenedFile.open} */
  static async open(options: OpenOptions, asked: string): Promise<OwnedFile> {
    const { path, log, readOnly = false, waitMs } = options;
    const opened = await OpenedFile.open(options);
    // What one opening waits with is not there for the next.
    const lasting = { path, log, readOnly, ...(waitMs === undefined ? {} : { waitMs }) };
    const file = new OwnedFile(lasting, asked, opened, null);
    await file.#watchOver();
    return file;
  }

  /** Runs `work` without waiting for writes in progress. @throws WarehouseFileReplaced, and what opening throws */
  async read<T>(work: (opened: OpenedFile) => Promise<T>): Promise<T> {
    const reading = this.#read(work);
    this.#reads.add(reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(reading);
    }
  }

  /** Runs `work` while nothing else writes. @throws WarehouseFileReplaced, and what opening throws */
  write<T>(work: (session: ExclusiveSession) => Promise<T>): Promise<T> {
    return this.#enqueue(async () => {
      // Without an opening there is no lock either: then others may write to the file.
      await (this.opened === null ? this.watch?.checkPlace() : this.watch?.check());
      const opened = this.#healthy() ?? (await this.#reopen());
      try {
        await this.#keepLog(opened);
        return await opened.exclusively(work);
      } finally {
        await this.watch?.remember();
      }
    });
  }

  /**
   * Opens what lies at the path now, where another file was put there; for the beginning of work that needs nothing
   * that was written before.
   * @throws WarehouseFileReplaced where there is no file any more, and what opening throws
   */
  follow(): Promise<void> {
    return this.#enqueue(async () => {
      const { watch, opened } = this;
      const change = (await watch?.change()) ?? null;
      if (watch === null || change === null) return;
      // Without a file, opening would begin a new one: that is for a person to say. A file of another name is not ours.
      if (change === 'it is gone' || change === 'a link now leads elsewhere') return watch.check();
      const { log, path } = this.options;
      log.warn('The DuckDB file was replaced; going on with the one that is there now', { path, reason: change });
      this.opened = null;
      await opened?.abandon();
      await this.#openReplaced(watch);
    });
  }

  /** Waits for everything under way. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#tail, ...this.#reads]);
  }

  /** Releases the file at once; nothing may be under way. */
  release(): void {
    this.opened?.release();
    this.opened = null;
  }

  async #read<T>(work: (opened: OpenedFile) => Promise<T>): Promise<T> {
    await this.watch?.checkPlace();
    return work(this.#healthy() ?? (await this.#enqueue(async () => this.#healthy() ?? (await this.#reopen()))));
  }

  #healthy(): OpenedFile | null {
    return this.opened?.isInvalidated === false ? this.opened : null;
  }

  /** Only in the queue: the old opening must be gone, with its lock, before there is a new one. */
  async #reopen(): Promise<OpenedFile> {
    const { opened, watch } = this;
    const { log, path } = this.options;
    if (path === inMemory) {
      throw new TraceliftError('WarehouseInvalidated', { path, reason: 'a database in memory cannot be opened again' });
    }
    this.opened = null;
    try {
      await opened?.close();
      this.opened = await OpenedFile.open(this.options);
    } finally {
      // Closing and opening may write, even where they fail.
      await watch?.remember();
    }
    log.warn('DuckDB had closed the file after a failure; it is open again', { path });
    return this.opened;
  }

  /** What stood in a log that somebody took away is still in memory: it goes into the file. */
  async #keepLog(opened: OpenedFile): Promise<void> {
    if (!(await this.watch?.hasLostLog())) return;
    await opened.exclusively((session) => session.run('CHECKPOINT'));
    const { log, path } = this.options;
    log.warn('The log of the DuckDB file was deleted or changed by another program; nothing was lost', { path });
  }

  async #openReplaced(old: FileWatch): Promise<void> {
    const { log } = this.options;
    const open = (): Promise<OpenedFile> => OpenedFile.open(this.options);
    try {
      this.opened = await open();
    } catch (failure) {
      const isForeign = failure instanceof TraceliftError && failure.code === 'WarehouseLogUnusable';
      const movedLog = isForeign ? await old.moveOwnLogAside() : null;
      if (movedLog === null) throw failure;
      log.warn('The log of the file that was replaced was moved away', { movedLog });
      this.opened = await open();
    }
    await this.#watchOver();
  }

  async #watchOver(): Promise<void> {
    const { path, readOnly } = this.options;
    try {
      this.watch = readOnly === true || path === inMemory ? null : await FileWatch.of(path, this.asked);
    } catch (failure) {
      this.release();
      throw failure;
    }
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
