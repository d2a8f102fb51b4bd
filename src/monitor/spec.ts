/** Settings of a monitor and how two of them differ. Pure; imports domain/profile only. */
import type { Granularity } from './windows.js';

export interface ProfileSpec {
  readonly timestampColumn: string;
  readonly granularities: readonly Granularity[];
  readonly slicingColumns: readonly string[];
}

/** The same settings in the one form in which they are stored and compared: order and repeats do not matter. */
export function normalizedSpec({ timestampColumn, granularities, slicingColumns }: ProfileSpec): ProfileSpec {
  return {
    timestampColumn,
    granularities: [...new Set(granularities)].toSorted(),
    slicingColumns: [...new Set(slicingColumns)].toSorted(),
  };
}

/** True where both ask for the same monitor: order and repeats do not matter. */
export function isSameSpec(one: ProfileSpec, other: ProfileSpec): boolean {
  return JSON.stringify(normalizedSpec(one)) === JSON.stringify(normalizedSpec(other));
}
