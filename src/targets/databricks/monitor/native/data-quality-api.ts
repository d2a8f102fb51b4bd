/**
 * The data-quality API (https://docs.databricks.com/api/workspace/dataquality): monitors by the ids of table and
 * schema. Imports the REST client. Field names after databricks-sdk-py service/dataquality.py.
 */
import type { JsonObject } from '../../../../json/json-value.js';
import type { DatabricksRest, RestAnswer, RestRequest } from '../../rest-client.js';
import { isAlreadyThere, isUnknownApi, monitorFailure } from './monitor-failures.js';
import type { MonitorApi, MonitorBirth, MonitorField, MonitorSettings, SeenMonitor, SeenRefresh } from './settings.js';
import { msAt, objectAt, objectsAt, stateOf, textAt, textsAt } from './wire.js';

const api = '/api/data-quality/v1/monitors';
const catalogApi = '/api/2.1/unity-catalog';

/** Null when the workspace does not have this API. @throws MonitorTableMissing, MonitorPermission */
export async function openDataQualityApi(rest: DatabricksRest, table: string): Promise<MonitorApi | null> {
  const tableId = await idOf(rest, table, `${catalogApi}/tables/${encodeURIComponent(table)}`, 'table_id');
  const path = `${api}/table/${tableId}`;
  const doing = `reading the quality monitor of ${table}`;
  const answer = await rest.send({ method: 'GET', path, doing });
  if (isUnknownApi(answer)) return null;
  if (!answer.isOk && answer.status !== 404) throw monitorFailure(rest.url, table, answer, doing);
  return new DataQualityApi(rest, table, tableId, path);
}

async function idOf(rest: DatabricksRest, table: string, path: string, field: string): Promise<string> {
  const doing = `looking up the ids for the monitor of ${table}`;
  const answer = await rest.send({ method: 'GET', path, doing });
  const id = answer.isOk ? textAt(answer.json, field) : null;
  if (id === null) throw monitorFailure(rest.url, table, answer, doing);
  return id;
}

class DataQualityApi implements MonitorApi {
  constructor(
    private readonly rest: DatabricksRest,
    private readonly table: string,
    private readonly tableId: string,
    private readonly path: string,
  ) {}

  async get(): Promise<SeenMonitor | null> {
    const answer = await this.#send({ method: 'GET', path: this.path }, 'reading the quality monitor');
    return answer.status === 404 ? null : readMonitor(answer.json);
  }

  async create(settings: MonitorSettings, birth: MonitorBirth): Promise<boolean> {
    const config: JsonObject = {
      ...writeSettings(settings),
      assets_dir: birth.assetsDir,
      ...(birth.warehouseId === null ? {} : { warehouse_id: birth.warehouseId }),
    };
    const json = { object_type: 'table', object_id: this.tableId, data_profiling_config: config };
    const doing = 'creating the quality monitor';
    const answer = await this.rest.send({ method: 'POST', path: api, json, doing });
    if (answer.isOk) return true;
    if (isAlreadyThere(answer)) return false;
    throw monitorFailure(this.rest.url, this.table, answer, doing);
  }

  async update(settings: MonitorSettings, changed: readonly MonitorField[]): Promise<void> {
    const config = writeSettings(settings);
    const names = [...new Set(changed.map((field) => wireFields[field]))];
    const json: JsonObject = {
      object_type: 'table',
      object_id: this.tableId,
      data_profiling_config: Object.fromEntries(
        Object.entries(config).filter(([name]) => names.includes(name) || name === 'output_schema_id'),
      ),
    };
    const query = { update_mask: names.map((name) => `data_profiling_config.${name}`).join(',') };
    await this.#send({ method: 'PATCH', path: this.path, query, json }, 'changing the quality monitor');
  }

  async remove(): Promise<void> {
    await this.#send({ method: 'DELETE', path: this.path }, 'deleting the quality monitor');
  }

  async refreshes(): Promise<SeenRefresh[]> {
    const answer = await this.#send({ method: 'GET', path: `${this.path}/refreshes` }, 'listing refreshes');
    return objectsAt(answer.json, 'refreshes').map(readRefresh).sort(newestFirst);
  }

  async startRefresh(): Promise<void> {
    const json = { object_type: 'table', object_id: this.tableId };
    await this.#send({ method: 'POST', path: `${this.path}/refreshes`, json }, 'starting a refresh');
  }

  async resolve(settings: MonitorSettings): Promise<MonitorSettings> {
    const path = `${catalogApi}/schemas/${encodeURIComponent(settings.outputSchema)}`;
    return { ...settings, outputSchema: await idOf(this.rest, this.table, path, 'schema_id') };
  }

  /** Answers of 404 are returned: what is missing only the caller knows. */
  async #send(request: Omit<RestRequest, 'doing'>, doing: string): Promise<RestAnswer> {
    const answer = await this.rest.send({ ...request, doing });
    if (answer.isOk || answer.status === 404) return answer;
    throw monitorFailure(this.rest.url, this.table, answer, doing);
  }
}

const wireFields: Readonly<Record<MonitorField, string>> = {
  timestampColumn: 'time_series',
  granularities: 'time_series',
  slicingExprs: 'slicing_exprs',
  outputSchema: 'output_schema_id',
  baselineTable: 'baseline_table_name',
  schedule: 'schedule',
  failureEmails: 'notification_settings',
};

const granularityPrefix = 'AGGREGATION_GRANULARITY_';

/** `1 hour` as `AGGREGATION_GRANULARITY_1_HOUR`. */
const writeGranularity = (words: string): string => `${granularityPrefix}${words.toUpperCase().replaceAll(' ', '_')}`;

const readGranularity = (code: string): string =>
  code.replace(granularityPrefix, '').toLowerCase().replaceAll('_', ' ');

function writeSettings(settings: MonitorSettings): JsonObject {
  const { schedule } = settings;
  return {
    output_schema_id: settings.outputSchema,
    time_series: {
      timestamp_column: settings.timestampColumn,
      granularities: settings.granularities.map(writeGranularity),
    },
    slicing_exprs: [...settings.slicingExprs],
    baseline_table_name: settings.baselineTable,
    schedule: schedule === null ? null : { quartz_cron_expression: schedule.cron, timezone_id: schedule.timezone },
    notification_settings: { on_failure: { email_addresses: [...settings.failureEmails] } },
  };
}

function readMonitor(json: JsonObject): SeenMonitor {
  const config = objectAt(json, 'data_profiling_config');
  const series = objectAt(config, 'time_series');
  const schedule = objectAt(config, 'schedule');
  const cron = textAt(schedule, 'quartz_cron_expression');
  return {
    settings: {
      timestampColumn: textAt(series, 'timestamp_column') ?? '',
      granularities: textsAt(series, 'granularities').map(readGranularity).sort(),
      slicingExprs: textsAt(config, 'slicing_exprs'),
      outputSchema: textAt(config, 'output_schema_id') ?? '',
      baselineTable: textAt(config, 'baseline_table_name'),
      schedule: cron === null ? null : { cron, timezone: textAt(schedule, 'timezone_id') ?? 'UTC' },
      failureEmails: textsAt(objectAt(objectAt(config, 'notification_settings'), 'on_failure'), 'email_addresses'),
    },
    state: stateOf(textAt(config, 'status')),
    profileTable: textAt(config, 'profile_metrics_table_name'),
    driftTable: textAt(config, 'drift_metrics_table_name'),
    dashboardId: textAt(config, 'dashboard_id'),
    failure: textAt(config, 'latest_monitor_failure_message'),
  };
}

/** States are `MONITOR_REFRESH_STATE_RUNNING`, … */
export function readRefresh(json: JsonObject): SeenRefresh {
  const state = textAt(json, 'state') ?? '';
  return {
    isRunning: /(?:PENDING|RUNNING)$/.test(state),
    isSuccess: state.endsWith('SUCCESS'),
    failure: state.endsWith('FAILED') ? (textAt(json, 'message') ?? 'Databricks gives no reason') : null,
    endMs: msAt(json, 'end_time_ms'),
  };
}

export const newestFirst = (left: SeenRefresh, right: SeenRefresh): number => (right.endMs ?? 0) - (left.endMs ?? 0);
