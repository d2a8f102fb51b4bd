/**
 * Brings a monitor up to date: profile windows that lost their rows go, changed ones are profiled, and what depends on
 * them is compared again. The same on every warehouse; imports the rules and the store's port only.
 */
import type { Log } from '../log.js';
import { profiledColumns, type ProfiledColumn } from './columns.js';
import { fingerprintOf, type ProfileDefinition } from './definition.js';
import { driftOf } from './drift.js';
import { batchWindows, planComparisons, planProfiles, type DriftComparison, type CurrentWindow } from './plan.js';
import type { ProfileStore } from './profile-store.js';
import { normalizedSpec, type MonitorSpec } from './spec.js';
import { oldestWindowMs, windowKey, type ProfileWindow } from './windows.js';
import type { CallOptions } from '../call-options.js';

/** What a refresh is to make. */
export interface RefreshOrder {
  readonly spec: MonitorSpec;
  readonly monitorVersion: number;
  /** Now, epoch milliseconds; decides which profile windows of one hour are kept. */
  readonly nowMs: number;
}

/** Rows that a refresh wrote; 0 where nothing had changed. */
export interface RefreshedRows {
  readonly profileRows: number;
  readonly driftRows: number;
}

/** Computes what changed since the last refresh. Safe to stop and call again at any point. */
export async function refreshProfiles(
  store: ProfileStore,
  order: RefreshOrder,
  log: Log,
  step: CallOptions,
): Promise<RefreshedRows> {
  const definition = await defineProfile(store, order, log);
  const current = await listCurrent(store, order, definition, step);
  const plan = planProfiles(current, await store.storedWindows(step));
  for (const batch of batchWindows(plan.remove, () => 1, store.limits.windows)) {
    await store.removeWindows(batch, step);
    goOn(step);
  }
  const rowsOf = rowsPerWindow(current, definition.columns.length + 1);
  let profileRows = 0;
  for (const batch of batchWindows(plan.profile, rowsOf, store.limits.profileRows)) {
    const written = await store.writeProfiles(batch, definition, order.nowMs, step);
    profileRows += written;
    goOn(step);
  }
  const driftRows = await refreshDrift(store, rowsOf, step);
  const { length: windowsProfiled } = plan.profile;
  const { length: windowsRemoved } = plan.remove;
  log.info('The monitor is up to date', { windowsProfiled, windowsRemoved, profileRows, driftRows });
  return { profileRows, driftRows };
}

/** A slicing column that gold does not have yet waits until it appears. */
async function defineProfile(store: ProfileStore, order: RefreshOrder, log: Log): Promise<ProfileDefinition> {
  const existing = await store.goldColumns();
  const names = new Set(existing.map(({ name }) => name));
  const { slicingColumns } = normalizedSpec(order.spec);
  const missing = slicingColumns.filter((name) => !names.has(name));
  if (missing.length > 0) {
    log.warn('Slicing columns do not exist in gold yet: no slices for them', { columns: missing.join(', ') });
  }
  return {
    monitorVersion: order.monitorVersion,
    // Whatever the order in which columns were added.
    columns: profiledColumns(existing).toSorted(byName),
    slicingColumns: slicingColumns.filter((name) => names.has(name)),
  };
}

/**
 * The facts are read before the profiles are made: a window that changes in between is profiled again by the next
 * refresh.
 */
async function listCurrent(
  store: ProfileStore,
  { spec, nowMs }: RefreshOrder,
  definition: ProfileDefinition,
  step: CallOptions,
): Promise<CurrentWindow[]> {
  const current: CurrentWindow[] = [];
  for (const granularity of normalizedSpec(spec).granularities) {
    const fromMs = oldestWindowMs(granularity, nowMs);
    const { slicingColumns } = definition;
    for (const { facts, ...window } of await store.goldWindows({ granularity, fromMs, slicingColumns }, step)) {
      current.push({ ...window, fingerprint: fingerprintOf(definition, facts) });
    }
    goOn(step);
  }
  return current;
}

async function refreshDrift(
  store: ProfileStore,
  rowsOf: (window: ProfileWindow) => number,
  step: CallOptions,
): Promise<number> {
  const comparisons = planComparisons(await store.storedWindows(step));
  let driftRows = 0;
  for (const batch of batchWindows(comparisons, rowsOf, store.limits.driftRows)) {
    const { granularity } = batch;
    const compared = comparedWindows(batch.windows);
    const profiles = compared.length === 0 ? [] : await store.readProfiles({ granularity, windows: compared }, step);
    const rows = driftOf(profiles, batch.windows);
    await store.writeDrift(batch, rows, step);
    driftRows += rows.length;
    goOn(step);
  }
  return driftRows;
}

/** Every profile window that the comparisons read, once. */
function comparedWindows(comparisons: readonly DriftComparison[]): ProfileWindow[] {
  const windows = comparisons.flatMap(({ previous, ...window }) => (previous === null ? [] : [window, previous]));
  return [...new Map(windows.map((window) => [windowKey(window), window])).values()];
}

function rowsPerWindow(current: readonly CurrentWindow[], numColumns: number): (window: ProfileWindow) => number {
  const slices = new Map(current.map((window) => [windowKey(window), window.numSlices]));
  return (window) => (slices.get(windowKey(window)) ?? 1) * numColumns;
}

function goOn({ signal, onProgress }: CallOptions): void {
  onProgress?.();
  signal?.throwIfAborted();
}

const byName = (one: ProfiledColumn, other: ProfiledColumn): number => (one.name < other.name ? -1 : 1);
