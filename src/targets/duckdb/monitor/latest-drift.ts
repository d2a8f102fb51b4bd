/** The strongest recent changes, as a model for people's views. Imports the monitor, the database and its statements. */
import { windowEndMs, windowLengthMs } from '../../../monitor/windows.js';
import type { DriftHighlight, DriftReader } from '../../../monitor/quality-monitor.js';
import { selectStrongestDrift } from './sql.js';
import type { MonitorPlace } from './state.js';

/** How many windows back from now are read. */
const numWindows = 7;
/** Changes that chance explains with a greater probability are left out. */
const maxPvalue = 0.05;

/** Strongest first; whole table only, number columns only. */
export async function latestDrift(
  { database, tables }: MonitorPlace,
  { limit, granularity = '1 day' }: Parameters<DriftReader['latestDrift']>[0],
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
  }>(selectStrongestDrift(tables), [granularity, oldestMs * 1000, maxPvalue, limit]);
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
