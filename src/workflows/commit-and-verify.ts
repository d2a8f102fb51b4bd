/**
 * Commits a filled window, verifies it, repairs it up to twice, writes the ledger row last. Runs inside the workflow
 * sandbox.
 */
import { workflowInfo } from '@temporalio/workflow';

import { combineDigests } from '../copy/list/ids-digest.js';
import { manifestKey, windowPrefix } from '../copy/staging-layout.js';
import type { PreparedRun } from '../copy/run.js';
import type { CommitResult } from '../copy/commit/messages.js';
import type { VerifiedWindow } from '../copy/verify/messages.js';
import { heavy, quick } from './activity-policies.js';
import { commitUnderLock } from './commit-lock.js';
import { errorCodeOf } from './failures.js';
import { fillWindow } from './list-and-process.js';
import type { FilledWindow } from './list-and-process.js';
import type { RunState } from './run-state.js';

/** How often a window with traces to be landed yet is listed, staged and committed again before it is left as it is. */
const maxRepairRounds = 2;

interface Attempt {
  readonly window: FilledWindow;
  /** Null where there was nothing to commit. */
  readonly committed: CommitResult | null;
  /** True where staged files were gone: the difference has to be staged again. */
  readonly stagingLost: boolean;
}

export async function finishWindow(state: RunState, filled: FilledWindow): Promise<void> {
  const { prepared } = state;
  if (prepared === null) throw new Error('nothing was prepared yet');
  let changed = 0;
  let window = filled;
  for (let round = 0; ; round += 1) {
    const attempt = await commitFilled(prepared, window, round < maxRepairRounds);
    changed += (attempt.committed?.inserted ?? 0) + (attempt.committed?.updated ?? 0);
    countCommit(state, attempt.committed);
    const verified = attempt.stagingLost
      ? null
      : await verify(prepared, window, attempt.committed !== null || round > 0);
    if (verified !== null && (verified.missing === 0 || round >= maxRepairRounds)) {
      await close(state, prepared, { filled, verified, changed, round });
      return;
    }
    state.add({ repaired: 1 });
    window = await fillWindow(state, {
      windowIndex: filled.windowIndex,
      round: round + 1,
      fromMs: filled.fromMs,
      limitMs: filled.toMs,
      closesByBudget: false,
    });
  }
}

function label(window: FilledWindow): string {
  return `window ${String(window.windowIndex + 1)}`;
}

async function commitFilled(prepared: PreparedRun, window: FilledWindow, mayRestage: boolean): Promise<Attempt> {
  if (window.files.length === 0) return { window, committed: null, stagingLost: false };
  const { run, settings } = prepared;
  const key = manifestKey(windowPrefix(run.stagingPrefix, window.windowIndex, window.round));
  try {
    await quick.sealWindow.executeWithOptions({ summary: `${label(window)}: manifest` }, [
      { run, settings, manifestKey: key, files: window.files },
    ]);
    const committed = await commitUnderLock(
      prepared.targetLock,
      { run, manifestKey: key },
      `commit of ${label(window)}`,
    );
    return { window, committed, stagingLost: false };
  } catch (error) {
    if (errorCodeOf(error) === 'StagingLost' && mayRestage) return { window, committed: null, stagingLost: true };
    throw error;
  }
}

function verify(prepared: PreparedRun, window: FilledWindow, relist: boolean): Promise<VerifiedWindow> {
  return heavy.verifyWindow.executeWithOptions({ summary: `${label(window)}: verify` }, [
    {
      run: prepared.run,
      settings: prepared.settings,
      fromMs: window.fromMs,
      toMs: window.toMs,
      seenKeys: window.seenKeys,
      relist,
    },
  ]);
}

function countCommit(state: RunState, committed: CommitResult | null): void {
  if (committed === null) return;
  state.add({
    inserted: committed.inserted,
    updated: committed.updated,
    columnsOverLimit: committed.columnsOverLimit,
  });
}

interface Closing {
  readonly filled: FilledWindow;
  readonly verified: VerifiedWindow;
  readonly changed: number;
  readonly round: number;
}

/** Ledger row last, then the counters, then the staged files go. */
async function close(state: RunState, prepared: PreparedRun, closing: Closing): Promise<void> {
  const { filled, verified, changed, round } = closing;
  const info = workflowInfo();
  await quick.recordWindow.executeWithOptions({ summary: `${label(filled)}: ledger` }, [
    {
      run: prepared.run,
      workflowId: info.workflowId,
      firstRunId: info.firstExecutionRunId,
      windowIndex: filled.windowIndex,
      fromMs: filled.fromMs,
      toMs: filled.toMs,
      changed,
      repairRounds: round,
      startedAtMs: filled.startedAtMs,
      verified,
    },
  ]);
  state.add({
    windows: 1,
    listed: verified.listed,
    landed: verified.landed,
    unchanged: filled.unchanged,
    deadLettered: verified.deadLettered,
    missing: verified.missing,
    extra: verified.extra,
    moved: verified.moved,
  });
  state.idsDigest = combineDigests(state.idsDigest, verified.idsDigest);
  state.verifiedToMs = filled.toMs;
  if (verified.state === 'incomplete' || verified.state === 'suspicious') {
    state.addTrouble({
      windowIndex: filled.windowIndex,
      fromMs: filled.fromMs,
      toMs: filled.toMs,
      state: verified.state,
      missing: verified.missing,
      missingIds: verified.missingIds,
    });
  }
  for (let staged = 0; staged <= round; staged += 1) {
    const prefix = windowPrefix(prepared.run.stagingPrefix, filled.windowIndex, staged);
    await quick.removeStaged.executeWithOptions({ summary: `${label(filled)}: clean up` }, [
      { run: prepared.run, prefix },
    ]);
  }
}
