/** The DuckDB warehouse keeps the contract of warehouses. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbDatabase } from '../../src/targets/duckdb/database.js';
import { openDuckDbWarehouse } from '../../src/targets/duckdb/duckdb-warehouse.js';
import type { ReadValue } from '../../src/targets/duckdb/values.js';
import { createLocalStaging } from '../../src/targets/local-staging/local-staging.js';
import { silentLog } from '../../src/log.js';
import { warehouseContract } from './warehouse-contract.js';

const shownValue = (value: ReadValue): string | number | boolean | null =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : typeof value === 'bigint' ? `${value}` : value;

warehouseContract({
  name: 'DuckDB',
  skip: [],
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'tracelift-contract-'));
    const warehouse = await openDuckDbWarehouse({ path: join(folder, 'tables.duckdb'), log: silentLog });
    const staging = createLocalStaging({ root: join(folder, 'staging'), log: silentLog });
    const reader = await DuckDbDatabase.open({ path: warehouse.location, log: silentLog });
    return {
      warehouse,
      staging,
      read: async (sql) => {
        const rows = await reader.rows<Record<string, ReadValue>>(sql);
        const shown = rows.map((row) => Object.values(row).map((value) => shownValue(value)));
        return { columns: Object.keys(rows[0] ?? {}), rows: shown, truncated: false };
      },
      overwrite: (key, bytes) => writeFile(staging.location(key), bytes),
      async close() {
        await reader.close();
        await warehouse.close();
        await staging.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});
