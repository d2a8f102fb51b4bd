/**
 * Lists a window page by page and processes its difference in batches, bounded and in parallel, while the next page is
 * being listed. Runs inside the workflow sandbox.
 */
import { CancellationScope, condition } from '@temporalio/workflow';

import { endlessListing, maxEmptyPages, startCursor } from '../copy/list/cursor.js';
import type { ListingCursor } from '../copy/list/cursor.js';
import type { Interval } from '../copy/prepare/coverage.js';
import type { PreparedRun } from '../copy/run.js';
import type { BatchReference, ListedPage } from '../copy/list/messages.js';
import type { ProcessedBatch } from '../copy/process/messages.js';
import { copying } from './activity-policies.js';
import { failRun, isStagingLoss } from './failures.js';
import type { RunState } from './run-state.js';

/** Which window to list and process, and how it ends. */
export interface WindowRound {
  readonly windowIndex: number;
  /** 0 for the first pass, then 1, 2 for repairs; a run that went back counts on. */
  readonly round: number;
  readonly fromMs: number;
  /** End of the run, or of the window when it is repaired. */
  readonly limitMs: number;
  /** False in a repair: the bounds of the window are known. */
  readonly closesByBudget: boolean;
  /** Stretches whose traces' spans are read again. Default: none. */
  readonly rereadWithin?: readonly Interval[];
}

/** A window that is listed and processed: its difference is staged. */
export interface StagedWindow {
  readonly windowIndex: number;
  readonly round: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly listed: number;
  readonly unchanged: number;
  readonly files: readonly ProcessedBatch[];
  readonly seenKeys: readonly string[];
  /** Why some of it is not among the files although it was listed: their infos were lost. Null where all of it is. */
  readonly lost: { readonly error: unknown } | null;
  readonly startedAtMs: number;
}

/** How many batches may wait for a slot before listing pauses, so that staged infos stay few. */
const maxWaitingBatches = 16;

/** A window being listed and processed: its listing ends first, its batches after it. */
export interface WindowInProgress {
  /** End of the window, known when all of it is listed; rejects where listing failed or was abandoned. */
  readonly endMs: Promise<number>;
  /** Ends only when no activity of the window is under way, also when it fails. */
  readonly staged: Promise<StagedWindow>;
  /** Ends it early: its activities are cancelled, and both promises reject with the error. */
  abandon(error: unknown): void;
}

/** Starts to list and, as batches come, to process. */
export function listAndProcess(state: RunState, request: WindowRound): WindowInProgress {
  const { prepared } = state;
  if (prepared === null) throw new Error('nothing was prepared yet');
  const window = new WindowStaging(state, prepared, request);
  const endMs = window.list();
  const staged = window.allProcessed(endMs);
  // It may fail before anybody waits for it; an unhandled rejection would fail the workflow task instead of the run.
  staged.catch(() => undefined);
  return { endMs, staged, abandon: (error) => void window.stop(error) };
}

class WindowStaging {
  private readonly scope = new CancellationScope();
  private readonly files: ProcessedBatch[] = [];
  private readonly seenKeys: string[] = [];
  private readonly running: Promise<void>[] = [];
  private waiting = 0;
  private failure: { readonly error: unknown } | null = null;
  private lost: { readonly error: unknown } | null = null;
  private listed = 0;
  private toFetch = 0;
  private processed = 0;
  private unchanged = 0;
  private bytes = 0;
  private pages = 0;
  private emptyPages = 0;
  private batches = 0;
  private readonly startedAtMs = Date.now();

  constructor(
    private readonly state: RunState,
    private readonly prepared: PreparedRun,
    private readonly request: WindowRound,
  ) {}

  /** @returns end of the window */
  async list(): Promise<number> {
    try {
      return await this.scope.run(() => this.listAll());
    } catch (error) {
      // Where a batch failed first, that is why the listing was cancelled.
      throw this.stop(error);
    }
  }

  /** Waits until nothing of the window is under way. */
  async allProcessed(endMs: Promise<number>): Promise<StagedWindow> {
    await Promise.allSettled([endMs]);
    let numAwaited: number;
    do {
      numAwaited = this.running.length;
      await Promise.all(this.running);
      // What batches left of themselves came behind them.
    } while (numAwaited < this.running.length);
    this.state.leaveFlight({ listed: this.listed, processed: this.processed });
    this.rethrow();
    return this.outcome(await endMs);
  }

  private outcome(toMs: number): StagedWindow {
    return {
      windowIndex: this.request.windowIndex,
      round: this.request.round,
      fromMs: this.request.fromMs,
      toMs,
      listed: this.listed,
      unchanged: this.unchanged,
      files: this.files,
      seenKeys: this.seenKeys,
      lost: this.lost,
      startedAtMs: this.startedAtMs,
    };
  }

  /**
   * The first failure ends the window: what else is under way follows from it or is in vain.
   * @returns the first failure
   */
  stop(error: unknown): unknown {
    if (this.failure === null) {
      this.failure = { error };
      this.scope.cancel();
    }
    return this.failure.error;
  }

  private async listAll(): Promise<number> {
    let cursor: ListingCursor = startCursor(this.request.fromMs);
    for (;;) {
      await this.state.gate();
      await condition(() => this.waiting <= maxWaitingBatches || this.failure !== null);
      this.rethrow();
      const page = await this.listPage(cursor);
      this.take(page);
      if (page.closeAtMs !== null) return page.closeAtMs;
      cursor = page.next;
    }
  }

  private listPage(cursor: ListingCursor): Promise<ListedPage> {
    const { request, prepared } = this;
    const { settings } = prepared;
    const summary = `${this.label()}, page ${String(this.pages + 1)}`;
    return copying.listPage.executeWithOptions({ summary }, [
      {
        run: prepared.run,
        settings,
        windowIndex: request.windowIndex,
        round: request.round,
        pageIndex: this.pages,
        fromMs: request.fromMs,
        limitMs: request.limitMs,
        tracesTaken: this.listed,
        tracesLeft: request.closesByBudget ? settings.windowTraces - this.listed : Number.MAX_SAFE_INTEGER,
        bytesLeft: request.closesByBudget ? settings.windowBytes - this.bytes : Number.MAX_SAFE_INTEGER,
        fetchesLeft: request.closesByBudget ? settings.windowFetches - this.toFetch : Number.MAX_SAFE_INTEGER,
        cursor,
        ...(request.rereadWithin === undefined ? {} : { rereadWithin: request.rereadWithin }),
      },
    ]);
  }

  private take(page: ListedPage): void {
    this.pages += page.pages;
    this.listed += page.listed;
    this.unchanged += page.unchanged + page.deadSkipped;
    this.bytes += page.bytes;
    if (page.seenKey !== null) this.seenKeys.push(page.seenKey);
    this.emptyPages = page.listed === 0 ? this.emptyPages + 1 : 0;
    if (this.emptyPages > maxEmptyPages) {
      failRun('SourceBadAnswer', {
        address: this.prepared.run.scope.sourceId,
        request: 'a search for traces',
        reason: endlessListing(this.emptyPages),
      });
    }
    this.state.add({ pages: page.pages });
    this.state.enterFlight({ listed: page.listed, processed: 0 });
    for (const batch of page.batches) {
      this.toFetch += batch.traces;
      this.start(batch);
    }
  }

  private start(batch: BatchReference): void {
    this.batches += 1;
    this.waiting += 1;
    const summary = `${this.label()}, batch ${String(this.batches)}: ${String(batch.traces)} traces`;
    const work = this.state.slots
      .run(async () => {
        this.waiting -= 1;
        if (this.failure !== null) return;
        await this.state.gate();
        const { rest = [], ...file } = await this.process(batch, summary);
        this.keep(file);
        for (const left of rest) this.start(left);
      })
      .catch((error: unknown) => {
        // The other batches are whole: only what was lost is listed again, when they are committed.
        if (isStagingLoss(error)) this.lost ??= { error };
        else this.stop(error);
      });
    this.running.push(work);
  }

  private process(batch: BatchReference, summary: string): Promise<ProcessedBatch> {
    const { run, settings } = this.prepared;
    return copying.processBatch.executeWithOptions({ summary }, [{ run, settings, batch }]);
  }

  private keep(file: ProcessedBatch): void {
    const { state } = this;
    this.files.push(file);
    this.processed += file.numTraces;
    state.processedTraces += file.numTraces;
    state.enterFlight({ listed: 0, processed: file.numTraces });
    state.add({ batches: 1, spans: file.numSpans });
    state.addFailures(file.numDeadLetters, file.failedIds);
    this.checkFailureBudget();
  }

  /** Dead letters never stop a window; too large a share of them means that something else is wrong. */
  private checkFailureBudget(): void {
    const { maxFailedRatio, minTracesForRatio } = this.prepared.settings;
    const { failedTraces, processedTraces, failedIds } = this.state;
    if (processedTraces < minTracesForRatio) return;
    if (failedTraces / processedTraces <= maxFailedRatio) return;
    failRun('TooManyDeadLetters', {
      failed: failedTraces,
      processed: processedTraces,
      limit: `${String(maxFailedRatio * 100)} %`,
      ids: failedIds.join(', '),
    });
  }

  private rethrow(): void {
    if (this.failure !== null) throw this.failure.error;
  }

  private label(): string {
    const repair = this.request.round === 0 ? '' : `, repair ${String(this.request.round)}`;
    return `window ${String(this.request.windowIndex + 1)}${repair}`;
  }
}
