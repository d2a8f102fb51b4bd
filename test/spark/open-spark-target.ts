/** The Databricks target as the product builds it, on a workspace whose SQL path leads to real Spark. For tests only. */
import { createDatabricksRest } from '../../src/adapters/databricks/rest-client.js';
import { createSqlClient } from '../../src/adapters/databricks/sql-client.js';
import { createTokenSource } from '../../src/adapters/databricks/token-source.js';
import {
  openDatabricksWarehouse,
  type DatabricksWarehouseOptions,
} from '../../src/adapters/databricks/databricks-warehouse.js';
import { createVolumeStaging } from '../../src/adapters/databricks/volume-staging.js';
import { openVolume } from '../../src/adapters/databricks/volume.js';
import { createParquetWriter } from '../../src/adapters/staging/parquet-writer.js';
import { silentLog } from '../../src/ports/log.js';
import type { Staging } from '../../src/ports/staging.js';
import type { Warehouse } from '../../src/ports/warehouse.js';
import { workspaceOptions } from '../fakes/databricks/start.js';
import type { FakeWorkspace } from '../fakes/databricks/workspace.js';

export interface SparkTarget {
  readonly warehouse: Warehouse;
  readonly staging: Staging;
  close(): Promise<void>;
}

/** `schema`: made by `prepare`; each test takes one of its own. */
export async function openSparkTarget(
  workspace: FakeWorkspace,
  schema: string,
  more: Partial<DatabricksWarehouseOptions> = {},
): Promise<SparkTarget> {
  const options = workspaceOptions(workspace, 'oauth');
  const tokens = createTokenSource(options);
  const rest = createDatabricksRest(options, tokens);
  const sql = createSqlClient({ ...options, httpPath: workspace.httpPath }, tokens);
  const volume = openVolume(rest, { catalog: 'main', schema, volume: 'tracelift_staging' });
  const staging = createVolumeStaging({ volume, files: createParquetWriter(), log: silentLog });
  const warehouse = await openDatabricksWarehouse({
    host: options.host,
    sql,
    rest,
    warehouseId: workspace.catalog.warehouseId,
    catalog: 'main',
    schema,
    log: silentLog,
    ...more,
  });
  return {
    warehouse,
    staging,
    close: async () => {
      await warehouse.close();
      await staging.close();
      rest.close();
      tokens.close();
    },
  };
}
