/**
 * Which profile windows must be profiled, compared or removed. Pure.
 *
 * Every window has a fingerprint of the gold rows in it and of the definition of the profile. What was computed from
 * the same fingerprint is not computed again; a crash in between leaves fingerprints that differ, so the next refresh
 * finishes the work.
 */
import { previousWindow, windowKey, type Granularity, type ProfileWindow } from './windows.js';

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

/** Windows of one granularity, at least one. */
export interface WindowBatch<W extends ProfileWindow = ProfileWindow> {
  readonly granularity: Granularity;
  readonly windows: readonly W[];
}

/** A window whose drift rows are to be made again. */
export interface DriftComparison extends ProfileWindow {
  /** Null when the window before has no rows: then there is no drift, and older drift rows go. */
  readonly previous: ProfileWindow | null;
  readonly driftFingerprint: string;
}

/** Raised when drift is computed in another way, so that every window is compared again. */
const driftRevision = 2;

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
export function planComparisons(stored: readonly StoredWindow[]): DriftComparison[] {
  const profiles = new Map(stored.map((window) => [windowKey(window), window.profileFingerprint]));
  return stored.toSorted(byTime).flatMap((window) => {
    if (window.profileFingerprint === null) return [];
    const previous = previousWindow(window);
    const before = profiles.get(windowKey(previous)) ?? null;
    const driftFingerprint = `${String(driftRevision)}: ${before ?? 'none'} -> ${window.profileFingerprint}`;
    if (window.driftFingerprint === driftFingerprint) return [];
    const { granularity, fromMs } = window;
    return [{ granularity, fromMs, previous: before === null ? null : previous, driftFingerprint }];
  });
}

/**
 * Cuts windows into batches of one granularity, each about `maxRows` metric rows.
 *
 * @param rowsOf Metric rows that a window will have, at least 1.
 * @param maxRows At least 1; a single window may exceed it.
 */
export function batchWindows<W extends ProfileWindow>(
  windows: readonly W[],
  rowsOf: (window: W) => number,
  maxRows: number,
): WindowBatch<W>[] {
  const batches: { readonly granularity: Granularity; readonly windows: W[] }[] = [];
  let rows = 0;
  for (const window of windows) {
    const more = rowsOf(window);
    const batch = batches.at(-1);
    if (batch?.granularity === window.granularity && rows + more <= maxRows) {
      batch.windows.push(window);
      rows += more;
    } else {
      batches.push({ granularity: window.granularity, windows: [window] });
      rows = more;
    }
  }
  return batches;
}
