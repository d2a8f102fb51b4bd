/** How a user points tracelift at a fake workspace. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StartedWorkspace } from './start.js';

/** Environment variables of a Databricks target in `main.genai`. @param folder where its certificate is put */
export function databricksEnvironment({ workspace }: StartedWorkspace, folder: string): Record<string, string> {
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, workspace.caPem);
  return {
    DATABRICKS_HOST: workspace.url,
    DATABRICKS_TOKEN: workspace.tokens.personalToken,
    DATABRICKS_WAREHOUSE_ID: workspace.catalog.warehouseId,
    TRACELIFT_DATABRICKS_CA_FILE: caFile,
    TRACELIFT_DATABRICKS_CATALOG: 'main',
    TRACELIFT_DATABRICKS_SCHEMA: 'genai',
  };
}
