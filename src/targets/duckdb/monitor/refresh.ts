/**
 * Brings the metric tables up to date: windows that lost their rows go, changed ones are profiled, and what depends on
 * them is compared again. Imports the steps and domain plans.
 */
import {
  batchWindows,
  planComparisons,
  planProfiles,
  type Comparison,
  type CurrentWindow,
} from '../../../monitor/plan.js';
import type { ProfileDefinition } from '../../../monitor/definition.js';
import { oldestWindowMs } from '../../../monitor/windows.js';
import type { Log } from '../../../log.js';
import { compareWindows } from './drift-step.js';
import { currentWindows, profileWindows, removeWindows, type StepOptions } from './profile-store.js';
import { goldColumns, readStoredWindows, type MonitorPlace, type MonitorState } from './state.js';

/** Profile rows of one transaction: about 32 MB of quantiles, and well under a second. */
const maxProfileRowsPerBatch = 4000;
/** Drift rows of one transaction; their profiles are converted in one go, which must not hold up the event loop. */
const maxDriftRowsPerBatch = 1000;
const maxWindowsPerRemoval = 1000;

export interface RefreshCounts {
  readonly profileRows: number;
  readonly driftRows: number;
}

/** Computes what changed since the last call; 0 rows when nothing did. Safe to stop and call again at any point. */
export async function refreshMetrics(
  place: MonitorPlace,
  state: MonitorState,
  log: Log,
  nowMs: number,
  options: StepOptions,
): Promise<RefreshCounts> {
  const { columns, slicingColumns, missingSlicingColumns } = await goldColumns(place, state.spec);
  if (missingSlicingColumns.length > 0) {
    log.warn('Slicing columns do not exist in gold yet: no slices for them', {
      columns: missingSlicingColumns.join(', '),
    });
  }
  const definition: ProfileDefinition = { monitorVersion: state.monitorVersion, columns, slicingColumns };
  const current = await listCurrent(place, state, definition, nowMs, options);
  const plan = planProfiles(current, await readStoredWindows(place));
  for (const batch of batchWindows(plan.remove, () => 1, maxWindowsPerRemoval)) {
    await removeWindows(place, batch);
    options.onProgress?.();
  }
  const rowsOf = rowsPerWindow(current, columns.length + 1);
  let profileRows = 0;
  for (const batch of batchWindows(plan.profile, rowsOf, maxProfileRowsPerBatch)) {
    options.signal?.throwIfAborted();
    const written = await profileWindows(place, batch, definition, nowMs * 1000, options);
    profileRows += written;
  }
  const driftRows = await refreshDrift(place, rowsOf, options);
  log.info('The quality monitor is up to date', {
    windowsProfiled: plan.profile.length,
    windowsRemoved: plan.remove.length,
    profileRows,
    driftRows,
  });
  return { profileRows, driftRows };
}

async function listCurrent(
  place: MonitorPlace,
  { spec }: MonitorState,
  definition: ProfileDefinition,
  nowMs: number,
  options: StepOptions,
): Promise<CurrentWindow[]> {
  const current: CurrentWindow[] = [];
  for (const granularity of spec.granularities) {
    options.signal?.throwIfAborted();
    const oldestMs = oldestWindowMs(granularity, nowMs);
    const bounds = { fromUs: oldestMs === null ? null : oldestMs * 1000, toUs: null };
    current.push(...(await currentWindows(place.database, place, granularity, definition, bounds)));
    options.onProgress?.();
  }
  return current;
}

type RowsOf = (window: { readonly granularity: string; readonly fromMs: number }) => number;

function rowsPerWindow(current: readonly CurrentWindow[], numColumns: number): RowsOf {
  const key = ({ granularity, fromMs }: Parameters<RowsOf>[0]): string => `${granularity}@${String(fromMs)}`;
  const slices = new Map(current.map((window) => [key(window), window.numSlices]));
  return (window) => (slices.get(key(window)) ?? 1) * numColumns;
}

async function refreshDrift(place: MonitorPlace, rowsOf: RowsOf, options: StepOptions): Promise<number> {
  const comparisons = planComparisons(await readStoredWindows(place));
  const byWindow = new Map<object, Comparison>(comparisons.map((comparison) => [comparison.window, comparison]));
  const batches = batchWindows(
    comparisons.map(({ window }) => window),
    rowsOf,
    maxDriftRowsPerBatch,
  );
  let driftRows = 0;
  for (const batch of batches) {
    options.signal?.throwIfAborted();
    const due = batch.flatMap((window) => byWindow.get(window) ?? []);
    const written = await compareWindows(place, due, options);
    driftRows += written;
  }
  return driftRows;
}
