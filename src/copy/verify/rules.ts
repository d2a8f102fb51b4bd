/** What listing a window again says about its copy. Pure; imports types only. */
import type { Versions } from '../list/diff.js';

/**
 * `complete`: everything listed is landed or a dead letter; `moving`: only differences that are newer than the first
 * listing; those that are in the tables in an older version are left to the next run; `incomplete`: something listed
 * before is still not copied in that version; `suspicious`: the source lists nothing, or much less than is landed:
 * nothing is concluded.
 */
export type WindowState = 'complete' | 'moving' | 'incomplete' | 'suspicious';

export interface WindowEvidence {
  /** First listing: what this window set out to land. */
  readonly first: Versions;
  /** Second listing; equal to the first where nothing was committed. */
  readonly second: Versions;
  /** What the gold table holds for the ids of the second listing. */
  readonly landed: Versions;
  /** Open dead letters for these ids. */
  readonly dead: Versions;
  /** Landed rows that start inside the window, whether or not they are listed. */
  readonly landedInWindow: number;
  /** Those of them that the second listing lacks. Default 0. */
  readonly unlisted?: number;
  /** Those of them that came only now. Default 0. */
  readonly inserted?: number;
  /** Traces that stay as they are landed, since the source shows fewer of their assessments. Default 0. */
  readonly withheld?: number;
}

export interface WindowVerdict {
  readonly state: WindowState;
  readonly listed: number;
  readonly landed: number;
  readonly deadLettered: number;
  /**
   * Ids that the window still has to copy. In an incomplete window: those that both listings have in the same version,
   * and that are neither landed nor a dead letter in it. In a moving window: those that appeared after the first listing
   * and are in the tables in no version at all. A first listing that was cut short looks like that too, so the window is
   * not done before they are landed.
   */
  readonly missing: readonly string[];
  /** Ids that appeared or changed after the first listing and are not landed yet. */
  readonly moved: readonly string[];
}

/** Below this many landed rows a shrunken listing is not called suspicious: small numbers shrink for good reasons. */
const suspicionFloor = 20;

/** Judges one window. */
export function judgeWindow(evidence: WindowEvidence): WindowVerdict {
  let landed = 0;
  let deadLettered = 0;
  const missing: string[] = [];
  const moved: string[] = [];
  for (const [traceId, hash] of evidence.second) {
    if (evidence.landed.get(traceId) === hash) landed += 1;
    else if (evidence.dead.get(traceId) === hash) deadLettered += 1;
    else if (evidence.first.get(traceId) === hash) missing.push(traceId);
    else moved.push(traceId);
  }
  const listed = evidence.second.size;
  const state = stateOf(evidence, listed, missing, moved);
  const isUnknown = (traceId: string): boolean => !evidence.landed.has(traceId) && !evidence.dead.has(traceId);
  const toCopy = state === 'moving' ? moved.filter(isUnknown) : missing;
  return { state, listed, landed, deadLettered, missing: toCopy, moved };
}

function stateOf(
  evidence: WindowEvidence,
  listed: number,
  missing: readonly string[],
  moved: readonly string[],
): WindowState {
  if (missing.length > 0) return 'incomplete';
  if ((evidence.withheld ?? 0) > 0) return 'suspicious';
  if (isSuspicious(listed, evidence.landedInWindow, evidence)) return 'suspicious';
  return moved.length > 0 ? 'moving' : 'complete';
}

/** Spans that came since the traces were read are left to the next run, as traces that came since are. */
export function withLateSpans(state: WindowState, lateSpans: number): WindowState {
  return state === 'complete' && lateSpans > 0 ? 'moving' : state;
}

/**
 * True where a source that had many traces suddenly lists none, or less than half.
 * New traces must not make up for those that vanished, so they are told apart where they are known.
 */
export function isSuspicious(
  listed: number,
  landedInWindow: number,
  { unlisted = 0, inserted = 0 }: Pick<WindowEvidence, 'unlisted' | 'inserted'> = {},
): boolean {
  if (landedInWindow === 0) return false;
  const landedBefore = landedInWindow - inserted;
  if (landedBefore >= suspicionFloor && unlisted > landedBefore / 2) return true;
  return listed === 0 ? landedInWindow > 0 : landedInWindow >= suspicionFloor && listed < landedInWindow / 2;
}
