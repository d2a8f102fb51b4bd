/**
 * The second half of a window: commits what is staged, verifies it, lists and processes it again up to twice where
 * something is missing, records it in the ledger. Runs inside the workflow sandbox.
 */
import { workflowInfo } from '@temporalio/workflow';

import { combineDigests } from '../copy/list/ids-digest.js';
import { manifestKey, windowPrefix } from '../copy/staging-layout.js';
import type { Interval } from '../copy/prepare/coverage.js';
import type { PreparedRun } from '../copy/run.js';
import type { LedgerReach } from '../copy/record/rules.js';
import type { CommitResult } from '../copy/commit/messages.js';
import type { VerifiedWindow } from '../copy/verify/messages.js';
import { heavy, quick } from './activity-policies.js';
import { commitUnderLock } from './commit-lock.js';
import { isStagingLoss } from './failures.js';
import { listAndProcess } from './list-and-process.js';
import type { StagedWindow } from './list-and-process.js';
import type { RunState } from './run-state.js';

/** The ledger lacks windows that were recorded before: the run goes back to where it ends. */
export class LedgerBehind extends Error {
  override readonly name = 'LedgerBehind';
  constructor(readonly reach: LedgerReach) {
    super('the ledger lacks windows that were recorded before');
  }
}

/** How often a window with traces to be landed yet is listed, staged and committed again before it is left as it is. */
const maxRepairRounds = 2;
/** Rounds that one window may take. A run that went back counts on, so that it stages under names of its own. */
export const roundsPerWindow = maxRepairRounds + 1;

/** A window on its way to the ledger: what its rounds so far wrote. */
interface WindowCopy {
  readonly state: RunState;
  readonly prepared: PreparedRun;
  inserted: number;
  updated: number;
}

/** From staged files to the row in the ledger. */
export async function commitVerifyRecord(state: RunState, staged: StagedWindow): Promise<void> {
  const { prepared } = state;
  if (prepared === null) throw new Error('nothing was prepared yet');
  const copy: WindowCopy = { state, prepared, inserted: 0, updated: 0 };
  let rereadWithin: readonly Interval[] = [];
  let wasReread = false;
  for (let round = 0; ; round += 1) {
    const window = round === 0 ? staged : await stageAgain(state, staged, round, rereadWithin);
    const isLast = round >= maxRepairRounds;
    const verified = await commitAndVerify(copy, window, isLast);
    if (verified !== null) rereadWithin = wasReread ? [] : (verified.lateWithin ?? []);
    if (verified !== null && (isDone(verified, rereadWithin) || isLast)) {
      const written = copy.inserted + copy.updated;
      await record(state, prepared, { staged, verified, written, repairRounds: round });
      return;
    }
    wasReread ||= rereadWithin.length > 0;
    state.add({ repaired: 1 });
  }
}

function stageAgain(
  state: RunState,
  { windowIndex, fromMs, toMs, round: firstRound }: StagedWindow,
  repairRound: number,
  rereadWithin: readonly Interval[],
): Promise<StagedWindow> {
  const round = firstRound + repairRound;
  const repair = { windowIndex, round, fromMs, limitMs: toMs, closesByBudget: false, rereadWithin };
  return listAndProcess(state, repair).staged;
}

/** Null where staged files were lost: then the window has to be staged again, whatever else is known of it. */
async function commitAndVerify(
  copy: WindowCopy,
  window: StagedWindow,
  isLast: boolean,
): Promise<VerifiedWindow | null> {
  const { state, prepared } = copy;
  if (isLast && window.lost !== null) throw window.lost.error;
  const commitment = await unlessLost(isLast, () => commit(prepared, window));
  if (commitment === null) return null;
  const { committed } = commitment;
  if (committed !== null) {
    const { inserted, updated, columnsOverLimit } = committed;
    copy.inserted += inserted;
    copy.updated += updated;
    state.add({ inserted, updated, columnsOverLimit });
  }
  // Nor would the verification miss spans that were to be read again.
  if (window.lost !== null) return null;
  const relist = committed !== null || window.round > 0;
  return unlessLost(isLast, () => verify(prepared, window, { relist, inserted: copy.inserted }));
}

/** Null where staged files were lost and may be staged again. */
async function unlessLost<Result>(isLast: boolean, work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (isStagingLoss(error) && !isLast) return null;
    throw error;
  }
}

function isDone({ missing }: VerifiedWindow, rereadWithin: readonly Interval[]): boolean {
  return missing === 0 && rereadWithin.length === 0;
}

function label(window: StagedWindow): string {
  return `window ${String(window.windowIndex + 1)}`;
}

/** Null instead of a result where there was nothing to commit. */
async function commit(
  prepared: PreparedRun,
  window: StagedWindow,
): Promise<{ readonly committed: CommitResult | null }> {
  if (window.files.length === 0) return { committed: null };
  const { run, settings } = prepared;
  const key = manifestKey(windowPrefix(run.stagingPrefix, window.windowIndex, window.round));
  await quick.sealWindow.executeWithOptions({ summary: `${label(window)}: manifest` }, [
    { run, settings, manifestKey: key, files: window.files },
  ]);
  const request = { run, manifestKey: key };
  return { committed: await commitUnderLock(prepared.targetLock, request, `commit of ${label(window)}`) };
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
  const behind = await quick.recordWindow.executeWithOptions({ summary: `${label(staged)}: ledger` }, [
    { run, workflowId, firstRunId, windowIndex, fromMs, toMs, changed: written, repairRounds, startedAtMs, verified },
  ]);
  if (behind !== undefined) throw new LedgerBehind(behind);
  count(state, staged, verified);
  for (let round = 0; round <= repairRounds; round += 1) {
    const prefix = windowPrefix(run.stagingPrefix, windowIndex, staged.round + round);
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
