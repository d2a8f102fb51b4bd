/** Opens a configured Databricks target. Part of src/wiring. */
import type { DatabricksTarget, DatabricksTargetOptions } from '../targets/databricks/databricks-target.js';
import { grantsForGold, grantsForReader, grantsForWorker } from '../targets/databricks/sql/grants.js';
import { placeOf } from '../targets/databricks/sql/names.js';
import { createParquetWriter } from '../targets/local-staging/parquet-writer.js';
import type { DatabricksTargetConfig } from '../config/index.js';
import type { Check } from '../errors/check.js';
import { TraceliftError } from '../errors/index.js';
import type { Log } from '../log.js';
import { readCaFile } from './pem-files.js';
import type { PreparedTables } from '../targets/warehouse.js';

/**
 * Nothing is sent before it is asked for.
 * @throws ConfigInvalid where host or credentials are missing
 */
export async function databricksTarget(
  name: string,
  target: DatabricksTargetConfig,
  log: Log,
  more: Pick<DatabricksTargetOptions, 'adopt'> = {},
): Promise<DatabricksTarget> {
  // Loaded where it is used: the driver and what it brings are half of a worker's modules.
  const { createDatabricksTarget } = await import('../targets/databricks/databricks-target.js');
  const caPem = target.caFile === undefined ? undefined : await readCaFile(`targets.${name}.caFile`, target.caFile);
  return createDatabricksTarget({
    host: required(name, 'host (DATABRICKS_HOST)', target.host),
    credentials: credentialsOf(name, target),
    catalog: target.catalog,
    schema: target.schema,
    ...(target.textSchema === undefined ? {} : { textSchema: target.textSchema }),
    ...(target.httpPath === undefined ? {} : { httpPath: target.httpPath }),
    ...(target.warehouseId === undefined ? {} : { warehouseId: target.warehouseId }),
    tableNames: target.tableNames,
    volume: target.volume,
    files: createParquetWriter(),
    monitor: monitorOptions(target),
    ...(caPem === undefined ? {} : { caPem }),
    log,
    ...more,
  });
}

/** Whose rights: `gold` reads the gold table alone, `facts` everything but the texts, `worker` runs tracelift. */
export type GrantScope = 'gold' | 'facts' | 'worker';

/** What only a Databricks target can do, for commands. Each call opens what it needs and closes it again. */
export interface DatabricksTools {
  /** GRANT statements; nothing is sent. */
  grants(scope: GrantScope, principal: string): string[];
  /** Tries every right that is needed. @throws ConfigInvalid */
  checks(): Promise<readonly Check[]>;
  /** Makes missing tables and adds missing columns to tables that exist. @throws TableShapeDiffers, ConfigInvalid, … */
  adopt(): Promise<Pick<PreparedTables, 'created'>>;
}

export function databricksTools(name: string, target: DatabricksTargetConfig, log: Log): DatabricksTools {
  const { catalog, schema, textSchema, tableNames, volume } = target;
  const place = placeOf({ catalog, schema, tableNames, ...(textSchema === undefined ? {} : { textSchema }) });
  return {
    grants: (scope, principal) => {
      if (scope === 'gold') return grantsForGold(place, principal);
      if (scope === 'facts') return grantsForReader(place, principal);
      return Object.values(grantsForWorker(place, volume, principal)).flat();
    },
    checks: () => withTarget(databricksTarget(name, target, log), (opened) => opened.doctor()),
    adopt: () =>
      withTarget(databricksTarget(name, target, log, { adopt: true }), async (opened) =>
        (await opened.openWarehouse()).prepare(),
      ),
  };
}

async function withTarget<T>(
  opening: Promise<DatabricksTarget>,
  use: (target: DatabricksTarget) => Promise<T>,
): Promise<T> {
  const target = await opening;
  try {
    return await use(target);
  } finally {
    await target.close();
  }
}

function monitorOptions({ monitor }: DatabricksTargetConfig): NonNullable<DatabricksTargetOptions['monitor']> {
  const { assetsDir, outputSchema, scheduleCron, scheduleTimezone, notifyEmails, baselineTable } = monitor;
  return {
    ...(assetsDir === undefined ? {} : { assetsDir }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(scheduleCron === undefined ? {} : { schedule: { cron: scheduleCron, timezone: scheduleTimezone } }),
    notifyEmails,
    ...(baselineTable === undefined ? {} : { baselineTable }),
  };
}

/** A token wins over a client id, as in Databricks' own tools. */
function credentialsOf(name: string, target: DatabricksTargetConfig): DatabricksTargetOptions['credentials'] {
  if (target.token !== undefined) return { kind: 'token', token: target.token };
  return {
    kind: 'oauth',
    clientId: required(name, 'token (DATABRICKS_TOKEN) or clientId (DATABRICKS_CLIENT_ID)', target.clientId),
    clientSecret: required(name, 'clientSecret (DATABRICKS_CLIENT_SECRET)', target.clientSecret),
  };
}

function required(name: string, setting: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new TraceliftError('ConfigInvalid', { problems: `targets.${name}: ${setting} is missing` });
}
