/** Warehouses in a folder that goes with the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { DuckDbDatabase } from '../../../src/targets/duckdb/database.js';
import { type DuckDbWarehouseOptions, openDuckDbWarehouse } from '../../../src/targets/duckdb/duckdb-warehouse.js';
import { createLocalStaging } from '../../../src/targets/local-staging/local-staging.js';
import type { StagedTrace } from '../../../src/tables/rows.js';
import { silentLog } from '../../../src/log.js';
import type { CommitResult } from '../../../src/copy/commit/messages.js';
import type { Warehouse } from '../../../src/targets/warehouse.js';

/** Makes a folder before each test of a file, and closes and removes everything after it. */
export class ScratchWarehouses {
  folder = '';
  readonly #opened: { close(): Promise<void> }[] = [];
  #numFiles = 0;

  constructor() {
    beforeEach(async () => {
      this.folder = await mkdtemp(join(tmpdir(), 'tracelift-warehouse-'));
    });
    afterEach(async () => {
      for (const part of this.#opened.splice(0)) await part.close();
      await rm(this.folder, { recursive: true });
    });
  }

  get path(): string {
    return join(this.folder, 'tables.duckdb');
  }

  /** Without tables. */
  async open(options: Partial<DuckDbWarehouseOptions> = {}): Promise<Warehouse> {
    const warehouse = await openDuckDbWarehouse({ path: this.path, log: silentLog, ...options });
    this.#opened.push(warehouse);
    return warehouse;
  }

  async prepared(options: Partial<DuckDbWarehouseOptions> = {}): Promise<Warehouse> {
    const warehouse = await this.open(options);
    await warehouse.prepare();
    return warehouse;
  }

  /** Stages one file, in a folder whose name DuckDB would take for a pattern, and commits it. */
  async commit(warehouse: Warehouse, traces: readonly StagedTrace[], signal?: AbortSignal): Promise<CommitResult> {
    const staging = createLocalStaging({ root: join(this.folder, 'st[a-c]*ging?'), log: silentLog });
    this.#opened.push(staging);
    this.#numFiles += 1;
    const file = await staging.writeTraces(`run/first/b${this.#numFiles}.parquet`, traces);
    const manifest = { files: [file], locations: [staging.location(file.key)], maxMetricColumns: 300 };
    return warehouse.commit(manifest, signal === undefined ? {} : { signal });
  }

  async withDatabase(work: (database: DuckDbDatabase) => Promise<unknown>): Promise<void> {
    const database = await DuckDbDatabase.open({ path: this.path, log: silentLog });
    await work(database);
    await database.close();
  }
}

/** First row of a query. */
export const first = async (warehouse: Warehouse, sql: string) => (await warehouse.query(sql, { limit: 10 })).rows[0];
