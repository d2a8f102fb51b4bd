/** How large windows are by the kind of their target. Pure; must not read the environment or any file. */
import type { TargetConfig, WindowsConfig } from './types.js';

/**
 * DuckDB commits beside the fetching of the next window, with memory for the texts of this one. On Delta a commit of any
 * size takes seconds (docs/benchmarks.md).
 */
const fittingFetches: Readonly<Record<TargetConfig['kind'], number>> = { duckdb: 2000, databricks: 5000 };

/** Traces to fetch after which a window closes: what is set, else what suits the kind of target. */
export function windowFetchesInto(kind: TargetConfig['kind'], windows: Pick<WindowsConfig, 'windowFetches'>): number {
  return windows.windowFetches ?? fittingFetches[kind];
}
