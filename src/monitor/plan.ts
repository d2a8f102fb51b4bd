/**
 * Which windows must be profiled, compared or removed. Pure; imports domain/profile only.
 *
 * Every window has a fingerprint of the gold rows in it and of the definition of the profile. What was computed from
 * the same fingerprint is not computed again; a crash in between leaves fingerprints that differ, so the next refresh
 * finishes the work.
 */
import { previousWindow, windowKey, type ProfileWindow } from './windows.js';

/** A window that has gold rows now. */
export interface CurrentWindow extends ProfileWindow {
  readonly fingerprint: string;
  /** Number of slices with rows in it, the whole table included; at least 1. */
  readonly numSlices: number;
}

/** What the monitor remembers of a window. */
export interface StoredWindow extends ProfileWindow {
  /** Null where profile rows exist of which nothing is remembered. */
  readonly profileFingerprint: string | null;
  /** Null until the window was compared. */
  readonly driftFingerprint: string | null;
}

/** A window whose drift rows are to be made again. */
export interface Comparison {
  readonly window: ProfileWindow;
  /** Null when the window before has no rows: then there is no drift, and older drift rows go. */
  readonly previous: ProfileWindow | null;
  readonly driftFingerprint: string;
}

const byTime = (a: ProfileWindow, b: ProfileWindow): number =>
  a.granularity.localeCompare(b.granularity) || a.fromMs - b.fromMs;

/** Windows to profile, oldest first within a granularity, and windows whose metric rows must go. */
export function planProfiles(
  current: readonly CurrentWindow[],
  stored: readonly StoredWindow[],
): { profile: CurrentWindow[]; remove: StoredWindow[] } {
  const known = new Map(stored.map((window) => [windowKey(window), window.profileFingerprint]));
  const alive = new Set(current.map(windowKey));
  return {
    profile: current.filter((window) => known.get(windowKey(window)) !== window.fingerprint).toSorted(byTime),
    remove: stored.filter((window) => !alive.has(windowKey(window))).toSorted(byTime),
  };
}

/** Windows to compare with the one before them: after all profiles are up to date. */
export function planComparisons(stored: readonly StoredWindow[]): Comparison[] {
  const profiles = new Map(stored.map((window) => [windowKey(window), window.profileFingerprint]));
  return stored.toSorted(byTime).flatMap((window) => {
    if (window.profileFingerprint === null) return [];
    const previous = previousWindow(window);
    const before = profiles.get(windowKey(previous)) ?? null;
    const driftFingerprint = `${before ?? 'none'} -> ${window.profileFingerprint}`;
    if (window.driftFingerprint === driftFingerprint) return [];
    const { granularity, fromMs } = window;
    return [{ window: { granularity, fromMs }, previous: before === null ? null : previous, driftFingerprint }];
  });
}

/**
 * Cuts windows into batches of one granularity, each about `maxRows` metric rows: a batch is one transaction.
 *
 * @param rowsOf Metric rows that a window will have, at least 1.
 * @param maxRows At least 1; a single window may exceed it.
 */
export function batchWindows<W extends ProfileWindow>(
  windows: readonly W[],
  rowsOf: (window: W) => number,
  maxRows: number,
): W[][] {
  const batches: W[][] = [];
  let batch: W[] = [];
  let rows = 0;
  for (const window of windows) {
    const more = rowsOf(window);
    if (batch.length > 0 && (rows + more > maxRows || batch[0]?.granularity !== window.granularity)) {
      batches.push(batch);
      batch = [];
      rows = 0;
    }
    batch.push(window);
    rows += more;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
