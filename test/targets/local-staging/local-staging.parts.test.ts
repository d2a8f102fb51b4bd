/** Staging in a folder: what is written is read back exactly, whole or not at all. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DuckDbDatabase } from '../../../src/targets/duckdb/database.js';
import { createLocalStaging } from '../../../src/targets/local-staging/local-staging.js';
import type { JsonValue } from '../../../src/json/json-value.js';
import { silentLog } from '../../../src/log.js';
import type { Staging } from '../../../src/targets/staging.js';
import { deadLetter, landedTrace, micros } from '../../contract/staged-traces.js';
import { codeOf } from '../../contract/warehouse-harness.js';

let folder: string;
let root: string;
let staging: Staging;
let database: DuckDbDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelift-staging-'));
  root = join(folder, "o'brien's staging");
  staging = createLocalStaging({ root, log: silentLog });
  database = await DuckDbDatabase.open({ path: ':memory:', log: silentLog });
});

afterEach(async () => {
  await staging.close();
  await database.close();
  await rm(folder, { recursive: true });
});

const parquet = (key: string): string => `'${staging.location(key).replaceAll("'", "''")}'`;

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('JSON documents', () => {
  test('staged JSON documents come back as they were', async () => {
    const json = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(1e19, -3.5e20, -0),
        fc.string({ unit: 'grapheme' }),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(json, fc.constantFrom('a/b/m.json', 'a/b/m.json.gz'), async (value, key) => {
        await staging.writeJson(key, value);
        expect(await staging.readJson(key)).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });

  test('staged JSON documents are compressed under a name that says so', async () => {
    await staging.writeJson('a/b/m.json.gz', 'x'.repeat(100_000));
    expect((await stat(staging.location('a/b/m.json.gz'))).size).toBeLessThan(1000);
    await staging.writeJson('a/b/m.json', { plain: true });
    expect(await readFile(staging.location('a/b/m.json'), 'utf8')).toBe('{"plain":true}');
  });

  test('staged JSON documents that are gone or cut off are reported as lost', async () => {
    expect(await staging.exists('a/b/m.json.gz')).toBe(false);
    expect(await codeOf(staging.readJson('a/b/m.json.gz'))).toBe('StagingLost');
    for (const key of ['a/b/m.json.gz', 'a/b/m.json']) {
      await staging.writeJson(key, ['some', 'text', { that: 'is long enough' }]);
      expect(await staging.exists(key)).toBe(true);
      for (const length of [20, 0]) {
        await truncate(staging.location(key), length);
        expect(await codeOf(staging.readJson(key))).toBe('StagingLost');
      }
      await rm(staging.location(key));
      await mkdir(staging.location(key));
      expect(await codeOf(staging.readJson(key))).toBe('StagingLost');
      await rm(staging.location(key), { recursive: true });
    }
  });
});

describe('staged traces', () => {
  test('staged traces are counted as they are written', async () => {
    const file = await staging.writeTraces('a/b/t.parquet', [
      landedTrace({ spans: 3, documents: [{}, {}], attachments: [{}], assessments: [{}] }),
      landedTrace({ traceId: 'tr-2', spans: 1 }),
      deadLetter({ traceId: 'tr-3' }),
    ]);
    expect(file).toEqual({
      key: 'a/b/t.parquet',
      numTraces: 3,
      numDeadLetters: 1,
      numSpans: 4,
      numAssessments: 1,
      numDocuments: 2,
      numAttachments: 1,
      bytes: (await stat(staging.location('a/b/t.parquet'))).size,
      sha256: createHash('sha256')
        .update(await readFile(staging.location('a/b/t.parquet')))
        .digest('hex'),
    });
  });

  test('staged traces are verified byte by byte: one that changed, a file that is gone or became a folder is lost', async () => {
    const file = await staging.writeTraces('a/b/t.parquet', [landedTrace()]);
    const path = staging.location(file.key);
    await expect(staging.verify([file])).resolves.toBeUndefined();
    const bytes = await readFile(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    await writeFile(path, bytes);
    expect(await codeOf(staging.verify([file]))).toBe('StagingLost');
    await rm(path);
    expect(await codeOf(staging.verify([file]))).toBe('StagingLost');
    await mkdir(path);
    expect(await codeOf(staging.verify([file]))).toBe('StagingLost');
  });

  test('staged traces hold nested values in the types that DuckDB and Spark both read', async () => {
    await staging.writeTraces('a/b/t.parquet', [landedTrace()]);
    const types = await database.rows<{ column_name: string; column_type: string }>(
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${parquet('a/b/t.parquet')})`,
    );
    const typeOf = Object.fromEntries(types.map(({ column_name, column_type }) => [column_name, column_type]));
    expect(typeOf['numbers']).toBe('MAP(VARCHAR, DOUBLE)');
    expect(typeOf['texts']).toBe('MAP(VARCHAR, VARCHAR)');
    expect(typeOf['raw']).toMatch(/^STRUCT\(.*start_time TIMESTAMP WITH TIME ZONE.*\)$/);
    expect(typeOf['spans']).toMatch(/^STRUCT\(.*duration_ms DOUBLE.*\)\[\]$/);
  });

  test('staged traces keep any text, and NULL where there is none', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(text, text, async (request, response) => {
        await staging.writeTraces('a/b/t.parquet', [landedTrace({ raw: { request, response } })]);
        const rows = await database.rows(
          `SELECT raw.request AS request, raw.response AS response FROM ${parquet('a/b/t.parquet')}`,
        );
        expect(rows).toEqual([
          { request: request?.toWellFormed() ?? null, response: response?.toWellFormed() ?? null },
        ]);
      }),
      { numRuns: 40 },
    );
  });

  test('staged traces keep integers and times exactly, and make what no column can hold storable', async () => {
    await staging.writeTraces('a/b/t.parquet', [
      landedTrace({
        gold: { input_tokens: 2n ** 63n - 1n, output_tokens: 2n ** 63n, cost_usd: NaN, llm_time_ms: 1e300 },
      }),
      landedTrace({ gold: { start_time: -1, end_time: 253_402_300_800_000_001n } }),
      landedTrace({ gold: { start_time: 2n ** 62n * 2n, end_time: 2n ** 63n } }),
    ]);
    const rows = await database.rows(
      `SELECT gold.input_tokens AS i, gold.output_tokens AS o, gold.cost_usd AS c, gold.llm_time_ms AS l,
        gold.start_time AS s, gold.end_time AS e FROM ${parquet('a/b/t.parquet')} ORDER BY row_number`,
    );
    expect(rows[0]).toMatchObject({ i: 2n ** 63n - 1n, o: null, c: null, l: 1e300 });
    expect(rows[1]).toMatchObject({ s: -1, e: 253_402_300_800_000_001n });
    expect(rows[2]).toMatchObject({ s: micros(8_640_000_000_000_000 - 1), e: null });
  });

  test('staged traces keep map keys of any kind', async () => {
    const numbers = { 'metric_"x"': 1, "it's": 2, '': 3, __proto__x: 4, 'é\n': 5 };
    await staging.writeTraces('a/b/t.parquet', [landedTrace({ numbers })]);
    const [row] = await database.rows<{ numbers: { key: string; value: number }[] }>(
      `SELECT numbers FROM ${parquet('a/b/t.parquet')}`,
    );
    expect(Object.fromEntries(row!.numbers.map(({ key, value }) => [key, value]))).toEqual(numbers);
  });

  test('a staged trace may be as long as 20 MB', async () => {
    const request = 'a long text, '.repeat(1_600_000);
    await staging.writeTraces('a/b/t.parquet', [landedTrace({ raw: { request } }), landedTrace({ traceId: 'tr-2' })]);
    const rows = await database.rows(`SELECT length(raw.request) AS n FROM ${parquet('a/b/t.parquet')} ORDER BY n`);
    expect(rows).toEqual([{ n: 34 }, { n: request.length }]);
  });

  test('a staged file may hold no traces', async () => {
    expect(await staging.writeTraces('a/b/t.parquet', [])).toMatchObject({ numTraces: 0 });
    expect(await database.rows(`SELECT count(*) AS n FROM ${parquet('a/b/t.parquet')}`)).toEqual([{ n: 0 }]);
  });

  test('staged traces leave nothing behind when writing is aborted or fails', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    await expect(staging.writeTraces('a/b/t.parquet', [landedTrace()], controller.signal)).rejects.toThrow('stop');
    expect(await filesBelow(root)).toEqual([]);
    await staging.writeTraces('a/b/t.parquet', [landedTrace()]);
    expect(await filesBelow(root)).toEqual(['t.parquet']);
  });
});

describe('the folder', () => {
  test('the staging folder belongs to its user alone', async () => {
    await staging.writeTraces('a/b/t.parquet', [landedTrace()]);
    await staging.writeJson('a/b/m.json.gz', 1);
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, 'a', 'b'))).mode & 0o777).toBe(0o700);
  });

  test('the folder is left by no key and by no prefix', async () => {
    for (const key of [
      '../x.json',
      '/etc/x.json',
      'a/../../x.json',
      'A/x.json',
      'a/x.txt',
      'x',
      '',
      'a//x.json',
      'a/.x.json',
    ]) {
      expect(() => staging.location(key)).toThrow('a key holds other characters');
    }
    for (const prefix of ['', '.', '..', '/', 'a/..', 'a/']) {
      expect(await codeOf(staging.remove(prefix))).toBe('Internal');
    }
  });

  test('the folder loses exactly what is below a removed prefix', async () => {
    for (const key of ['w/r1/w0/a.json', 'w/r1/w1/a.json', 'w/r10/w0/a.json']) await staging.writeJson(key, 1);
    await staging.remove('w/r1/w0');
    expect(await staging.exists('w/r1/w1/a.json')).toBe(true);
    await staging.remove('w/r1');
    await staging.remove('w/r1');
    expect(await staging.exists('w/r1/w1/a.json')).toBe(false);
    expect(await staging.exists('w/r10/w0/a.json')).toBe(true);
  });

  test('the folder lists runs with the time of their newest file', async () => {
    expect(await staging.listRuns()).toEqual([]);
    await staging.writeJson('w/r1/w0/a.json', 1);
    await staging.writeJson('w/r1/w1/b.json', 1);
    await staging.writeJson('w/r2/m.json', 1);
    await utimes(staging.location('w/r1/w0/a.json'), 1000, 1000);
    await utimes(staging.location('w/r1/w1/b.json'), 2000, 2000);
    await utimes(staging.location('w/r2/m.json'), 3000, 3000);
    await mkdir(join(root, 'w', 'empty'));
    expect(await staging.listRuns()).toEqual([
      { run: 'w/r1', newestFileMs: 2_000_000 },
      { run: 'w/r2', newestFileMs: 3_000_000 },
    ]);
  });

  test('a staging folder that cannot be written is named', async () => {
    await writeFile(join(folder, 'file'), '');
    const blocked = createLocalStaging({ root: join(folder, 'file', 'root'), log: silentLog });
    expect(await codeOf(blocked.writeJson('a/b/m.json', 1))).toBe('StagingUnwritable');
    expect(await codeOf(blocked.writeTraces('a/b/t.parquet', [landedTrace()]))).toBe('StagingUnwritable');
    await blocked.close();
  });
});
