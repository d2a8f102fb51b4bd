/**
 * Compares one batch of windows with the windows before them: profiles are read, drift is a pure function of two of
 * them, rows are written back. Imports the database, the monitor's SQL and domain types.
 */
import {
  comparedStartsUs,
  profilesByWindow,
  stagedDrift,
  type ProfileRow,
  type ProfilesByWindow,
} from '../../../monitor/drift-rows.js';
import type { Comparison } from '../../../monitor/plan.js';
import type { Granularity } from '../../../monitor/windows.js';
import { insertDriftRows, selectProfiles } from './sql-drift.js';
import { deleteMetricRows, updateDriftFingerprints } from './sql-state.js';
import type { StepOptions } from './profile-store.js';
import type { MonitorPlace } from './state.js';

/** Writes the drift rows of the windows, which share a granularity, and returns how many. */
export async function compareWindows(
  place: MonitorPlace,
  comparisons: readonly Comparison[],
  { signal, onProgress }: StepOptions,
): Promise<number> {
  const granularity = comparisons[0]?.window.granularity;
  if (granularity === undefined) return 0;
  const { database, tables, dialect } = place;
  const profiles = await readProfiles(place, granularity, comparisons, signal);
  onProgress?.();
  const rows = stagedDrift(profiles, comparisons);
  onProgress?.();
  const starts = comparisons.map(({ window }) => window.fromMs * 1000);
  const fingerprints = comparisons.map(({ driftFingerprint }) => driftFingerprint);
  return database.transaction(async (session) => {
    const { sql, parameters } = deleteMetricRows(dialect, tables.drift, granularity, starts);
    await session.run(sql, parameters, { signal });
    const written =
      rows.length === 0 ? 0 : await session.run(insertDriftRows(dialect, tables), [JSON.stringify(rows)], { signal });
    await session.run(updateDriftFingerprints(dialect, tables), [granularity, starts, fingerprints]);
    onProgress?.();
    return written;
  });
}

async function readProfiles(
  { database, tables, dialect }: MonitorPlace,
  granularity: Granularity,
  comparisons: readonly Comparison[],
  signal: AbortSignal | undefined,
): Promise<ProfilesByWindow> {
  const starts = comparedStartsUs(comparisons);
  if (starts.length === 0) return new Map();
  const { sql, parameters } = selectProfiles(dialect, tables, granularity, starts);
  return profilesByWindow(granularity, await database.rows<ProfileRow>(sql, parameters, { signal }));
}
