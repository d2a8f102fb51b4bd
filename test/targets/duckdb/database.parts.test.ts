/** One DuckDB file has one owner in this process, and is safe from others. */
import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DuckDbDatabase } from '../../../src/targets/duckdb/database.js';
import type { SqlValue } from '../../../src/targets/duckdb/values.js';
import { TraceliftError } from '../../../src/errors/index.js';
import { silentLog } from '../../../src/log.js';
import { askElsewhere, FileHolder } from './other-process.js';

let folder: string;
let path: string;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelift-database-'));
  path = join(folder, 'tables.duckdb');
});

afterEach(async () => {
  for (const handle of opened.splice(0)) await handle.close();
  await rm(folder, { recursive: true });
});

async function open(at = path, options: { waitMs?: number; onWait?: () => void } = {}): Promise<DuckDbDatabase> {
  const database = await DuckDbDatabase.open({ path: at, log: silentLog, ...options });
  opened.push(database);
  return database;
}

const failureOf = async (promise: Promise<unknown>): Promise<TraceliftError> => {
  const failure = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (failure instanceof TraceliftError) return failure;
  throw new Error('It did not fail with an error of the catalogue', { cause: failure });
};

describe('handles of one process', () => {
  test('database handles of one process lose no write, whatever names they use for the file', async () => {
    const link = join(folder, 'link.duckdb');
    const first = await open();
    await first.run('CREATE TABLE numbers (n BIGINT)');
    await symlink(path, link);
    const handles = [first, await open(link), await open(relative(process.cwd(), path)), await open(path)];
    await handles[1]!.run('INSERT INTO numbers VALUES (-1)');
    expect(await first.rows('SELECT n FROM numbers')).toEqual([{ n: -1 }]);
    await first.run('DELETE FROM numbers');
    const numbers = [...Array(80).keys()];
    await Promise.all(numbers.map((n) => handles[n % 4]!.run('INSERT INTO numbers VALUES (?)', [n])));
    for (const handle of opened.splice(0)) await handle.close();
    const again = await open();
    expect(await again.rows('SELECT count(*) AS n, sum(n) AS total FROM numbers')).toEqual([{ n: 80, total: 3160 }]);
  });

  test('database handles of one process keep the file until the last one is closed', async () => {
    const [first, second] = [await open(), await open()];
    await first.close();
    await first.close();
    expect(await askElsewhere(path, 'SELECT 1', 'READ_WRITE')).toContain('Could not set lock');
    await second.run('CREATE TABLE numbers (n BIGINT)');
    await second.close();
    expect(await askElsewhere(path, 'SELECT count(*) FROM numbers', 'READ_WRITE')).toBe('0');
  });

  test('handles of one process make a file that only its user can read, and leave the rights of an existing one', async () => {
    await (await open()).close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await (await open()).close();
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  test('database handles of one process can be opened while the last one is being closed', async () => {
    const first = await open();
    await first.run('CREATE TABLE numbers (n BIGINT)');
    const [, second] = await Promise.all([first.close(), open()]);
    expect(await second.rows('SELECT count(*) AS n FROM numbers')).toEqual([{ n: 0 }]);
  });

  test('database handles of one process give the file back only when reads under way have ended', async () => {
    const database = await open();
    const order: string[] = [];
    const reading = database.rows('SELECT sum(range) AS n FROM range(30000000)').then(() => order.push('read'));
    await database.close();
    order.push('closed');
    await reading;
    expect(order).toEqual(['read', 'closed']);
  });

  test('a database handle cannot be used after its close', async () => {
    const database = await open();
    await database.close();
    expect(() => database.run('SELECT 1')).toThrow('after its close');
  });

  test('database handles of one process have databases of their own in memory', async () => {
    const [first, second] = [await open(':memory:'), await open(':memory:')];
    await first.run('CREATE TABLE numbers (n BIGINT)');
    expect((await failureOf(second.rows('SELECT * FROM numbers'))).code).toBe('WarehouseFailed');
  });
});

describe('transactions', () => {
  test('transactions are rolled back when their work throws, and are not seen before their end', async () => {
    const [writer, reader] = [await open(), await open()];
    await writer.run('CREATE TABLE numbers (n BIGINT)');
    const count = 'SELECT count(*) AS n FROM numbers';
    const work = writer.transaction(async (session) => {
      await session.run('INSERT INTO numbers VALUES (1)');
      expect(await session.rows(count)).toEqual([{ n: 1 }]);
      expect(await reader.rows(count)).toEqual([{ n: 0 }]);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await reader.rows(count)).toEqual([{ n: 0 }]);
    expect(await writer.run('INSERT INTO numbers VALUES (1), (2)')).toBe(2);
  });

  test('transactions of one database run one after the other', async () => {
    const database = await open();
    await database.run('CREATE TABLE counter AS SELECT 0 AS n');
    const increment = () =>
      database.transaction(async (session) => {
        const [row] = await session.rows<{ n: number }>('SELECT n FROM counter');
        await session.run('UPDATE counter SET n = ?', [(row?.n ?? 0) + 1]);
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await database.rows('SELECT n FROM counter')).toEqual([{ n: 20 }]);
  });
});

describe('a file that another process holds', () => {
  test('a file that another process holds is refused by the PID of that process once patience ends', async () => {
    const holder = await FileHolder.start(path);
    try {
      let numWaits = 0;
      const failure = await failureOf(open(path, { waitMs: 400, onWait: () => (numWaits += 1) }));
      expect(failure).toMatchObject({ code: 'WarehouseHeldByProcess', parameters: { pid: String(holder.pid) } });
      expect(numWaits).toBe(2);
    } finally {
      await holder.end();
    }
  });

  test('a file that another process holds is opened as soon as that process gives it back', async () => {
    const holder = await FileHolder.start(path);
    let ending: Promise<void> | undefined;
    const database = await open(path, { waitMs: 20_000, onWait: () => void (ending ??= holder.end()) });
    await ending;
    expect(await database.rows('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });
});

describe('values', () => {
  test('values are exact on their way into DuckDB and out of it', async () => {
    const database = await open(':memory:');
    const values: SqlValue[] = [null, true, 0, -1, 2 ** 40, 0.1, 2n ** 62n, -(2n ** 63n), 'é\u0000🧭', ''];
    const [row] = await database.rows(`SELECT ${values.map((_, index) => `? AS v${index}`).join(', ')}`, values);
    expect(Object.values(row!)).toEqual(values);
  });

  test('lists, structures and timestamps come from DuckDB as plain values', async () => {
    const database = await open(':memory:');
    const sql = `SELECT [1, NULL] AS list, {a: 1, b: ['x']} AS struct, MAP {'k': 1.5} AS map,
      make_timestamptz(-1) AS past, TIMESTAMP '2300-01-01 00:00:00.000001' AS future, TIMESTAMP_MS '1970-01-02' AS ms,
      DATE '2026-01-02' AS day, sum(2::BIGINT) AS total, ? AS texts`;
    expect(await database.rows(sql, [['a', 'b']])).toEqual([
      {
        list: [1, null],
        struct: { a: 1, b: ['x'] },
        map: [{ key: 'k', value: 1.5 }],
        past: -1,
        future: 10_413_792_000_000_001n,
        ms: 86_400_000_000,
        day: '2026-01-02',
        total: 2,
        texts: ['a', 'b'],
      },
    ]);
  });

  test('timestamps from DuckDB do not depend on the time zone of the machine', async () => {
    const database = await open(':memory:');
    expect(await database.rows('SELECT CAST(make_timestamptz(0) AS VARCHAR) AS text')).toEqual([
      { text: '1970-01-01 00:00:00+00' },
    ]);
  });
});

describe('failures', () => {
  test('failures of DuckDB never quote data', async () => {
    const database = await open(':memory:');
    const failure = await failureOf(database.rows("SELECT CAST('my secret text' AS BIGINT)"));
    expect(failure.code).toBe('WarehouseFailed');
    expect(failure.message).not.toContain('secret');
    expect(failure.message).toContain('Conversion Error');
  });

  test('opening a file that is no database says so', async () => {
    await writeFile(path, 'This is a letter, not a database. '.repeat(1000));
    expect((await failureOf(open())).code).toBe('WarehouseFileUnusable');
    expect((await failureOf(open(join(folder, 'no', 'folder.duckdb')))).code).toBe('WarehouseFileUnusable');
  });

  test('an aborted statement stops, and the handle goes on', async () => {
    const database = await open(':memory:');
    const controller = new AbortController();
    const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7';
    const running = database.rows(endless, [], { signal: controller.signal });
    const reason = new Error('enough');
    setImmediate(() => controller.abort(reason));
    await expect(running).rejects.toBe(reason);
    expect(await database.rows('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });
});

describe('the memory of a database', () => {
  /** Keeps about 150 MB at once, which cannot be written aside. */
  const large = "SELECT length(string_agg(repeat(md5(i::VARCHAR), 50), '')) AS size FROM range(100000) t(i)";
  const limitOf = async (database: DuckDbDatabase): Promise<unknown> =>
    (await database.rows<{ limit: string }>("SELECT current_setting('memory_limit') AS limit"))[0]?.limit;

  test('the memory of a database grows for the statement that needs it, and is small again afterwards', async () => {
    const database = await open();
    const before = await limitOf(database);
    const [row] = await database.rows<{ size: number }>(large);
    expect(row?.size).toBe(160_000_000);
    expect(await limitOf(database)).toBe(before);
  });

  test('the memory of a database grows for a whole transaction, which is begun again and changes the tables once', async () => {
    const database = await open();
    await database.run('CREATE TABLE sizes (size BIGINT)');
    await database.transaction(async (session) => {
      await session.run('INSERT INTO sizes VALUES (1)');
      await session.run(`INSERT INTO sizes ${large}`);
    });
    expect(await database.rows('SELECT size FROM sizes ORDER BY size')).toEqual([{ size: 1 }, { size: 160_000_000 }]);
  });
});
