/** Drift: what changed between two profiles. Pure. */
import { kolmogorovSmirnovTest } from '../statistics/kolmogorov-smirnov.js';
import { populationStabilityIndex } from '../statistics/population-stability.js';
import type { ColumnProfile, DriftRow, Profile, Slice } from './model.js';
import type { DriftComparison } from './plan.js';
import { windowKey, type ProfileWindow } from './windows.js';

/** Drift rows of all comparisons that have a window before, slice by slice. */
export function driftOf(profiles: readonly Profile[], comparisons: readonly DriftComparison[]): DriftRow[] {
  const byKey = new Map(profiles.map((profile) => [profileKey(profile.window, profile.slice), profile]));
  const previousOf = new Map(comparisons.map((window) => [windowKey(window), window.previous]));
  return profiles.flatMap((profile) => {
    const previous = previousOf.get(windowKey(profile.window)) ?? null;
    const before = previous === null ? undefined : byKey.get(profileKey(previous, profile.slice));
    return before === undefined ? [] : driftBetween(before, profile);
  });
}

const profileKey = (window: ProfileWindow, { key, value }: Slice): string =>
  JSON.stringify([windowKey(window), key, value]);

/**
 * One row per column that both profiles have, in the order of the current one.
 * Both must speak of the same slice; the caller chooses which windows are compared.
 */
export function driftBetween(previous: Profile, current: Profile): DriftRow[] {
  const before = new Map(previous.columns.map((column) => [column.columnName, column]));
  return current.columns.flatMap((now) => {
    const then = before.get(now.columnName);
    if (then === undefined) return [];
    return [
      {
        window: current.window,
        comparedWindow: previous.window,
        slice: current.slice,
        monitorVersion: current.monitorVersion,
        columnName: now.columnName,
        dataType: now.dataType,
        ...columnDrift(then, now),
      },
    ];
  });
}

type ColumnDrift = Omit<DriftRow, 'window' | 'comparedWindow' | 'slice' | 'monitorVersion' | 'columnName' | 'dataType'>;

function columnDrift(then: ColumnProfile, now: ColumnProfile): ColumnDrift {
  return {
    countDelta: now.count - then.count,
    avgDelta: delta(then.avg, now.avg),
    percentNullDelta: delta(then.percentNull, now.percentNull),
    percentZerosDelta: delta(then.percentZeros, now.percentZeros),
    percentDistinctDelta: delta(then.percentDistinct, now.percentDistinct),
    nonNullColumnsDelta: nonNullColumnsDelta(then.nonNullColumns, now.nonNullColumns),
    ...distances(then, now),
  };
}

/** Null when one of the two is unknown, or when the difference is no number that JSON and SQL can hold. */
function delta(then: number | null, now: number | null): number | null {
  if (then === null || now === null) return null;
  const difference = now - then;
  return Number.isFinite(difference) ? difference : null;
}

function nonNullColumnsDelta(
  then: readonly string[] | null,
  now: readonly string[] | null,
): DriftRow['nonNullColumnsDelta'] {
  if (then === null || now === null) return null;
  const before = new Set(then);
  const after = new Set(now);
  return {
    added: now.filter((name) => !before.has(name)).length,
    missing: then.filter((name) => !after.has(name)).length,
  };
}

function distances(then: ColumnProfile, now: ColumnProfile): Pick<DriftRow, 'ksTest' | 'populationStabilityIndex'> {
  if (then.quantiles === null || now.quantiles === null) return { ksTest: null, populationStabilityIndex: null };
  return {
    ksTest: kolmogorovSmirnovTest(then.quantiles, now.quantiles, numValues(then), numValues(now)),
    populationStabilityIndex: populationStabilityIndex(then.quantiles, now.quantiles),
  };
}

/** How many values stand behind the quantiles. */
function numValues(column: ColumnProfile): number {
  return Math.max(1, column.count - (column.numNulls ?? 0) - (column.numNan ?? 0));
}
