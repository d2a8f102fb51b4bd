/** Reads the pages of a window one after the other, on request the next one while the last one is looked at. */
import type { ListingCursor, OpenWindow } from './cursor.js';
import type { TraceSource } from '../../sources/trace-source.js';
import { readPage } from './list-window.js';
import type { Listing, PlannedPage } from './list-window.js';
import type { CallOptions, LiveCall } from '../../call-options.js';

/** A reader of pages; `stop` must be called at its end. */
export class PageReader {
  #ahead: { readonly cursor: ListingCursor; readonly page: Promise<PlannedPage> } | null = null;
  readonly #stopped = new AbortController();
  readonly #options: CallOptions;

  constructor(
    private readonly source: TraceSource,
    private readonly listing: Listing,
    options: LiveCall,
  ) {
    this.#options = { ...options, signal: AbortSignal.any([options.signal, this.#stopped.signal]) };
  }

  /** The page at the cursor: the one that was asked for ahead, where one was. @throws as {@link readPage} */
  read(window: OpenWindow, cursor: ListingCursor): Promise<PlannedPage> {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.cursor === cursor ? ahead.page : this.#ask(window, cursor);
  }

  /** Asks for the page that the next `read` is for, if that is at the same cursor; its window must be the same too. */
  readAhead(window: OpenWindow, cursor: ListingCursor): void {
    const page = this.#ask(window, cursor);
    this.#ahead = { cursor, page };
    // Perhaps nobody waits for it: an unhandled rejection would end the process. `read` passes the failure on.
    page.catch(() => undefined);
  }

  /** Ends a search that nobody waits for. */
  stop(): void {
    this.#stopped.abort();
  }

  #ask(window: OpenWindow, cursor: ListingCursor): Promise<PlannedPage> {
    return readPage(this.source, this.listing, window, cursor, this.#options);
  }
}
