/** What becomes of an open DuckDB file when the disk is full or memory is short. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DuckDbDatabase } from '../../../src/targets/duckdb/database.js';
import { openDuckDbWarehouse } from '../../../src/targets/duckdb/duckdb-warehouse.js';
import { createLocalStaging } from '../../../src/targets/local-staging/local-staging.js';
import { silentLog } from '../../../src/log.js';
import { landedTrace } from '../../contract/staged-traces.js';
import { askElsewhere } from './other-process.js';
import { ScratchWarehouses } from './scratch-warehouses.js';
import { SmallDisk } from './small-disk.js';

const scratch = new ScratchWarehouses();

/** Makes a checkpoint fail half-way; DuckDB then closes the file. */
async function invalidate(database: DuckDbDatabase): Promise<unknown> {
  await database.run("SET GLOBAL debug_checkpoint_abort = 'before_header'");
  return database.run('CHECKPOINT').catch((failure: unknown) => failure);
}

const counted = 'SELECT count(*) AS n FROM numbers';

describe('a DuckDB file that DuckDB has closed by itself', () => {
  test.each(['a write', 'a read'])(
    'a DuckDB file that DuckDB has closed by itself is opened again by %s, with everything that was committed',
    async (first) => {
      await scratch.withDatabase(async (database) => {
        await database.run('CREATE TABLE numbers AS SELECT 1 AS n');
        expect(await invalidate(database)).toMatchObject({ code: 'WarehouseInvalidated' });
        if (first === 'a write') await database.run('INSERT INTO numbers VALUES (2)');
        expect(await database.rows(counted)).toEqual([{ n: first === 'a write' ? 2 : 1 }]);
      });
      expect(await askElsewhere(scratch.path, 'SELECT count(*) FROM numbers', 'READ_ONLY')).toMatch(/^[12]$/);
    },
  );

  test('a DuckDB file that DuckDB has closed by itself is opened once for many that ask at the same time, by whatever handle', async () => {
    await scratch.withDatabase(async (database) => {
      await database.run('CREATE TABLE numbers AS SELECT 1 AS n');
      const other = await DuckDbDatabase.open({ path: scratch.path, log: silentLog });
      await invalidate(database);
      const numbers = [...Array(20).keys()];
      await Promise.all([
        ...numbers.map((n) => (n % 2 === 0 ? database : other).run('INSERT INTO numbers VALUES (?)', [n])),
        ...numbers.map(() => other.rows(counted)),
      ]);
      expect(await database.rows(counted)).toEqual([{ n: 21 }]);
      await other.close();
    });
  });

  test('a DuckDB file that DuckDB has closed by itself keeps other processes out again once it is open', async () => {
    await scratch.withDatabase(async (database) => {
      await database.run('CREATE TABLE numbers AS SELECT 1 AS n');
      await invalidate(database);
      await database.rows(counted);
      expect(await askElsewhere(scratch.path, 'SELECT 1', 'READ_WRITE')).toContain('Could not set lock');
    });
  });

  test('a DuckDB file that DuckDB has closed by itself was never in the hands of a transaction: its rows are there once, after it is done again', async () => {
    await scratch.withDatabase(async (database) => {
      await database.run('CREATE TABLE numbers (n BIGINT)');
      await database.run("SET GLOBAL debug_checkpoint_abort = 'before_header'");
      await database.run("SET GLOBAL checkpoint_threshold = '1KB'");
      const insert = () =>
        database.transaction(async (session) => {
          await session.run('DELETE FROM numbers');
          await session.run('INSERT INTO numbers SELECT range FROM range(5000)');
        });
      await expect(insert()).rejects.toMatchObject({ code: 'WarehouseInvalidated' });
      await insert();
      expect(await database.rows(counted)).toEqual([{ n: 5000 }]);
    });
  });
});

describe('a disk that is full', () => {
  test('a disk that is full fails the commit and the publishing, and both go on by themselves when there is space again', async (context) => {
    const disk = await SmallDisk.mount(24);
    if (disk === null) return context.skip('mounting is not allowed here');
    const path = join(disk.folder, 'tables.duckdb');
    const warehouse = await openDuckDbWarehouse({ path, log: silentLog });
    const staging = createLocalStaging({ root: join(scratch.folder, 'staging'), log: silentLog });
    const commit = async (name: string): Promise<unknown> => {
      const text = (n: number) => Array.from({ length: 4000 }, (_, i) => (n * 7919 + i * i).toString(16)).join('');
      const traces = Array.from({ length: 20 }, (_, n) =>
        landedTrace({ traceId: `tr-${name}-${n}`, raw: { spans: JSON.stringify([text(n)]) } }),
      );
      const file = await staging.writeTraces(`run/first/${name}.parquet`, traces);
      return warehouse.commit({ files: [file], locations: [staging.location(file.key)], maxMetricColumns: 300 });
    };
    try {
      await warehouse.prepare();
      await commit('one');
      await disk.fill();
      const full = { code: expect.stringMatching(/^Warehouse(DiskFull|Invalidated)$/) as string };
      await expect(commit('two')).rejects.toMatchObject(full);
      await expect(warehouse.publish()).rejects.toMatchObject(full);
      await expect(commit('two')).rejects.toMatchObject(full);
      expect((await warehouse.summary()).traces).toBe(20);
      await disk.free();
      await commit('two');
      const copy = await warehouse.publish();
      expect((await warehouse.summary()).traces).toBe(40);
      expect(await askElsewhere(copy!, 'SELECT count(*) FROM genai_raw_traces', 'READ_ONLY')).toBe('40');
    } finally {
      await warehouse.close();
      await staging.close();
      await disk.unmount();
    }
  });
});
