/** The strongest recent changes, as a model for people's views. Imports the monitor's SQL, its port and
 * domain types. */
import { windowEndMs, windowLengthMs, type Granularity } from '../../../monitor/windows.js';
import type { DriftHighlight } from '../../../monitor/quality-monitor.js';
import { selectStrongestDrift } from './sql-drift.js';
import type { MonitorPlace } from './state.js';

export interface LatestDriftOptions {
  /** How many changes at the most, at least 1. */
  readonly limit: number;
  /** Default: 1 day. */
  readonly granularity?: Granularity;
  /** How many windows back from now to look. Default: 7. */
  readonly numWindows?: number;
  /** Changes that chance explains with a greater probability are left out, 0..1. Default: 0.05. */
  readonly maxPvalue?: number;
}

/** Strongest first; whole table only, number columns only. */
export async function latestDrift(
  { database, tables, dialect }: MonitorPlace,
  { limit, granularity = '1 day', numWindows = 7, maxPvalue = 0.05 }: LatestDriftOptions,
  nowMs: number,
): Promise<DriftHighlight[]> {
  const oldestMs = nowMs - numWindows * windowLengthMs(granularity);
  const rows = await database.rows<{
    column_name: string;
    window_us: number;
    window_cmp_us: number;
    psi: number;
    ks_statistic: number;
    ks_pvalue: number;
    avg_before: number | null;
    avg_after: number | null;
    values_before: number;
    values_after: number;
  }>(selectStrongestDrift(dialect, tables), [granularity, oldestMs * 1000, maxPvalue, limit]);
  return rows.map((row) => ({
    columnName: row.column_name,
    granularity,
    fromMs: row.window_us / 1000,
    toMs: windowEndMs({ granularity, fromMs: row.window_us / 1000 }),
    comparedFromMs: row.window_cmp_us / 1000,
    psi: row.psi,
    ksStatistic: row.ks_statistic,
    ksPvalue: row.ks_pvalue,
    avgBefore: row.avg_before,
    avgAfter: row.avg_after,
    valuesBefore: row.values_before,
    valuesAfter: row.values_after,
  }));
}
