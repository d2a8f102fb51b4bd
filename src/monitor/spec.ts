/** Settings of a monitor, and whether two of them are the same. Pure. */
import { granularities as allGranularities, type Granularity } from './windows.js';

/** What a monitor should look like. The same settings twice change nothing. */
export interface MonitorSpec {
  /** TIMESTAMP column of the time series. */
  readonly timestampColumn: 'start_time';
  /** Lengths of profile windows. Default: 1 hour and 1 day. */
  readonly granularities: readonly Granularity[];
  /** Gold columns whose values cut the rows into slices, each on its own. Default: none. */
  readonly slicingColumns: readonly string[];
}

/** The settings used where the configuration gives none. */
export const defaultSpec: MonitorSpec = {
  timestampColumn: 'start_time',
  granularities: ['1 hour', '1 day'],
  slicingColumns: [],
};

/** The same settings in the one form in which they are stored and compared: order and repeats do not matter. */
export function normalizedSpec({ timestampColumn, granularities, slicingColumns }: MonitorSpec): MonitorSpec {
  return {
    timestampColumn,
    granularities: [...new Set(granularities)].toSorted(),
    slicingColumns: [...new Set(slicingColumns)].toSorted(),
  };
}

/** True where both ask for the same monitor: order and repeats do not matter. */
export function isSameSpec(one: MonitorSpec, other: MonitorSpec): boolean {
  return JSON.stringify(normalizedSpec(one)) === JSON.stringify(normalizedSpec(other));
}

/** Settings as text, for {@link readSpec}. */
export const specText = (spec: MonitorSpec): string => JSON.stringify(normalizedSpec(spec));

/** Settings that {@link specText} wrote; what is of no known form is left out. */
export function readSpec(text: string): MonitorSpec {
  const stored = JSON.parse(text) as Partial<Record<keyof MonitorSpec, unknown>>;
  const granularities = listOf(stored.granularities);
  return {
    timestampColumn: 'start_time',
    granularities: allGranularities.filter((granularity) => granularities.includes(granularity)),
    slicingColumns: listOf(stored.slicingColumns).filter((name) => typeof name === 'string'),
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
