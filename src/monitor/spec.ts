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

/** Names of the fields in which two specifications differ, sorted; empty for equal ones. */
export function changedSpecFields(before: ProfileSpec, after: ProfileSpec): string[] {
  const from = normalizedSpec(before);
  const to = normalizedSpec(after);
  return (['granularities', 'slicingColumns', 'timestampColumn'] as const).filter(
    (field) => JSON.stringify(from[field]) !== JSON.stringify(to[field]),
  );
}
