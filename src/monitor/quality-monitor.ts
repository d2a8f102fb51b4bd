/**
 * The quality monitor over the gold table as the rest of the program sees it: tracelift's own, on Databricks with the
 * native one beside it. Pure types.
 */
import type { MonitorSpec } from './spec.js';
import type { Granularity } from './windows.js';
import type { CallOptions } from '../call-options.js';

export type MonitorState = 'absent' | 'pending' | 'active' | 'failed';

/** tracelift's monitor beside a native one, which covers less than all history. */
export interface HistoryStatus {
  /** Full names. */
  readonly profileTable: string;
  readonly driftTable: string;
  readonly profileRows: number;
  readonly driftRows: number;
  /** When a window was last computed; null where there is none yet. */
  readonly lastRefreshMs: number | null;
}

export interface MonitorStatus {
  readonly state: MonitorState;
  /** Tables of the monitor, full names. */
  readonly profileTable: string | null;
  readonly driftTable: string | null;
  /** Where a person looks at it, or null. */
  readonly dashboardUrl: string | null;
  readonly lastRefreshMs: number | null;
  readonly profileRows: number | null;
  readonly driftRows: number | null;
  /** The monitor's own words when it failed. */
  readonly failure: string | null;
  /** Absent where there is no native monitor; null where tracelift's was never refreshed. */
  readonly history?: HistoryStatus | null;
}

export interface MonitorChange {
  /** What `ensure` did. */
  readonly action: 'created' | 'updated' | 'unchanged';
  readonly status: MonitorStatus;
}

export interface MonitorRefresh {
  /** Rows written; 0 when nothing had changed. Null where the monitor does not tell. */
  readonly profileRowsWritten: number | null;
  readonly driftRowsWritten: number | null;
  readonly status: MonitorStatus;
}

export interface MonitorRefreshOptions extends CallOptions {
  /** What tracelift's monitor covers beside a native one. Default: what the native one was made with. */
  readonly spec?: MonitorSpec;
}

/** Errors: MonitorPermission, MonitorFeatureDisabled (config), MonitorFailed (terminal), plus the warehouse's. */
export interface QualityMonitor {
  show(): Promise<MonitorStatus>;
  /** Creates, compares, updates. Returns at once, also when the monitor is still pending. Idempotent. */
  ensure(spec: MonitorSpec): Promise<MonitorChange>;
  /**
   * Computes what changed since the last refresh, and asks a native monitor to do the same. Idempotent. tracelift's own
   * is also refreshed where the native one is refused; the refusal is thrown afterwards.
   */
  refresh(options?: MonitorRefreshOptions): Promise<MonitorRefresh>;
  /** Removes the monitor; its metric tables stay unless `dropTables`. */
  delete(options: { dropTables: boolean }): Promise<void>;
}

/** One column that changed from one window to the next. Times are epoch milliseconds, windows half-open. */
export interface DriftHighlight {
  readonly columnName: string;
  readonly granularity: Granularity;
  readonly fromMs: number;
  readonly toMs: number;
  /** Start of the window it is compared with. */
  readonly comparedFromMs: number;
  /** Population stability index: below 0.1 none, below 0.2 some, from 0.2 on a significant change. */
  readonly psi: number;
  readonly ksStatistic: number;
  readonly ksPvalue: number;
  /** Mean before and after; null where a window has no finite value. */
  readonly avgBefore: number | null;
  readonly avgAfter: number | null;
  /** Values in both windows: few values make every index large. */
  readonly valuesBefore: number;
  readonly valuesAfter: number;
}

/** What a monitor offers that can tell the strongest recent changes by itself; that of DuckDB can. */
export interface DriftReader {
  /** Strongest first, at most `limit`. @throws MonitorAbsent */
  latestDrift(options: { limit: number; granularity?: Granularity }): Promise<DriftHighlight[]>;
}
