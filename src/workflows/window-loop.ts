/**
 * The one loop behind backfills, increments and refreshes. Every window: list, process, commit, verify, record. The next
 * windows are listed and processed while that goes on. Runs inside the workflow sandbox.
 */
import { workflowInfo } from '@temporalio/workflow';

import { commitVerifyRecord, roundsPerWindow } from './commit-verify-record.js';
import { listAndProcess } from './list-and-process.js';
import type { WindowInProgress } from './list-and-process.js';
import type { RunState } from './run-state.js';

/** What is left to do when the loop returns. */
export type LoopEnd = 'finished' | 'continue-as-new';

/**
 * One window is processed, one committed, one verified: a verification takes about as long as a small window is fetched,
 * since its searches wait behind the requests for the next ones.
 */
const maxWindowsUnderWay = 3;

/**
 * Copies windows until the end of the run or until the history is long enough to continue as new. Either way every
 * window that was started is recorded: no staged file is carried over.
 */
export async function runWindows(state: RunState): Promise<LoopEnd> {
  const { prepared } = state;
  if (prepared === null) throw new Error('nothing was prepared yet');
  let fromMs = state.verifiedToMs ?? prepared.fromMs;
  let windowsThisRun = 0;
  const windows = new WindowPipeline(state);
  try {
    while (fromMs < prepared.toMs && windows.failure === null) {
      if (workflowInfo().continueAsNewSuggested || windowsThisRun >= prepared.settings.maxWindowsPerRun) break;
      await state.gate();
      const endMs = windows.start(fromMs, prepared.toMs);
      windowsThisRun += 1;
      try {
        fromMs = await endMs;
      } catch (error) {
        windows.fail(error);
      }
      await windows.room();
    }
  } finally {
    // Also when the run is cancelled while paused: the caller sweeps staged files, which a commit still reads.
    await windows.ended();
  }
  // Read once more: every step above may have failed.
  const { failure } = windows;
  if (failure !== null) throw failure.error;
  return fromMs < prepared.toMs ? 'continue-as-new' : 'finished';
}

/** Windows from their start to their row in the ledger. The first failure of any of them gives up all. */
class WindowPipeline {
  failure: { readonly error: unknown } | null = null;
  private readonly inProgress = new Set<WindowInProgress>();
  private readonly ends: Promise<void>[] = [];

  constructor(private readonly state: RunState) {}

  /** @returns end of the window, when all of it is listed */
  start(fromMs: number, limitMs: number): Promise<number> {
    const { state } = this;
    const windowIndex = state.nextWindowIndex;
    state.nextWindowIndex += 1;
    const window = listAndProcess(state, {
      windowIndex,
      round: state.returns * roundsPerWindow,
      fromMs,
      limitMs,
      closesByBudget: true,
    });
    this.inProgress.add(window);
    this.ends.push(this.copyToEnd(window, this.ended()));
    return window.endMs;
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    for (const window of this.inProgress) window.abandon(error);
  }

  /** Waits until another window may begin. */
  async room(): Promise<void> {
    if (this.ends.length >= maxWindowsUnderWay) await this.ends.shift();
  }

  /** Waits until all of them have ended. */
  async ended(): Promise<void> {
    await this.ends.at(-1);
  }

  /** One after the other, so that the ledger grows without gaps; never rejects. */
  private async copyToEnd(window: WindowInProgress, before: Promise<void>): Promise<void> {
    try {
      const staged = await window.staged;
      this.inProgress.delete(window);
      await before;
      if (this.failure === null) await commitVerifyRecord(this.state, staged);
    } catch (error) {
      this.fail(error);
      await before;
    }
  }
}
