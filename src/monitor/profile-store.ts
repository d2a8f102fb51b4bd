/**
 * Where profiles are computed and kept: what the engine asks of a warehouse. Pure types; imports the monitor's words.
 *
 * Every call that writes may be repeated: it replaces what it wrote before, and readers see a batch of profile windows
 * whole or not at all. A store keeps dialect, connection and order; what is due is decided by the engine.
 */
import type { ExistingColumn } from '../tables/table.js';
import type { ProfileDefinition, WindowFacts } from './definition.js';
import type { DriftRow, Profile } from './model.js';
import type { DriftComparison, CurrentWindow, StoredWindow, WindowBatch } from './plan.js';
import type { Granularity, ProfileWindow } from './windows.js';
import type { CallOptions } from '../call-options.js';

/** How much one call may be given, at least 1 each. */
interface StoreLimits {
  /** Profile rows that {@link ProfileStore.writeProfiles} makes: about 8 KB for each number column. */
  readonly profileRows: number;
  /** Drift rows of {@link ProfileStore.writeDrift}; the profiles compared are held in memory. */
  readonly driftRows: number;
  /** Profile windows of {@link ProfileStore.removeWindows}. */
  readonly windows: number;
}

/** Which profile windows of gold are asked for. */
export interface GoldRange {
  readonly granularity: Granularity;
  /** Start of the oldest one, epoch milliseconds; null for all history. */
  readonly fromMs: number | null;
  readonly slicingColumns: readonly string[];
}

/** A profile window that has gold rows. */
export interface GoldWindow extends ProfileWindow {
  readonly facts: WindowFacts;
  /** Number of slices with rows in it, the whole table included; at least 1. */
  readonly numSlices: number;
}

/** Errors: those of the warehouse; the signal's reason when aborted. */
export interface ProfileStore {
  readonly limits: StoreLimits;
  /** Columns of gold as they are; none where it does not exist. */
  goldColumns(): Promise<readonly ExistingColumn[]>;
  goldWindows(range: GoldRange, step: CallOptions): Promise<GoldWindow[]>;
  /** Every profile window of which something is remembered, or that has profile rows. */
  storedWindows(step: CallOptions): Promise<StoredWindow[]>;
  /** Removes both kinds of metric rows, and what is remembered. */
  removeWindows(batch: WindowBatch, step: CallOptions): Promise<void>;
  /**
   * Profiles gold in these windows and remembers their fingerprints; their drift is then due.
   *
   * @param nowMs epoch milliseconds
   * @returns number of profile rows
   */
  writeProfiles(
    batch: WindowBatch<CurrentWindow>,
    definition: ProfileDefinition,
    nowMs: number,
    step: CallOptions,
  ): Promise<number>;
  /** What was profiled in these windows. */
  readProfiles(batch: WindowBatch, step: CallOptions): Promise<Profile[]>;
  /** Writes the drift rows of these windows and remembers what they were computed from. */
  writeDrift(batch: WindowBatch<DriftComparison>, rows: readonly DriftRow[], step: CallOptions): Promise<void>;
}
