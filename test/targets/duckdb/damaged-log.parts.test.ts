import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.js';
import { DuckDbDatabase } from '../../../src/targets/duckdb/database.js';

let folder: string;
/** A file whose latest rows are in its log alone, as a killed worker leaves it. */
let killed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelift-damaged-log-'));
  killed = join(folder, 'killed.duckdb');
  const path = join(folder, 'tables.duckdb');
  const database = await DuckDbDatabase.open({ path, log: silentLog });
  await database.run('CREATE TABLE numbers (n BIGINT)');
  await database.run('CHECKPOINT');
  for (let n = 0; n < 20; n += 1) await database.run('INSERT INTO numbers SELECT range FROM range(100)');
  await copyFile(path, killed);
  await copyFile(`${path}.wal`, `${killed}.wal`);
  await database.close();
});

afterAll(() => rm(folder, { recursive: true }));

/** The same file, with its log changed. */
async function withLog(name: string, change: (log: Buffer) => Buffer): Promise<string> {
  const path = join(folder, `${name}.duckdb`);
  await copyFile(killed, path);
  await writeFile(`${path}.wal`, change(await readFile(`${killed}.wal`)));
  return path;
}

it('a log that is whole is read when its file is opened', async () => {
  const database = await DuckDbDatabase.open({ path: await withLog('whole', (log) => log), log: silentLog });
  expect(await database.rows('SELECT count(*) AS n FROM numbers')).toEqual([{ n: 2000 }]);
  await database.close();
});

it.each([
  ['with zeros', (log: Buffer) => log.fill(0, 60, 90)],
  ['with ones', (log: Buffer) => log.fill(0xff, 60, 90)],
])(
  'a log whose first entry is overwritten %s is named, with what to do, and is left as it is',
  async (where, damage) => {
    for (const readOnly of [false, true]) {
      const path = await withLog(`${where}-${String(readOnly)}`.replaceAll(' ', '-'), damage);
      const before = await readFile(`${path}.wal`);
      await expect(DuckDbDatabase.open({ path, log: silentLog, readOnly })).rejects.toMatchObject({
        code: 'WarehouseLogUnusable',
        message: expect.stringContaining(`${path}.wal`) as string,
      });
      expect(await readFile(`${path}.wal`)).toEqual(before);
    }
  },
);
