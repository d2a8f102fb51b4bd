/**
 * The one loop behind backfills, increments and refreshes: fill a window, commit it, verify it, write it into the
 * ledger. The next window is listed and filled while the last one is. Runs inside the workflow sandbox.
 */
import { workflowInfo } from '@temporalio/workflow';

import { beginWindow } from './fill-window.js';
import type { FilledWindow, WindowUnderWay } from './fill-window.js';
import { finishWindow } from './finish-window.js';
import type { RunState } from './run-state.js';

/** What is left to do when the loop returns. */
export type LoopEnd = 'finished' | 'continue-as-new';

/**
 * Copies windows until the end of the run or until the history is long enough to continue as new. Either way every
 * window that was begun is finished: no staged file is carried over.
 */
export async function copyWindows(state: RunState): Promise<LoopEnd> {
  const { prepared } = state;
  if (prepared === null) throw new Error('nothing was prepared yet');
  let fromMs = state.verifiedToMs ?? prepared.fromMs;
  let windowsThisRun = 0;
  let current: WindowUnderWay | null = null;
  let finishing: Promise<void> = Promise.resolve();
  let trouble: { error: unknown } | null = null;
  const failed = (): { error: unknown } | null => trouble;
  const fail = (error: unknown): void => {
    trouble ??= { error };
    current?.abandon(error);
  };

  try {
    while (fromMs < prepared.toMs && failed() === null) {
      if (workflowInfo().continueAsNewSuggested || windowsThisRun >= prepared.settings.maxWindowsPerRun) break;
      await state.gate();
      current = beginWindow(state, {
        windowIndex: state.nextWindowIndex,
        round: 0,
        fromMs,
        limitMs: prepared.toMs,
        closesByBudget: true,
      });
      state.nextWindowIndex += 1;
      windowsThisRun += 1;
      const { listed, filled } = current;
      try {
        fromMs = await listed;
      } catch (error) {
        fail(error);
      }
      // Two windows are under way at the most: one that is being filled, and the one before it that is being finished.
      await finishing;
      finishing = finish(state, filled, failed).catch(fail);
    }
  } finally {
    // Also when the run is cancelled while paused: the caller sweeps staged files, which a commit still reads.
    await finishing;
  }
  const end = failed();
  if (end !== null) throw end.error;
  return fromMs < prepared.toMs ? 'continue-as-new' : 'finished';
}

/** Commits a window when its batches are through, unless the run has failed meanwhile. */
async function finish(state: RunState, filled: Promise<FilledWindow>, failed: () => unknown): Promise<void> {
  const window = await filled;
  if (failed() === null) await finishWindow(state, window);
}
