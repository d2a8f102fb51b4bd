/**
 * The older API (https://docs.databricks.com/api/workspace/qualitymonitors), for workspaces that lack the newer one:
 * monitors by the name of the table. Imports the REST client. Field names after databricks-sdk-py service/catalog.py.
 */
import type { JsonObject } from '../../../../json/json-value.js';
import type { DatabricksRest, RestAnswer, RestRequest } from '../../rest-client.js';
import { newestFirst, readRefresh } from './data-quality-api.js';
import { isAlreadyThere, monitorFailure } from './monitor-failures.js';
import type { MonitorApi, MonitorBirth, MonitorField, MonitorSettings, SeenMonitor, SeenRefresh } from './settings.js';
import { objectAt, objectsAt, stateOf, textAt, textsAt } from './wire.js';

export function openQualityMonitorsApi(rest: DatabricksRest, table: string): MonitorApi {
  return new QualityMonitorsApi(rest, table);
}

class QualityMonitorsApi implements MonitorApi {
  readonly #path: string;

  constructor(
    private readonly rest: DatabricksRest,
    private readonly table: string,
  ) {
    this.#path = `/api/2.1/unity-catalog/tables/${encodeURIComponent(table)}/monitor`;
  }

  async get(): Promise<SeenMonitor | null> {
    const answer = await this.#send({ method: 'GET', path: this.#path }, 'reading the quality monitor');
    return answer.status === 404 ? null : readMonitor(answer.json);
  }

  async create(settings: MonitorSettings, birth: MonitorBirth): Promise<boolean> {
    const doing = 'creating the quality monitor';
    const json: JsonObject = {
      ...writeSettings(settings),
      assets_dir: birth.assetsDir,
      ...(birth.warehouseId === null ? {} : { warehouse_id: birth.warehouseId }),
    };
    const answer = await this.rest.send({ method: 'POST', path: this.#path, json, doing });
    if (answer.isOk) return true;
    if (isAlreadyThere(answer)) return false;
    throw monitorFailure(this.rest.url, this.table, answer, doing);
  }

  /** PUT replaces everything, so that what others have set besides goes back as it was; `assets_dir` is ignored there. */
  async update(settings: MonitorSettings, _changed: readonly MonitorField[], birth: MonitorBirth): Promise<void> {
    const { json: seen } = await this.#send({ method: 'GET', path: this.#path }, 'reading the quality monitor');
    const kept = Object.fromEntries(keptFields.flatMap((name) => (name in seen ? [[name, seen[name]]] : [])));
    const json = { ...kept, ...writeSettings(settings), assets_dir: birth.assetsDir } as JsonObject;
    await this.#send({ method: 'PUT', path: this.#path, json }, 'changing the quality monitor');
  }

  async remove(): Promise<void> {
    await this.#send({ method: 'DELETE', path: this.#path }, 'deleting the quality monitor');
  }

  async refreshes(): Promise<SeenRefresh[]> {
    const answer = await this.#send({ method: 'GET', path: `${this.#path}/refreshes` }, 'listing refreshes');
    return objectsAt(answer.json, 'refreshes').map(readRefresh).sort(newestFirst);
  }

  async startRefresh(): Promise<void> {
    await this.#send({ method: 'POST', path: `${this.#path}/refreshes` }, 'starting a refresh');
  }

  resolve(settings: MonitorSettings): Promise<MonitorSettings> {
    return Promise.resolve(settings);
  }

  async #send(request: Omit<RestRequest, 'doing'>, doing: string): Promise<RestAnswer> {
    const answer = await this.rest.send({ ...request, doing });
    if (answer.isOk || answer.status === 404) return answer;
    throw monitorFailure(this.rest.url, this.table, answer, doing);
  }
}

/** Fields that PUT takes and tracelift never sets (databricks-sdk-py service/catalog.py `UpdateMonitor`). */
const keptFields = ['custom_metrics', 'data_classification_config', 'dashboard_id'] as const;

function writeSettings(settings: MonitorSettings): JsonObject {
  const { schedule, baselineTable } = settings;
  return {
    output_schema_name: settings.outputSchema,
    time_series: { timestamp_col: settings.timestampColumn, granularities: [...settings.granularities] },
    slicing_exprs: [...settings.slicingExprs],
    ...(baselineTable === null ? {} : { baseline_table_name: baselineTable }),
    ...(schedule === null
      ? {}
      : { schedule: { quartz_cron_expression: schedule.cron, timezone_id: schedule.timezone } }),
    ...(settings.failureEmails.length === 0
      ? {}
      : { notifications: { on_failure: { email_addresses: [...settings.failureEmails] } } }),
  };
}

function readMonitor(json: JsonObject): SeenMonitor {
  const series = objectAt(json, 'time_series');
  const schedule = objectAt(json, 'schedule');
  const cron = textAt(schedule, 'quartz_cron_expression');
  return {
    settings: {
      timestampColumn: textAt(series, 'timestamp_col') ?? '',
      granularities: textsAt(series, 'granularities'),
      slicingExprs: textsAt(json, 'slicing_exprs'),
      outputSchema: textAt(json, 'output_schema_name') ?? '',
      baselineTable: textAt(json, 'baseline_table_name'),
      schedule: cron === null ? null : { cron, timezone: textAt(schedule, 'timezone_id') ?? 'UTC' },
      failureEmails: textsAt(objectAt(objectAt(json, 'notifications'), 'on_failure'), 'email_addresses'),
    },
    state: stateOf(textAt(json, 'status')),
    profileTable: textAt(json, 'profile_metrics_table_name'),
    driftTable: textAt(json, 'drift_metrics_table_name'),
    dashboardId: textAt(json, 'dashboard_id'),
    failure: textAt(json, 'latest_monitor_failure_msg'),
  };
}
