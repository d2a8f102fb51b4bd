/**
 * The second half of a window: commits what is staged, verifies it, lists and processes it again up to twice where
 * something is missing, records it in the ledger. Runs inside the workflow sandbox.
 */
import { workflowInfo } from '@temporalio/workflow';

import { combineDigests } from '../copy/list/ids-digest.js';
import { manifestKey, windowPrefix } from '../copy/staging-layout.js';
import type { Interval } from '../copy/prepare/coverage.js';
import type { PreparedRun } from '../copy/run.js';
import type { CommitResult } from '../copy/commit/messages.js';
import type { VerifiedWindow } from '../copy/verify/messages.js';
import { heavy, quick } from './activity-policies.js';
import { commitUnderLock } from './commit-lock.js';
import { errorCodeOf } from './failures.js';
import { listAndProcess } from './list-and-process.js';
import type { StagedWindow } from './list-and-process.js';
import type { RunState } from './run-state.js';

/** How often a window with traces to be landed yet is listed, staged and committed again before it is left as it is. */
const maxRepairRounds = 2;

/** What became of a commit. */
interface CommitOutcome {
  /** Null where there was nothing to commit, or staged files were gone. */
  readonly committed: CommitResult | null;
  /** True where staged files were gone: the difference has to be staged again. */
  readonly stagingLost: boolean;
}

/** From staged files to the row in the ledger. */
export async function commitVerifyRecord(state: RunState, staged: StagedWindow): Promise<void> {
  const { prepared } = state;
  if (prepared === null) throw new Error('nothing was prepared yet');
  let written = 0;
  let inserted = 0;
  let window = staged;
  let wasReread = false;
  for (let round = 0; ; round += 1) {
    const { committed, stagingLost } = await commit(prepared, window, round < maxRepairRounds);
    const rows = countCommit(state, committed);
    written += rows.inserted + rows.updated;
    inserted += rows.inserted;
    const relist = committed !== null || round > 0;
    const verified = stagingLost ? null : await verify(prepared, window, { relist, inserted });
    const rereadWithin: readonly Interval[] = wasReread ? [] : lateWithin(verified);
    if (verified !== null && (isDone(verified, rereadWithin) || round >= maxRepairRounds)) {
      await record(state, prepared, { staged, verified, written, repairRounds: round });
      return;
    }
    wasReread ||= rereadWithin.length > 0;
    state.add({ repaired: 1 });
    const { windowIndex, fromMs, toMs } = staged;
    const repair = { windowIndex, round: round + 1, fromMs, limitMs: toMs, closesByBudget: false, rereadWithin };
    window = await listAndProcess(state, repair).staged;
  }
}

/** Read again once: a source may count spans that it does not serve, and spans of young traces go on coming. */
function lateWithin(verified: VerifiedWindow | null): readonly Interval[] {
  return verified?.lateWithin ?? [];
}

function isDone({ missing }: VerifiedWindow, rereadWithin: readonly Interval[]): boolean {
  return missing === 0 && rereadWithin.length === 0;
}

function label(window: StagedWindow): string {
  return `window ${String(window.windowIndex + 1)}`;
}

async function commit(prepared: PreparedRun, window: StagedWindow, mayRestage: boolean): Promise<CommitOutcome> {
  if (window.files.length === 0) return { committed: null, stagingLost: false };
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
    return { committed, stagingLost: false };
  } catch (error) {
    if (errorCodeOf(error) === 'StagingLost' && mayRestage) return { committed: null, stagingLost: true };
    throw error;
  }
}

function verify(
  prepared: PreparedRun,
  window: StagedWindow,
  committed: { readonly relist: boolean; readonly inserted: number },
): Promise<VerifiedWindow> {
  return heavy.verifyWindow.executeWithOptions({ summary: `${label(window)}: verify` }, [
    {
      run: prepared.run,
      settings: prepared.settings,
      fromMs: window.fromMs,
      toMs: window.toMs,
      seenKeys: window.seenKeys,
      ...committed,
    },
  ]);
}

/** What was written; nothing where there was no commit. */
function countCommit(
  state: RunState,
  committed: CommitResult | null,
): { readonly inserted: number; readonly updated: number } {
  if (committed === null) return { inserted: 0, updated: 0 };
  const { inserted, updated, columnsOverLimit } = committed;
  state.add({ inserted, updated, columnsOverLimit });
  return { inserted, updated };
}

/** What is known of a window at its end. */
interface WindowEnd {
  /** As it was listed first. */
  readonly staged: StagedWindow;
  readonly verified: VerifiedWindow;
  readonly written: number;
  readonly repairRounds: number;
}

/** Ledger row last, then the counters, then the staged files go. */
async function record(state: RunState, prepared: PreparedRun, end: WindowEnd): Promise<void> {
  const { staged, verified, written, repairRounds } = end;
  const { windowIndex, fromMs, toMs, startedAtMs } = staged;
  const { workflowId, firstExecutionRunId: firstRunId } = workflowInfo();
  const { run } = prepared;
  await quick.recordWindow.executeWithOptions({ summary: `${label(staged)}: ledger` }, [
    { run, workflowId, firstRunId, windowIndex, fromMs, toMs, changed: written, repairRounds, startedAtMs, verified },
  ]);
  count(state, staged, verified);
  for (let round = 0; round <= repairRounds; round += 1) {
    const prefix = windowPrefix(run.stagingPrefix, windowIndex, round);
    await quick.removeStaged.executeWithOptions({ summary: `${label(staged)}: clean up` }, [{ run, prefix }]);
  }
}

/** Adds a recorded window to the run. */
function count(state: RunState, staged: StagedWindow, verified: VerifiedWindow): void {
  const { listed, landed, deadLettered, missing, missingIds, extra, moved } = verified;
  const { lateSpans = 0, outdated = 0, suspicion = null } = verified;
  const { unchanged } = staged;
  state.add({ windows: 1, listed, landed, unchanged, deadLettered, missing, extra, moved, lateSpans });
  state.idsDigest = combineDigests(state.idsDigest, verified.idsDigest);
  state.verifiedToMs = staged.toMs;
  if (verified.state === 'incomplete' || verified.state === 'suspicious') {
    const { windowIndex, fromMs, toMs } = staged;
    state.addTrouble({ windowIndex, fromMs, toMs, state: verified.state, missing, outdated, suspicion, missingIds });
  }
}
