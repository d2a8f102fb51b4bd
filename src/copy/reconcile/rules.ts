/**
 * What comparing source and tables at any time says about a window, and which stretches want another copy. Pure;
 * imports its neighbours only.
 */
import { unionIntervals } from '../prepare/coverage.js';
import type { Interval } from '../prepare/coverage.js';
import { judgeWindow } from '../verify/rules.js';
import type { Versions } from '../list/diff.js';
import type { WindowState } from '../verify/rules.js';

/**
 * `complete`: everything listed is landed or a dead letter; `changed`: only traces differ that are in the tables in an
 * older version; `incomplete`: something listed is nowhere; `suspicious`: the source lists nothing, much less than is
 * landed, or another number than it counts: nothing is concluded.
 */
export type CopyState = 'complete' | 'changed' | 'incomplete' | 'suspicious';

export interface CopyEvidence {
  readonly listed: Versions;
  /** What the gold table holds for the listed ids. */
  readonly landed: Versions;
  /** Open dead letters for these ids. */
  readonly dead: Versions;
  /** Landed rows that start inside the window, whether or not they are listed. */
  readonly landedInWindow: number;
  /** Traces that the source counts in the window; null where it cannot. */
  readonly counted: number | null;
}

export interface CopyVerdict {
  readonly state: CopyState;
  readonly listed: number;
  readonly landed: number;
  readonly deadLettered: number;
  /** Ids that are neither in the tables nor in the dead letters, in any version. */
  readonly missing: readonly string[];
  /** Ids that are there in another version. */
  readonly changed: readonly string[];
}

/**
 * The rule of {@link judgeWindow}. There is one listing only: an id that the tables hold in another version counts as
 * one that changed since it was copied, any other that is not landed as missing.
 */
export function judgeCopy(evidence: CopyEvidence): CopyVerdict {
  const { listed, landed, dead, landedInWindow, counted } = evidence;
  const first = new Map([...listed].filter(([traceId]) => !landed.has(traceId) && !dead.has(traceId)));
  const verdict = judgeWindow({ first, second: listed, landed, dead, landedInWindow });
  return {
    state: counted !== null && counted !== listed.size ? 'suspicious' : copyState(verdict.state),
    listed: verdict.listed,
    landed: verdict.landed,
    deadLettered: verdict.deadLettered,
    missing: verdict.missing,
    changed: verdict.moved,
  };
}

function copyState(state: WindowState): CopyState {
  return state === 'moving' ? 'changed' : state;
}

/** A window and how much of it another copy would bring. */
export interface RepairableWindow extends Interval {
  readonly missing: number;
  readonly changed: number;
}

/** Above so many stretches the nearest ones are copied as one: every stretch is a run of its own. */
export const maxRepairs = 10;

/** What a repair copies again: every window with a difference, touching ones joined, at most {@link maxRepairs}. */
export function planRepairs(windows: readonly RepairableWindow[]): Interval[] {
  return fewStretches(windows.filter(({ missing, changed }) => missing + changed > 0));
}

/** The same instants, and as few others as {@link maxRepairs} stretches allow. */
export function fewStretches(intervals: readonly Interval[]): Interval[] {
  const stretches = unionIntervals(intervals.map(({ fromMs, toMs }) => ({ fromMs, toMs })));
  while (stretches.length > maxRepairs) joinNearest(stretches);
  return stretches;
}

function joinNearest(ranges: Interval[]): void {
  let nearest = 1;
  const gapBefore = (index: number): number => (ranges[index]?.fromMs ?? 0) - (ranges[index - 1]?.toMs ?? 0);
  for (let index = 2; index < ranges.length; index += 1) if (gapBefore(index) < gapBefore(nearest)) nearest = index;
  const [left, right] = ranges.slice(nearest - 1, nearest + 1);
  if (left === undefined || right === undefined) return;
  ranges.splice(nearest - 1, 2, { fromMs: left.fromMs, toMs: right.toMs });
}
