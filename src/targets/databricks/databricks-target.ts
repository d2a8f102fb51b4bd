/**
 * Everything of one Databricks target, on one token source and one connection: tables, staging, monitor, doctor. Imports this adapter; the Parquet writer comes from outside.
 */
import type { AttachmentStore } from '../attachment-store.js';
import { createAttachmentVolume } from './attachment-volume.js';
import type { Check } from '../../errors/check.js';
import type { QualityMonitor } from '../../monitor/quality-monitor.js';
import type { Staging, TraceFileWriter } from '../staging.js';
import type { Warehouse } from '../warehouse.js';
import type { WorkspaceOptions } from './connection.js';
import { openDatabricksWarehouse } from './databricks-warehouse.js';
import { checkDatabricks } from './doctor.js';
import { createDatabricksMonitor, type DatabricksMonitorOptions } from './monitor/databricks-monitor.js';
import { createDatabricksRest } from './rest-client.js';
import { createSqlClient } from './sql-client.js';
import { placeOf, type PlaceOptions } from './sql/names.js';
import { columnsOfTable } from './tables.js';
import { createTokenSource } from './token-source.js';
import { createVolumeStaging } from './volume-staging.js';
import { openVolume } from './volume.js';
import { warehouseIdOf } from './warehouse-state.js';

/** The settings of a target; names as in the configuration. */
export interface DatabricksTargetOptions extends WorkspaceOptions, PlaceOptions {
  /** `/sql/1.0/warehouses/<id>`. One of `httpPath` and `warehouseId` is needed. */
  readonly httpPath?: string;
  readonly warehouseId?: string;
  /** Volume for staged files, in the schema of the texts. */
  readonly volume: string;
  /** Makes the Parquet files: `createParquetWriter` of targets/local-staging. Closed with the staging. */
  readonly files: TraceFileWriter;
  readonly monitor?: Pick<
    DatabricksMonitorOptions,
    'assetsDir' | 'outputSchema' | 'schedule' | 'notifyEmails' | 'baselineTable'
  >;
  /** True: adds the columns that an existing table lacks instead of refusing it. Default false. */
  readonly adopt?: boolean;
}

export interface DatabricksTarget {
  /** Starts and waits for the SQL warehouse at the first call. @throws WarehouseObjectMissing, WarehouseUnreachable */
  openWarehouse(): Promise<Warehouse>;
  readonly staging: Staging;
  /** Copies of attachments of at most so many bytes, in the volume. */
  attachments(maxBytes: number): AttachmentStore;
  readonly monitor: QualityMonitor;
  /** Tries every right that is needed. */
  doctor(): Promise<Check[]>;
  /** Closes staging, sessions and connections; the warehouse needs no closing of its own. */
  close(): Promise<void>;
}

/** Nothing is sent before it is asked for. */
export function createDatabricksTarget(options: DatabricksTargetOptions): DatabricksTarget {
  const { host, log, files, volume: volumeName } = options;
  const httpPath = options.httpPath ?? `/sql/1.0/warehouses/${options.warehouseId ?? ''}`;
  const warehouseId = options.warehouseId ?? warehouseIdOf(httpPath);
  const tokens = createTokenSource(options);
  const rest = createDatabricksRest(options, tokens);
  const sql = createSqlClient({ ...options, httpPath }, tokens);
  const place = placeOf(options);
  const volume = openVolume(rest, { catalog: place.catalog, schema: place.textSchema, volume: volumeName });
  const staging = createVolumeStaging({ volume, files, log });
  const table = place.plainTable('gold');
  const goldColumns = async () => (await columnsOfTable({ sql }, place.table('gold'))) ?? [];
  const monitor = createDatabricksMonitor({ ...options.monitor, rest, sql, table, warehouseId, goldColumns, log });
  let opening: Promise<Warehouse> | undefined;
  return {
    openWarehouse: () => {
      opening ??= openDatabricksWarehouse({ ...options, host, sql, rest, warehouseId });
      opening.catch(() => (opening = undefined));
      return opening;
    },
    staging,
    attachments: (maxBytes) => createAttachmentVolume(volume, maxBytes),
    monitor,
    doctor: () => checkDatabricks({ ...options, rest, sql, volume, volumeName, warehouseId, monitor }),
    close: async () => {
      await staging.close();
      await sql.close();
      rest.close();
      tokens.close();
    },
  };
}
