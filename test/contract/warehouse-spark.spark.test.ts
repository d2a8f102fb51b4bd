/** The Databricks warehouse keeps the contract of warehouses, on real Spark and Delta. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { readDelta } from '../spark/delta-files.js';
import { openSparkTarget } from '../spark/open-spark-target.js';
import { freshSchema, missingSpark, startSparkWorkspace } from '../spark/spark-workspace.js';
import { warehouseContract } from './warehouse-contract.js';

const missing = missingSpark();

describe.skipIf(missing !== null)(`on Spark and Delta ${missing ?? ''}`, () => {
  warehouseContract({
    name: 'Delta',
    skip: [
      {
        reason: 'these steps run side by side; test/spark/kill.spark.test.ts ends them after any number of statements',
        tests: ['spans', 'documents', 'catalog', 'raw', 'deadLetters'].map(
          (step) => `a commit that dies before "${step}" is completed by the next one`,
        ),
      },
    ],
    propertyRuns: 1,
    async open() {
      const rig = await startSparkWorkspace();
      const target = await openSparkTarget(rig.workspace, freshSchema());
      const { warehouse, staging } = target;
      return {
        warehouse,
        staging,
        // Not Spark's word, but that of the files.
        read: (sql) => readDelta(rig.warehouseFolder, sql),
        overwrite: (key, bytes) =>
          writeFile(join(rig.volumesFolder, staging.location(key).replace('/Volumes/', '')), bytes),
        async close() {
          await target.close();
          await rig.stop();
        },
      };
    },
  });
});
