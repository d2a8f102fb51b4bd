/**
 * What comparing source and tables at any time says about a window, and which stretches want another copy. Pure;
 * imports its neighbours only.
 */
import { unionIntervals } from '../prepare/coverage.js';
import type { Interval } from '../prepare/coverage.js';
import { judgeWindow } from '../verify/rules.js';
import type { Versions } from '../list/diff.js';
import type { WindowEvidence, WindowVerdict } from '../verify/rules.js';

/** The window as it is now. */
export interface CopyEvidence extends Pick<WindowEvidence, 'landed' | 'dead' | 'landedInWindow'> {
  readonly listed: Versions;
  /** Traces that the source counts in the window; null where it cannot. */
  readonly counted: number | null;
}

/**
 * The rule of {@link judgeWindow}. There is one listing only: an id that the tables hold in another version counts as
 * one that moved since it was copied, any other that is not landed as missing. Nothing is concluded where the source
 * counts other traces than it lists.
 */
export function judgeCopy({ listed, counted, ...tables }: CopyEvidence): WindowVerdict {
  const first = new Map([...listed].filter(([traceId]) => !tables.landed.has(traceId) && !tables.dead.has(traceId)));
  const verdict = judgeWindow({ first, second: listed, ...tables });
  return counted === null || counted === listed.size ? verdict : { ...verdict, state: 'suspicious' };
}

/** A window and how much of it another copy would bring. */
export interface RepairableWindow extends Interval {
  readonly missing: number;
  readonly moving: number;
  /** Landed traces that the source has no more: a copy marks them, unless that is done. Default 0. */
  readonly extra?: number;
  readonly marked?: number;
}

/** Above so many stretches the nearest ones are copied as one: every stretch is a run of its own. */
export const maxRepairs = 10;

/** What a repair copies again: every window with a difference, touching ones joined, at most {@link maxRepairs}. */
export function planRepairs(windows: readonly RepairableWindow[]): Interval[] {
  return fewStretches(
    windows.filter(({ missing, moving, extra = 0, marked = 0 }) => missing + moving + extra - marked > 0),
  );
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
