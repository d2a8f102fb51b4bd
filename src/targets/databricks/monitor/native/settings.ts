/** Settings of a Databricks monitor, whichever API speaks of them, and how two of them differ. Pure; imports nothing. */

/** What a monitor should be, or is. Lists are sorted, so that order never reads as a difference. */
export interface MonitorSettings {
  readonly timestampColumn: string;
  /** In the words of the older API: `1 hour`, `1 day`, … */
  readonly granularities: readonly string[];
  readonly slicingExprs: readonly string[];
  /** `catalog.schema` of the metric tables, or its id, as the API wants it. */
  readonly outputSchema: string;
  readonly baselineTable: string | null;
  readonly schedule: { readonly cron: string; readonly timezone: string } | null;
  /** Addresses that are told of failed refreshes; Databricks takes five. */
  readonly failureEmails: readonly string[];
}

/** What is only said when a monitor is made: it cannot be changed, or is not shown afterwards. */
export interface MonitorBirth {
  /** Absolute workspace path of the dashboard's folder. */
  readonly assetsDir: string;
  readonly warehouseId: string | null;
}

export type ServiceState = 'pending' | 'active' | 'failed';

/** A monitor as the service shows it. */
export interface SeenMonitor {
  readonly settings: MonitorSettings;
  readonly state: ServiceState;
  readonly profileTable: string | null;
  readonly driftTable: string | null;
  readonly dashboardId: string | null;
  readonly failure: string | null;
}

export interface SeenRefresh {
  readonly isRunning: boolean;
  readonly isSuccess: boolean;
  /** Why it failed; null for one that did not. */
  readonly failure: string | null;
  readonly endMs: number | null;
}

/** One of the two APIs, for one table. Errors: see monitor-failures. */
export interface MonitorApi {
  /** Null when there is no monitor. */
  get(): Promise<SeenMonitor | null>;
  /** False when somebody else made one meanwhile. */
  create(settings: MonitorSettings, birth: MonitorBirth): Promise<boolean>;
  update(settings: MonitorSettings, changed: readonly MonitorField[], birth: MonitorBirth): Promise<void>;
  /** A missing monitor is fine. */
  remove(): Promise<void>;
  /** Newest first. */
  refreshes(): Promise<SeenRefresh[]>;
  startRefresh(): Promise<void>;
  /** The settings in the API's own terms (schema ids for names). */
  resolve(settings: MonitorSettings): Promise<MonitorSettings>;
}

export type MonitorField = keyof MonitorSettings;

/** Order of messages and update masks. */
const fields: readonly MonitorField[] = [
  'timestampColumn',
  'granularities',
  'slicingExprs',
  'outputSchema',
  'baselineTable',
  'schedule',
  'failureEmails',
];

/** Fields in which a monitor differs from what is wanted. Names of tables and schemas have no case. */
export function changedFields(seen: MonitorSettings, wanted: MonitorSettings): MonitorField[] {
  return fields.filter((field) => comparable(seen[field], field) !== comparable(wanted[field], field));
}

function comparable(value: unknown, field: MonitorField): string {
  const hasNoCase = field === 'outputSchema' || field === 'baselineTable';
  if (Array.isArray(value)) return JSON.stringify([...new Set(value as string[])].sort());
  const text = JSON.stringify(value);
  return hasNoCase ? text.toLowerCase() : text;
}
