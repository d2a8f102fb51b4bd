/** A DuckDB file that somebody takes away, replaces or overwrites while a worker has it open. */
import { copyFile, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DuckDbDatabase } from '../../../src/targets/duckdb/database.js';
import { TraceliftError } from '../../../src/errors/index.js';
import { silentLog } from '../../../src/log.js';
import { landedTrace } from '../../contract/staged-traces.js';
import type { WindowRow } from '../../../src/tables/rows.js';
import type { Warehouse } from '../../../src/targets/warehouse.js';
import { askElsewhere, copyElsewhere, dieElsewhere } from './other-process.js';
import { ScratchWarehouses } from './scratch-warehouses.js';

const scratch = new ScratchWarehouses();

/** Code and reason of a failure. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (failure instanceof TraceliftError) return `${failure.code}: ${String(failure.parameters['reason'])}`;
  throw new Error('It did not fail with an error of the catalogue', { cause: failure });
}

const replaced = 'WarehouseFileReplaced: another file was put in its place';
const overwritten = 'WarehouseFileReplaced: another program wrote into it';
const gone = 'WarehouseFileReplaced: it is gone';

const trace = (traceId: string) => landedTrace({ traceId });
const ledgerRow: WindowRow = {
  ...{ workflow_id: 'w', first_run_id: 'r', window_index: 0, source_id: 'mlflow', experiment_id: '1' },
  ...{ from_ms: 0, to_ms: 1000, state: 'complete', listed: 1, landed: 1, written: 1, dead_lettered: 0, missing: 0 },
  ...{ extra: 0, repair_rounds: 0, ids_digest: 'd', started_at: 0, verified_at: 0, tracelift_version: '0.1.0' },
};

const countTraces = 'SELECT count(*) FROM genai_processed_traces_gold';

/** A warehouse with two traces, and a backup that lacks the second one. Nothing is in the log alone. */
async function withBackup(): Promise<{ warehouse: Warehouse; backup: string }> {
  const warehouse = await scratch.prepared();
  await scratch.commit(warehouse, [trace('tr-1')]);
  const copy = await warehouse.publish();
  const backup = join(scratch.folder, 'backup.duckdb');
  await copyFile(copy!, backup);
  await scratch.commit(warehouse, [trace('tr-2')]);
  await warehouse.publish();
  return { warehouse, backup };
}

describe('a backup that is moved over an open DuckDB file', () => {
  test('a backup that is moved over an open DuckDB file gets nothing of a run under way: commit, ledger, reading and publishing are refused', async () => {
    const { warehouse, backup } = await withBackup();
    await rename(backup, scratch.path);
    expect(await failureOf(scratch.commit(warehouse, [trace('tr-3')]))).toBe(replaced);
    expect(await failureOf(warehouse.recordWindow(ledgerRow))).toBe(replaced);
    expect(await failureOf(warehouse.summary())).toBe(replaced);
    expect(await failureOf(warehouse.publish())).toBe(replaced);
    expect(await failureOf(warehouse.prepare())).toBe(replaced);
  });

  test('a backup that is moved over an open DuckDB file is what the next run of the same worker goes on with', async () => {
    const { warehouse, backup } = await withBackup();
    await rename(backup, scratch.path);
    await warehouse.prepare({ isNewRun: true });
    expect((await warehouse.summary()).traces).toBe(1);
    await scratch.commit(warehouse, [trace('tr-3')]);
    await warehouse.close();
    expect(await askElsewhere(scratch.path, countTraces, 'READ_ONLY')).toBe('2');
  });

  test('a backup that is moved over an open DuckDB file is not filled from the log of the file that it replaced, which is kept', async () => {
    const { warehouse, backup } = await withBackup();
    await scratch.commit(warehouse, [trace('tr-3')]);
    await rename(backup, scratch.path);
    await warehouse.prepare({ isNewRun: true });
    expect((await warehouse.query('SELECT trace_id FROM genai_processed_traces_gold', { limit: 9 })).rows).toEqual([
      ['tr-1'],
    ]);
    expect(await readdir(scratch.folder)).toContain('tables.duckdb.wal.replaced');
  });

  test('a backup that is moved over an open DuckDB file does not lose the rows of a log that belongs to it: a copy of the file itself', async () => {
    const { warehouse } = await withBackup();
    await scratch.commit(warehouse, [trace('tr-3')]);
    const same = join(scratch.folder, 'same.duckdb');
    await copyElsewhere(scratch.path, same);
    await rename(same, scratch.path);
    await warehouse.prepare({ isNewRun: true });
    expect((await warehouse.summary()).traces).toBe(3);
  });

  test('a backup that is moved over an open DuckDB file is noticed at the end of the write during which it was moved', async () => {
    const { warehouse, backup } = await withBackup();
    await warehouse.close();
    await scratch.withDatabase(async (database) => {
      const writing = database.exclusively(async (session) => {
        await session.run('CREATE TABLE numbers (n BIGINT)');
        await rename(backup, scratch.path);
      });
      expect(await failureOf(writing)).toBe(replaced);
      expect(await failureOf(database.run('INSERT INTO numbers VALUES (1)'))).toBe(replaced);
    });
  });
});

describe('an open DuckDB file', () => {
  test('that is overwritten in place is noticed before the next write, and followed by the next run', async () => {
    const { warehouse, backup } = await withBackup();
    await copyElsewhere(backup, scratch.path);
    expect(await failureOf(scratch.commit(warehouse, [trace('tr-3')]))).toBe(overwritten);
    await warehouse.prepare({ isNewRun: true });
    expect((await warehouse.summary()).traces).toBe(1);
    await scratch.commit(warehouse, [trace('tr-3')]);
    expect((await warehouse.summary()).traces).toBe(2);
  });

  test('that was only touched, or linked as a backup, is written as before', async () => {
    const { warehouse } = await withBackup();
    await utimes(scratch.path, new Date(0), new Date(0));
    await scratch.commit(warehouse, [trace('tr-3')]);
    expect((await warehouse.summary()).traces).toBe(3);
  });

  test('whose folder goes away is not made anew by itself, and is used again when the folder is back', async () => {
    const { warehouse } = await withBackup();
    const away = `${scratch.folder}-away`;
    await rename(scratch.folder, away);
    try {
      expect(await failureOf(warehouse.recordWindow(ledgerRow))).toBe(gone);
      expect(await failureOf(warehouse.prepare({ isNewRun: true }))).toBe(gone);
    } finally {
      await rename(away, scratch.folder);
    }
    await scratch.commit(warehouse, [trace('tr-3')]);
    expect((await warehouse.summary()).traces).toBe(3);
  });

  test('that is deleted is refused, also to the next run', async () => {
    const { warehouse } = await withBackup();
    await rm(scratch.path);
    expect(await failureOf(scratch.commit(warehouse, [trace('tr-3')]))).toBe(gone);
    expect(await failureOf(warehouse.prepare({ isNewRun: true }))).toBe(gone);
    expect(await readdir(scratch.folder)).not.toContain('tables.duckdb');
  });
});

describe('an open DuckDB file that was named by a link', () => {
  test('an open DuckDB file that was named by a link is not written any more once the link leads elsewhere', async () => {
    const { warehouse, backup } = await withBackup();
    await warehouse.close();
    const link = join(scratch.folder, 'current.duckdb');
    await symlink(scratch.path, link);
    const linked = await scratch.open({ path: link });
    await linked.prepare({ isNewRun: true });
    await rm(link);
    await symlink(backup, link);
    const elsewhere = 'WarehouseFileReplaced: a link now leads elsewhere';
    expect(await failureOf(scratch.commit(linked, [trace('tr-3')]))).toBe(elsewhere);
    expect(await failureOf(linked.prepare({ isNewRun: true }))).toBe(elsewhere);
  });
});

describe('the log of an open DuckDB file', () => {
  test.each([
    ['deleted', (log: string) => rm(log)],
    ['cut off', (log: string) => writeFile(log, '')],
    ['replaced', (log: string) => rm(log).then(() => writeFile(log, 'something else'))],
  ])(
    'the log of an open DuckDB file can be %s: the next write brings what stood in it into the file',
    async (_, damage) => {
      const { warehouse } = await withBackup();
      await scratch.commit(warehouse, [trace('tr-3')]);
      await damage(`${scratch.path}.wal`);
      await scratch.commit(warehouse, [trace('tr-4')]);
      // What a kill would leave now.
      const left = join(scratch.folder, 'left.duckdb');
      await copyElsewhere(scratch.path, left);
      await copyElsewhere(`${scratch.path}.wal`, `${left}.wal`);
      expect(await askElsewhere(left, countTraces, 'READ_ONLY')).toBe('4');
    },
  );
});

describe('the log of a worker that was killed', () => {
  test('the log of a worker that was killed is not replayed into an older copy of the file, and the failure names it', async () => {
    const { warehouse, backup } = await withBackup();
    await warehouse.close();
    const insert = 'CREATE TABLE numbers (n BIGINT)';
    await dieElsewhere(scratch.path, ['CHECKPOINT', insert]);
    await rename(backup, scratch.path);
    expect(await failureOf(scratch.open())).toBe('WarehouseLogUnusable: it belongs to another state of the file');
  });

  test('the log of a worker that was killed is replayed into the file that it belongs to', async () => {
    await (await scratch.prepared()).close();
    await dieElsewhere(scratch.path, ['CREATE TABLE numbers (n BIGINT)', 'INSERT INTO numbers VALUES (7)']);
    const database = await DuckDbDatabase.open({ path: scratch.path, log: silentLog });
    try {
      expect(await database.rows('SELECT n FROM numbers')).toEqual([{ n: 7 }]);
    } finally {
      await database.close();
    }
  });
});
