/**
 * The one loop behind backfills, increments and refreshes: fill a window, commit it, verify it, write it into the
 * ledger. The next window fills while the last one commits. Runs inside the workflow sandbox.
 */
import { workflowInfo } from '@temporalio/workflow';

import { fillWindow } from './fill-window.js';
import type { FilledWindow } from './fill-window.js';
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
  let finishing: Promise<void> = Promise.resolve();
  let trouble: { error: unknown } | null = null;
  const failed = (): { error: unknown } | null => trouble;

  try {
    while (fromMs < prepared.toMs && failed() === null) {
      if (workflowInfo().continueAsNewSuggested || windowsThisRun >= prepared.settings.maxWindowsPerRun) break;
      await state.gate();
      const filled: FilledWindow = await fillWindow(state, {
        windowIndex: state.nextWindowIndex,
        round: 0,
        fromMs,
        limitMs: prepared.toMs,
        closesByBudget: true,
      });
      state.nextWindowIndex += 1;
      windowsThisRun += 1;
      fromMs = filled.toMs;
      await finishing;
      // A handler is attached at once: an unhandled rejection would fail the workflow task instead of the run.
      finishing = finishWindow(state, filled).catch((error: unknown) => {
        trouble = { error };
      });
    }
  } finally {
    // Also when filling failed: the caller sweeps staged files, which a commit under way still reads.
    await finishing;
  }
  const end = failed();
  if (end !== null) throw end.error;
  return fromMs < prepared.toMs ? 'continue-as-new' : 'finished';
}
