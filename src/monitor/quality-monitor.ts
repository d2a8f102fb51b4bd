/**
 * A quality monitor over the gold table: Databricks' own, or the embedded one. Imports nothing.
 */

/** What the monitor should look like. The same specification twice changes nothing. */
export interface MonitorSpec {
  /** TIMESTAMP column of the time series. */
  readonly timestampColumn: 'start_time';
  /** Window lengths, in Databricks' words. Default: 1 hour and 1 day. */
  readonly granularities: readonly ('1 hour' | '1 day')[];
  /** Gold columns whose values cut the rows into slices, each on its own. Default: none. */
  readonly slicingColumns: readonly string[];
}

export type MonitorState = 'absent' | 'pending' | 'active' | 'failed';

/** A profile of tracelift's own over all history, beside a monitor that covers less. */
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
  /** Absent where the monitor itself covers all history; null where it was never computed. */
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

export interface MonitorRefreshOptions {
  /** What a profile of tracelift's own covers. Default: what the monitor itself was made with. */
  readonly spec?: MonitorSpec;
  readonly signal?: AbortSignal;
  readonly onProgress?: () => void;
}

/** Errors: MonitorPermission, MonitorFeatureDisabled (config), MonitorFailed (terminal), plus the warehouse's. */
export interface QualityMonitor {
  show(): Promise<MonitorStatus>;
  /** Creates, compares, updates. Returns at once, also when the monitor is still pending. Idempotent. */
  ensure(spec: MonitorSpec): Promise<MonitorChange>;
  /**
   * Computes what changed since the last refresh, or asks the service to. Idempotent. A profile of tracelift's own is
   * also made where the service refuses its part; the refusal is thrown afterwards.
   */
  refresh(options?: MonitorRefreshOptions): Promise<MonitorRefresh>;
  /** Removes the monitor; its metric tables stay unless `dropTables`. */
  delete(options: { dropTables: boolean }): Promise<void>;
}

/** One column that changed from one window to the next. Times are epoch milliseconds, windows half-open. */
export interface DriftHighlight {
  readonly columnName: string;
  readonly granularity: '1 hour' | '1 day';
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

/** What a monitor offers that can tell the strongest recent changes by itself; the embedded one can. */
export interface DriftReader {
  /** Strongest first, at most `limit`. @throws MonitorAbsent */
  latestDrift(options: { limit: number; granularity?: '1 hour' | '1 day' }): Promise<DriftHighlight[]>;
}
