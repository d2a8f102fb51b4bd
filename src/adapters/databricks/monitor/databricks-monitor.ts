/**
 * Databricks' own quality monitor over the gold table. Imports the monitor port, both monitor APIs and the SQL client.
 *
 * The service makes and refreshes it in its own time: nothing here waits. Waiting is the workflow's business.
 */
import type {
  MonitorChange,
  MonitorRefresh,
  MonitorSpec,
  MonitorStatus,
  QualityMonitor,
} from '../../../ports/monitor.js';
import { TraceliftError } from '../../../domain/errors.js';
import type { ExistingColumn } from '../../../domain/profile/columns.js';
import type { Granularity } from '../../../domain/profile/windows.js';
import type { Log } from '../../../ports/log.js';
import type { DatabricksRest } from '../rest-client.js';
import { textOf, type SqlClient } from '../sql-client.js';
import { countRows } from '../sql/reads.js';
import { quoteName } from '../sql/quoting.js';
import {
  createHistoryProfile,
  type HistoryProfile,
  type HistorySpec,
  type HistoryStepOptions,
} from './history/history-profile.js';
import { historyTables } from './history/sql.js';
import { openDataQualityApi } from './data-quality-api.js';
import { openQualityMonitorsApi } from './quality-monitors-api.js';
import {
  changedFields,
  type MonitorApi,
  type MonitorBirth,
  type MonitorSettings,
  type SeenMonitor,
  type SeenRefresh,
} from './settings.js';

export interface DatabricksMonitorOptions {
  readonly rest: DatabricksRest;
  readonly sql: SqlClient;
  /** Gold table, `catalog.schema.table`. */
  readonly table: string;
  /** `catalog.schema` of the metric tables. Default: the schema of the table. */
  readonly outputSchema?: string;
  /** Workspace folder of the dashboard. Default: `/Workspace/Shared/tracelift/<table>`. */
  readonly assetsDir?: string;
  /** Warehouse that the dashboard uses; null lets Databricks choose. */
  readonly warehouseId: string | null;
  /** Refreshes by Databricks itself. Default: none. */
  readonly schedule?: { readonly cron: string; readonly timezone: string };
  /** Told of failed refreshes, at most five. Default: nobody. */
  readonly notifyEmails?: readonly string[];
  /** `catalog.schema.table` to compare with besides the previous window. Default: none. */
  readonly baselineTable?: string;
  /** Columns of the gold table as they are, for the history profile; none where it does not exist. */
  readonly goldColumns: () => Promise<readonly ExistingColumn[]>;
  readonly log: Log;
  /** Now, in epoch milliseconds; decides which hourly windows are kept. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Longest time that `ensure` spends on the history profile, milliseconds. Default 180,000: it is a short step. */
  readonly historyLimitMs?: number;
}

const defaultHistoryLimitMs = 180_000;

/** Errors: MonitorPermission, MonitorFeatureDisabled, MonitorTableMissing, MonitorAbsent, MonitorFailed, and REST's. */
export function createDatabricksMonitor(options: DatabricksMonitorOptions): QualityMonitor {
  return new DatabricksMonitor(options);
}

class DatabricksMonitor implements QualityMonitor {
  readonly #options: DatabricksMonitorOptions;
  readonly #history: HistoryProfile;
  #api: Promise<MonitorApi> | undefined;
  /** What was asked for last: settings that the service may not show. */
  #wanted: HistorySpec | null = null;

  constructor(options: DatabricksMonitorOptions) {
    this.#options = options;
    const { sql, table, outputSchema, goldColumns, log, clock = Date.now } = options;
    const tables = historyTables(table, outputSchema ?? table.slice(0, table.lastIndexOf('.')));
    this.#history = createHistoryProfile({ sql, tables, goldColumns, log, clock });
  }

  async show(): Promise<MonitorStatus> {
    const api = await this.#open();
    return this.#status(api, await api.get());
  }

  /** The history profile needs nothing of the service: where that refuses or failed, it is made here and now. */
  async ensure(spec: MonitorSpec): Promise<MonitorChange> {
    const wanted = historySpec(this.#settings(spec));
    this.#wanted = wanted;
    const deadlineMs = this.#now() + (this.#options.historyLimitMs ?? defaultHistoryLimitMs);
    const step = { isTimeUp: () => this.#now() >= deadlineMs };
    try {
      const change = await this.#ensureAtService(spec);
      if (change.status.state === 'failed') await this.#profileRegardless(wanted, step);
      return change;
    } catch (failure) {
      if (isOfService(failure)) await this.#profileRegardless(wanted, step);
      throw failure;
    }
  }

  /** Asks the service, which works in its own time, and computes the history profile; whatever the service says. */
  async refresh(step: Parameters<QualityMonitor['refresh']>[0] = {}): Promise<MonitorRefresh> {
    const { api, seen } = await this.#refreshAtService(step);
    const { profileRows, driftRows } = await this.#history.refresh(historySpec(seen.settings), step);
    return { profileRowsWritten: profileRows, driftRowsWritten: driftRows, status: await this.#status(api, seen) };
  }

  async delete({ dropTables }: { dropTables: boolean }): Promise<void> {
    const api = await this.#open();
    const seen = await api.get();
    if (seen !== null) await api.remove();
    if (!dropTables) return;
    await this.#history.drop();
    for (const name of this.#metricTables(seen)) {
      await this.#options.sql.run(`DROP TABLE IF EXISTS ${quoted(name)}`, { doing: `dropping ${name}` });
    }
  }

  async #ensureAtService(spec: MonitorSpec): Promise<MonitorChange> {
    const api = await this.#open();
    const wanted = await api.resolve(this.#settings(spec));
    const seen = await api.get();
    if (seen === null && (await api.create(wanted, this.#birth()))) {
      const status = await this.#status(api, await api.get());
      return { action: 'created', changedFields: [], status };
    }
    return this.#adjust(api, wanted, seen ?? (await api.get()));
  }

  async #refreshAtService(step: HistoryStepOptions): Promise<{ api: MonitorApi; seen: SeenMonitor }> {
    let seen: SeenMonitor | null = null;
    try {
      const api = await this.#open();
      seen = await api.get();
      if (seen === null) throw new TraceliftError('MonitorAbsent', { table: this.#options.table });
      const isUnderWay = (await api.refreshes()).some(({ isRunning }) => isRunning);
      // The first refresh belongs to the making of the monitor; a second one beside a running one helps nobody.
      if (!isUnderWay && seen.state === 'active') await api.startRefresh();
      step.onProgress?.();
      return { api, seen };
    } catch (failure) {
      const spec = seen === null ? this.#wanted : historySpec(seen.settings);
      if (spec !== null && isOfService(failure)) await this.#profileRegardless(spec, step);
      throw failure;
    }
  }

  /** @throws what may pass, so that the step is tried again: WarehouseUnreachable, WarehouseBusy, … */
  async #profileRegardless(spec: HistorySpec, step: HistoryStepOptions): Promise<void> {
    const { table, rest, log } = this.#options;
    try {
      if ((await this.#history.refresh(spec, step)).isFinished) return;
    } catch (failure) {
      if (!(failure instanceof TraceliftError) || failure.retryable) throw failure;
      // The service's own failure is the outcome of the step, and often has the same cause.
      log.warn('The history profile cannot be made either', { table, code: failure.code, reason: failure.message });
      return;
    }
    const reason = `the history profile of ${table} takes longer than one step, and goes on where it stopped`;
    throw new TraceliftError('WarehouseUnreachable', { location: rest.url, reason });
  }

  #now(): number {
    return (this.#options.clock ?? Date.now)();
  }

  async #adjust(api: MonitorApi, wanted: MonitorSettings, seen: SeenMonitor | null): Promise<MonitorChange> {
    if (seen === null) {
      throw new TraceliftError('MonitorFailed', { reason: 'Databricks says that it exists, and does not show it' });
    }
    const changed = changedFields(seen.settings, wanted);
    if (changed.length === 0) {
      return { action: 'unchanged', changedFields: [], status: await this.#status(api, seen) };
    }
    await api.update(wanted, changed, this.#birth());
    return { action: 'updated', changedFields: changed, status: await this.#status(api, await api.get()) };
  }

  /** The newer API where the workspace has it. A failed look is not remembered. */
  #open(): Promise<MonitorApi> {
    const { rest, table, log } = this.#options;
    this.#api ??= openDataQualityApi(rest, table).then((api) => {
      if (api === null) log.info('This workspace has no data-quality API; the older monitor API is used', { table });
      return api ?? openQualityMonitorsApi(rest, table);
    });
    this.#api.catch(() => (this.#api = undefined));
    return this.#api;
  }

  #settings(spec: MonitorSpec): MonitorSettings {
    const { outputSchema, schedule, notifyEmails, baselineTable, table } = this.#options;
    return {
      timestampColumn: spec.timestampColumn,
      granularities: [...spec.granularities].sort(),
      slicingExprs: [...spec.slicingColumns].sort(),
      outputSchema: outputSchema ?? table.slice(0, table.lastIndexOf('.')),
      baselineTable: baselineTable ?? null,
      schedule: schedule ?? null,
      failureEmails: [...(notifyEmails ?? [])].sort(),
    };
  }

  #birth(): MonitorBirth {
    const { assetsDir, table, warehouseId } = this.#options;
    return { assetsDir: assetsDir ?? `/Workspace/Shared/tracelift/${table}`, warehouseId };
  }

  #metricTables(seen: SeenMonitor | null): string[] {
    const { outputSchema, table } = this.#options;
    const schema = outputSchema ?? table.slice(0, table.lastIndexOf('.'));
    const base = `${schema}.${table.slice(table.lastIndexOf('.') + 1)}`;
    return [seen?.profileTable ?? `${base}_profile_metrics`, seen?.driftTable ?? `${base}_drift_metrics`];
  }

  async #status(api: MonitorApi, seen: SeenMonitor | null): Promise<MonitorStatus> {
    const history = await this.#history.status();
    if (seen === null) return { ...absent, history };
    const { rest } = this.#options;
    const refreshes = await api.refreshes();
    const done = refreshes.find(({ isSuccess }) => isSuccess);
    return {
      state: seen.state,
      profileTable: seen.profileTable,
      driftTable: seen.driftTable,
      dashboardUrl: seen.dashboardId === null ? null : `${rest.url}/sql/dashboardsv3/${seen.dashboardId}`,
      lastRefreshMs: done?.endMs ?? null,
      profileRows: await this.#countRows(seen.profileTable),
      driftRows: await this.#countRows(seen.driftTable),
      failure: failureOf(seen, refreshes),
      history,
    };
  }

  /** Null for a table that does not exist yet: the first refresh makes it, minutes later. */
  async #countRows(table: string | null): Promise<number | null> {
    if (table === null) return null;
    try {
      const [row = {}] = await this.#options.sql.run(countRows(quoted(table)), { doing: `counting ${table}` });
      return Number(textOf(row, 'num_rows'));
    } catch (failure) {
      const code = failure instanceof TraceliftError ? failure.code : null;
      if (code === 'WarehouseObjectMissing' || code === 'WarehouseGrantMissing') return null;
      throw failure;
    }
  }
}

/** Of the monitor itself, else of its newest finished refresh: the next one may heal that. */
function failureOf(seen: SeenMonitor, refreshes: readonly SeenRefresh[]): string | null {
  if (seen.state === 'failed') return seen.failure ?? 'Databricks gives no reason';
  const newest = refreshes.find(({ isRunning }) => !isRunning);
  return newest?.failure == null ? null : `the last refresh failed: ${newest.failure}`;
}

/** The service's own no, as opposed to trouble on the way to it or with the table. */
function isOfService(failure: unknown): boolean {
  const codes: readonly string[] = ['MonitorPermission', 'MonitorFeatureDisabled', 'MonitorFailed'];
  return failure instanceof TraceliftError && codes.includes(failure.code);
}

function historySpec({ granularities, slicingExprs }: MonitorSettings): HistorySpec {
  return { granularities: granularities.filter(isGranularity), slicingColumns: slicingExprs };
}

const isGranularity = (words: string): words is Granularity => words === '1 hour' || words === '1 day';

const quoted = (name: string): string => quoteName(...name.split('.'));

const absent: MonitorStatus = {
  state: 'absent',
  profileTable: null,
  driftTable: null,
  dashboardUrl: null,
  lastRefreshMs: null,
  profileRows: null,
  driftRows: null,
  failure: null,
};
