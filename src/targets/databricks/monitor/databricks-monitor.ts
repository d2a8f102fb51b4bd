/**
 * The monitor of a Databricks target: the native one, and tracelift's own beside it. Imports the monitor, both APIs of the
 * native one and the SQL client.
 *
 * The native monitor profiles only the 30 days before its creation, and no source says whether its refresh sees rows
 * that are merged later: tracelift's covers every day and computes changed windows again. The service makes and
 * refreshes the native one in its own time: nothing here waits. Waiting is the workflow's business.
 */
import type {
  MonitorChange,
  MonitorRefresh,
  MonitorRefreshOptions,
  MonitorStatus,
  QualityMonitor,
} from '../../../monitor/quality-monitor.js';
import { isMonitorRefusal, TraceliftError } from '../../../errors/index.js';
import { refreshProfiles, type RefreshedRows } from '../../../monitor/engine.js';
import type { MonitorSpec } from '../../../monitor/spec.js';
import { isGranularity } from '../../../monitor/windows.js';
import type { ExistingColumn } from '../../../tables/table.js';
import type { Log } from '../../../log.js';
import type { DatabricksRest } from '../rest-client.js';
import type { SqlClient } from '../sql-client.js';
import { textOf } from '../../sql/read-rows.js';
import { countRows } from '../sql/counts.js';
import { quoteName } from '../sql/quoting.js';
import { openDataQualityApi } from './native/data-quality-api.js';
import { openQualityMonitorsApi } from './native/quality-monitors-api.js';
import {
  changedFields,
  type MonitorApi,
  type MonitorBirth,
  type MonitorSettings,
  type SeenMonitor,
  type SeenRefresh,
} from './native/settings.js';
import { DatabricksProfileStore } from './profile-store.js';
import { monitorTables } from './sql.js';

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
  /** Columns of the gold table as they are; none where it does not exist. */
  readonly goldColumns: () => Promise<readonly ExistingColumn[]>;
  readonly log: Log;
  /** Now, in epoch milliseconds; decides which hourly windows are kept. Default: `Date.now`. */
  readonly clock?: () => number;
}

/** Errors: MonitorPermission, MonitorFeatureDisabled, MonitorTableMissing, MonitorAbsent, MonitorFailed, and REST's. */
export function createDatabricksMonitor(options: DatabricksMonitorOptions): QualityMonitor {
  return new DatabricksMonitor(options);
}

class DatabricksMonitor implements QualityMonitor {
  readonly #options: DatabricksMonitorOptions;
  readonly #store: DatabricksProfileStore;
  #api: Promise<MonitorApi> | undefined;

  constructor(options: DatabricksMonitorOptions) {
    this.#options = options;
    const { sql, table, goldColumns } = options;
    this.#store = new DatabricksProfileStore({ sql, tables: monitorTables(table, this.#outputSchema()), goldColumns });
  }

  async show(): Promise<MonitorStatus> {
    const api = await this.#open();
    return this.#status(api, await api.get());
  }

  async ensure(spec: MonitorSpec): Promise<MonitorChange> {
    const api = await this.#open();
    const wanted = await api.resolve(this.#settings(spec));
    const seen = await api.get();
    if (seen === null && (await api.create(wanted, this.#birth()))) {
      const status = await this.#status(api, await api.get());
      return { action: 'created', status };
    }
    return this.#adjust(api, wanted, seen ?? (await api.get()));
  }

  /**
   * Asks the service, which works in its own time, and refreshes tracelift's monitor, which needs nothing of the
   * service: its refusal is thrown when that is done.
   */
  async refresh(step: MonitorRefreshOptions = {}): Promise<MonitorRefresh> {
    const { seen, refusal } = await this.#askService(step);
    const spec = step.spec ?? (seen === null ? null : specOf(seen.settings));
    const rows = spec === null ? nothingWritten : await this.#refreshOwn(spec, step);
    if (refusal !== null) throw refusal;
    const status = await this.#status(await this.#open(), seen);
    return { profileRowsWritten: rows.profileRows, driftRowsWritten: rows.driftRows, status };
  }

  async delete({ dropTables }: { dropTables: boolean }): Promise<void> {
    const api = await this.#open();
    const seen = await api.get();
    if (seen !== null) await api.remove();
    if (!dropTables) return;
    await this.#store.dropTables();
    for (const name of this.#metricTables(seen)) {
      await this.#options.sql.run(`DROP TABLE IF EXISTS ${quoted(name)}`, { doing: `dropping ${name}` });
    }
  }

  /** Its settings are part of what each window is remembered by, so that they need no version. */
  async #refreshOwn(spec: MonitorSpec, step: MonitorRefreshOptions): Promise<RefreshedRows> {
    const { log, clock = Date.now } = this.#options;
    await this.#store.createTables(step);
    return refreshProfiles(this.#store, { spec, monitorVersion: 0, nowMs: clock() }, log, step);
  }

  /** Starts a refresh where none is under way. A refusal of the service is an answer; other trouble is thrown. */
  async #askService({ onProgress }: MonitorRefreshOptions): Promise<AskedService> {
    let seen: SeenMonitor | null = null;
    try {
      const api = await this.#open();
      seen = await api.get();
      if (seen === null) throw new TraceliftError('MonitorAbsent', { table: this.#options.table });
      const isUnderWay = (await api.refreshes()).some(({ isRunning }) => isRunning);
      // The first refresh belongs to the making of the monitor; a second one beside a running one helps nobody.
      if (!isUnderWay && seen.state === 'active') await api.startRefresh();
      onProgress?.();
      return { seen, refusal: null };
    } catch (failure) {
      if (!(failure instanceof TraceliftError) || !isMonitorRefusal(failure.code)) throw failure;
      return { seen, refusal: failure };
    }
  }

  async #adjust(api: MonitorApi, wanted: MonitorSettings, seen: SeenMonitor | null): Promise<MonitorChange> {
    if (seen === null) {
      throw new TraceliftError('MonitorFailed', { reason: 'Databricks says that it exists, and does not show it' });
    }
    const changed = changedFields(seen.settings, wanted);
    if (changed.length === 0) {
      return { action: 'unchanged', status: await this.#status(api, seen) };
    }
    await api.update(wanted, changed, this.#birth());
    return { action: 'updated', status: await this.#status(api, await api.get()) };
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
    const { schedule, notifyEmails, baselineTable } = this.#options;
    return {
      timestampColumn: spec.timestampColumn,
      granularities: [...spec.granularities].sort(),
      slicingExprs: [...spec.slicingColumns].sort(),
      outputSchema: this.#outputSchema(),
      baselineTable: baselineTable ?? null,
      schedule: schedule ?? null,
      failureEmails: [...(notifyEmails ?? [])].sort(),
    };
  }

  #outputSchema(): string {
    const { outputSchema, table } = this.#options;
    return outputSchema ?? table.slice(0, table.lastIndexOf('.'));
  }

  #birth(): MonitorBirth {
    const { assetsDir, table, warehouseId } = this.#options;
    return { assetsDir: assetsDir ?? `/Workspace/Shared/tracelift/${table}`, warehouseId };
  }

  #metricTables(seen: SeenMonitor | null): string[] {
    const { table } = this.#options;
    const base = `${this.#outputSchema()}.${table.slice(table.lastIndexOf('.') + 1)}`;
    return [seen?.profileTable ?? `${base}_profile_metrics`, seen?.driftTable ?? `${base}_drift_metrics`];
  }

  async #status(api: MonitorApi, seen: SeenMonitor | null): Promise<MonitorStatus> {
    const history = await this.#store.status();
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

interface AskedService {
  readonly seen: SeenMonitor | null;
  readonly refusal: TraceliftError | null;
}

const nothingWritten = { profileRows: 0, driftRows: 0 };

/** What both monitors can have alike. */
function specOf({ granularities, slicingExprs }: MonitorSettings): MonitorSpec {
  return {
    timestampColumn: 'start_time',
    granularities: granularities.filter(isGranularity),
    slicingColumns: slicingExprs,
  };
}

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
