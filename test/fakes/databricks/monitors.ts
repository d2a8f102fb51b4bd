/**
 * Both monitor APIs of the fake workspace over one set of monitors, as on the real service.
 * Fields after databricks-sdk-py service/dataquality.py and service/catalog.py; states and texts as named below.
 */
import { randomUUID } from 'node:crypto';
import type { FakeCatalog } from './catalog.js';
import { apiError, type FakeAnswer, type FakeRequest, type Route } from './http.js';

type Fields = Record<string, unknown>;

interface FakeMonitor {
  readonly table: string;
  /** In the words of the older API. */
  config: Fields;
  version: number;
  pollsLeft: number;
  readonly dashboardId: string;
  readonly refreshes: { refresh_id: number; state: string; end_time_ms?: number; message?: string }[];
}

export class FakeMonitors {
  /** False: the workspace is older than the data-quality API. */
  hasDataQualityApi = true;
  /** Questions for it that a new monitor answers with PENDING and without dashboard. */
  pollsUntilActive = 0;
  /** Set: monitors fail with this message instead of becoming active. */
  failure: string | null = null;
  readonly #monitors = new Map<string, FakeMonitor>();
  readonly #catalog: FakeCatalog;

  constructor(catalog: FakeCatalog) {
    this.#catalog = catalog;
  }

  /** What the service holds for a table, in the words of the older API. */
  configOf(table: string): Fields | undefined {
    return this.#monitors.get(table.toLowerCase())?.config;
  }

  /** Ends the running refreshes of a table, well or with a message (`MonitorRefreshInfo` in service/catalog.py). */
  finishRefreshes(table: string, endTimeMs: number, failure?: string): void {
    for (const refresh of this.#monitors.get(table.toLowerCase())?.refreshes ?? []) {
      if (refresh.state !== 'RUNNING') continue;
      refresh.state = failure === undefined ? 'SUCCESS' : 'FAILED';
      if (failure !== undefined) refresh.message = failure;
      refresh.end_time_ms = endTimeMs;
    }
  }

  /** A monitor that somebody else made. */
  add(table: string, config: Fields): FakeAnswer {
    const key = table.toLowerCase();
    // Text as quoted in https://github.com/databricks/cli/issues/2437; its status is not known from any source.
    if (this.#monitors.has(key))
      return apiError(400, 'INVALID_PARAMETER_VALUE', `Data Monitor '${key}' already exists`);
    this.#monitors.set(key, {
      table: key,
      config,
      version: 0,
      pollsLeft: this.pollsUntilActive,
      dashboardId: randomUUID().replaceAll('-', ''),
      refreshes: [],
    });
    return { status: 200, json: this.#legacy(key) };
  }

  get routes(): readonly Route[] {
    return [...this.#legacyRoutes(), ...this.#dataQualityRoutes()];
  }

  #legacyRoutes(): Route[] {
    const path = /^\/api\/2\.1\/unity-catalog\/tables\/([^/]+)\/monitor$/;
    const refreshes = /^\/api\/2\.1\/unity-catalog\/tables\/([^/]+)\/monitor\/refreshes$/;
    return [
      { method: 'GET', pattern: path, handle: (_, [, table = '']) => this.#found(table, () => this.#legacy(table)) },
      { method: 'POST', pattern: path, handle: (request, [, table = '']) => this.add(table, request.json()) },
      {
        method: 'PUT',
        pattern: path,
        handle: (request, [, table = '']) =>
          this.#found(table, (monitor) => {
            monitor.config = { ...request.json(), assets_dir: monitor.config['assets_dir'] };
            monitor.version += 1;
            return this.#legacy(table);
          }),
      },
      { method: 'DELETE', pattern: path, handle: (_, [, table = '']) => this.#remove(table) },
      ...this.#refreshRoutes(refreshes, (table) => table),
    ];
  }

  #dataQualityRoutes(): Route[] {
    const path = /^\/api\/data-quality\/v1\/monitors\/table\/([^/]+)$/;
    const refreshes = /^\/api\/data-quality\/v1\/monitors\/table\/([^/]+)\/refreshes$/;
    const tableOf = (id: string): string => [...this.#catalog.tables].find(([, tableId]) => tableId === id)?.[0] ?? '';
    const routes: Route[] = [
      {
        method: 'GET',
        pattern: path,
        handle: (_, [, id = '']) => this.#found(tableOf(id), () => this.#dataQuality(tableOf(id))),
      },
      {
        method: 'POST',
        pattern: /^\/api\/data-quality\/v1\/monitors$/,
        handle: (request) => {
          const { object_id, data_profiling_config } = request.json();
          const table = tableOf(String(object_id));
          if (table === '')
            return apiError(404, 'TABLE_DOES_NOT_EXIST', `Table '${String(object_id)}' does not exist.`);
          const added = this.add(table, this.#toLegacy(data_profiling_config as Fields));
          return added.status === 200 ? { status: 200, json: this.#dataQuality(table) } : added;
        },
      },
      {
        method: 'PATCH',
        pattern: path,
        handle: (request, [, id = '']) => this.#patch(request, tableOf(id)),
      },
      { method: 'DELETE', pattern: path, handle: (_, [, id = '']) => this.#remove(tableOf(id)) },
      ...this.#refreshRoutes(refreshes, tableOf),
    ];
    return routes.map((route) => ({
      ...route,
      handle: (request, match) =>
        this.hasDataQualityApi
          ? route.handle(request, match)
          : apiError(404, 'ENDPOINT_NOT_FOUND', `No API found for '${request.method} ${request.path}'`),
    }));
  }

  #refreshRoutes(pattern: RegExp, tableOf: (name: string) => string): Route[] {
    return [
      {
        method: 'GET',
        pattern,
        handle: (_, [, name = '']) => this.#found(tableOf(name), ({ refreshes }) => ({ refreshes })),
      },
      {
        method: 'POST',
        pattern,
        handle: (_, [, name = '']) =>
          this.#found(tableOf(name), ({ refreshes }) => {
            refreshes.push({ refresh_id: refreshes.length + 1, state: 'RUNNING' });
            return refreshes.at(-1);
          }),
      },
    ];
  }

  #patch(request: FakeRequest, table: string): FakeAnswer {
    return this.#found(table, (monitor) => {
      const mask = (request.query.get('update_mask') ?? '').split(',').map((path) => path.split('.')[1] ?? '');
      const wanted = this.#toLegacy(request.json()['data_profiling_config'] as Fields);
      for (const name of mask) {
        const own = legacyNames[name] ?? name;
        monitor.config[own] = wanted[own];
      }
      monitor.version += 1;
      return this.#dataQuality(table);
    });
  }

  #remove(table: string): FakeAnswer {
    return this.#found(table, () => {
      this.#monitors.delete(table.toLowerCase());
      return {};
    });
  }

  #found(table: string, answer: (monitor: FakeMonitor) => unknown): FakeAnswer {
    const monitor = this.#monitors.get(table.toLowerCase());
    // Text as seen on live workspaces: databricks-solutions/ai-dev-kit pull request 226.
    const text = `Cannot find Monitor with ID: /metastores:0/tables:${table}/`;
    return monitor === undefined ? apiError(404, 'NOT_FOUND', text) : { status: 200, json: answer(monitor) };
  }

  /** Answers count down to ACTIVE, or to FAILED. */
  #state(monitor: FakeMonitor): 'PENDING' | 'ACTIVE' | 'FAILED' {
    if (this.failure !== null) return 'FAILED';
    monitor.pollsLeft -= 1;
    return monitor.pollsLeft >= 0 ? 'PENDING' : 'ACTIVE';
  }

  #legacy(table: string): Fields {
    const monitor = this.#monitors.get(table.toLowerCase())!;
    const state = this.#state(monitor);
    const shown = Object.entries(monitor.config).filter(([name]) => name !== 'warehouse_id');
    const base = `${String(monitor.config['output_schema_name'])}.${monitor.table.split('.')[2] ?? ''}`;
    return {
      ...Object.fromEntries(shown),
      table_name: monitor.table,
      status: `MONITOR_STATUS_${state}`,
      monitor_version: String(monitor.version),
      profile_metrics_table_name: `${base}_profile_metrics`,
      drift_metrics_table_name: `${base}_drift_metrics`,
      ...(state === 'ACTIVE' && { dashboard_id: monitor.dashboardId }),
      ...(state === 'FAILED' && { latest_monitor_failure_msg: this.failure }),
    };
  }

  #dataQuality(table: string): Fields {
    const seen = this.#legacy(table);
    const series = seen['time_series'] as { timestamp_col: string; granularities: string[] };
    const { notifications, latest_monitor_failure_msg, output_schema_name, ...same } = seen;
    const config = {
      ...same,
      output_schema_id: this.#catalog.schemas.get(String(output_schema_name)),
      time_series: {
        timestamp_column: series.timestamp_col,
        granularities: series.granularities.map(
          (words) => `AGGREGATION_GRANULARITY_${words.toUpperCase().replaceAll(' ', '_')}`,
        ),
      },
      notification_settings: notifications,
      latest_monitor_failure_message: latest_monitor_failure_msg,
      status: String(seen['status']).replace('MONITOR_STATUS', 'DATA_PROFILING_STATUS'),
    };
    return { object_type: 'table', object_id: this.#catalog.tables.get(table), data_profiling_config: config };
  }

  #toLegacy(config: Fields): Fields {
    const { time_series, notification_settings, output_schema_id, ...same } = config;
    const series = time_series as { timestamp_column: string; granularities: string[] } | undefined;
    return {
      ...same,
      output_schema_name: [...this.#catalog.schemas].find(([, id]) => id === output_schema_id)?.[0],
      ...(series && {
        time_series: {
          timestamp_col: series.timestamp_column,
          granularities: series.granularities.map((code) =>
            code.replace('AGGREGATION_GRANULARITY_', '').toLowerCase().replaceAll('_', ' '),
          ),
        },
      }),
      notifications: notification_settings,
    };
  }
}

const legacyNames: Readonly<Record<string, string>> = {
  notification_settings: 'notifications',
  output_schema_id: 'output_schema_name',
};
