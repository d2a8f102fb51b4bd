/** The Databricks target as the product builds it, on a workspace whose SQL path leads to real Spark. For tests only. */
import {
  createDatabricksTarget,
  type DatabricksTarget,
  type DatabricksTargetOptions,
} from '../../src/targets/databricks/databricks-target.js';
import { createParquetWriter } from '../../src/targets/local-staging/parquet-writer.js';
import type { Warehouse } from '../../src/targets/warehouse.js';
import { workspaceOptions } from '../fakes/databricks/start.js';
import type { FakeWorkspace } from '../fakes/databricks/workspace.js';

export interface SparkTarget extends DatabricksTarget {
  readonly warehouse: Warehouse;
}

/** `schema`: made by `prepare`; each test takes one of its own. */
export async function openSparkTarget(
  workspace: FakeWorkspace,
  schema: string,
  more: Partial<DatabricksTargetOptions> = {},
): Promise<SparkTarget> {
  const target = createDatabricksTarget({
    ...workspaceOptions(workspace, 'oauth'),
    httpPath: workspace.httpPath,
    catalog: 'main',
    schema,
    volume: 'tracelift_staging',
    files: createParquetWriter(),
    ...more,
  });
  return { ...target, warehouse: await target.openWarehouse() };
}
