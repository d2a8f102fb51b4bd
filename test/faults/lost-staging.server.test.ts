import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import type { ActivityDependencies, OpenTarget } from '../../src/copy/dependencies.js';
import type { Staging } from '../../src/targets/staging.js';
import type { RebuildResult } from '../../src/workflows/contract.js';
import type { Dump } from '../contract/dump-tables.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { failureOf, openFaultBench } from './fault-bench.js';
import type { FaultBench } from './fault-bench.js';

const numTraces = 22;

type Spoil = (path: string) => Promise<void>;

const lost: Spoil = (path) => rm(path);
const cutOff: Spoil = async (path) => truncate(path, Math.floor((await readFile(path)).length / 2));
const otherDocument: Spoil = (path) => writeFile(path, gzipSync('{"other":[1]}'));
const otherText: Spoil = (path) => writeFile(path, '{"files":{},"locations":[null]}');
const aFolder: Spoil = async (path) => {
  await rm(path);
  await mkdir(path);
};
/** A whole file with other contents: nothing but its own counts says that it is another one. */
const anotherFile =
  (of: RegExp): Spoil =>
  async (path) => {
    const other = staged.find((one) => of.test(one) && one !== path);
    if (other === undefined) throw new Error('there is no other file yet');
    await writeFile(path, await readFile(other));
  };
const flipped: Spoil = async (path) => {
  const bytes = await readFile(path);
  for (let at = Math.floor(bytes.length / 3); at < bytes.length / 2; at += 1) bytes[at] = 255 - (bytes[at] ?? 0);
  await writeFile(path, bytes);
};

const infos = /-b\d+\.json\.gz$/;
const seen = /-seen\.json\.gz$/;
const manifest = /manifest\.json$/;
const rows = /\.parquet$/;

/** What happens to the files that match, right before they are read. */
interface Damage {
  readonly files: RegExp;
  readonly spoil: Spoil;
  /** How many files of them. */
  times: number;
}

let damage: Damage | null = null;
/** Paths of the files that were staged, in order. */
let staged: string[] = [];

async function spoilFirst(path: string): Promise<void> {
  if (damage === null || damage.times === 0 || !damage.files.test(path)) return;
  damage.times -= 1;
  await damage.spoil(path);
}

/** Comes between the steps and the staging; what the steps then meet is real. */
function spoiling(dependencies: ActivityDependencies): ActivityDependencies {
  return {
    ...dependencies,
    async target(name): Promise<OpenTarget> {
      const open = await dependencies.target(name);
      return { ...open, staging: spoilingReads(open.staging), warehouse: spoilingCommits(open) };
    },
  };
}

function spoilingReads(staging: Staging): Staging {
  return withMethods(staging, {
    readJson: async (key) => {
      await spoilFirst(staging.location(key));
      return staging.readJson(key);
    },
    writeTraces: async (...write) => {
      const file = await staging.writeTraces(...write);
      staged.push(staging.location(file.key));
      return file;
    },
  });
}

function spoilingCommits({ warehouse }: OpenTarget): OpenTarget['warehouse'] {
  return withMethods(warehouse, {
    commit: async (files, options) => {
      for (const location of files.locations) await spoilFirst(location);
      return warehouse.commit(files, options);
    },
  });
}

function withMethods<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, property) {
      const own: unknown = Reflect.get(methods, property) ?? Reflect.get(target, property);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

describeWith(['mlflow', 'temporal'], 'a copy whose staged files are lost or damaged', () => {
  let bench: FaultBench;
  let undisturbed: Dump;

  beforeAll(async () => {
    const servers = { mlflow: mlflowUri(), temporal: temporalAddress() };
    bench = await openFaultBench(servers, { numTraces, withAssessments: true }, { wrap: spoiling });
    const target = bench.newTarget();
    await bench.copy(target);
    undisturbed = await bench.tables(target);
  });

  afterEach(() => {
    damage = null;
    staged = [];
  });

  afterAll(() => bench.close());

  it.each([
    ['the infos of a batch are gone', infos, lost],
    ['the infos of a batch are another document', infos, otherDocument],
    ['the versions that a page saw are cut off', seen, cutOff],
    ['the manifest is another document', manifest, otherText],
    ['the rows of a batch are gone', rows, lost],
    ['the rows of a batch are those of another one', rows, anotherFile(rows)],
    ['the rows of a batch are damaged in the middle', rows, flipped],
    ['the rows of a batch have become a folder', rows, aFolder],
  ])(
    'a copy whose staged files are lost or damaged reads the window again where %s, and ends with the tables of an undisturbed run',
    async (_case, files, spoil) => {
      const target = bench.newTarget();
      damage = { files, spoil, times: 1 };
      const result = await bench.copy(target);
      expect(damage.times).toBe(0);
      expect(result.totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0 });
      expect(await bench.tables(target)).toEqual(undisturbed);
    },
  );

  it.each([
    ['the infos of batches', infos],
    ['the versions that pages saw', seen],
    ['the rows of batches', rows],
  ])(
    'a copy whose staged files are lost or damaged ends where %s are lost again and again, says so, and leaves the commit lock to the next run',
    async (_, files) => {
      const target = bench.newTarget();
      damage = { files, spoil: lost, times: Number.MAX_SAFE_INTEGER };
      const { code, message } = await failureOf(bench.copy(target));
      expect(code).toBe('StagingLost');
      expect(message).toContain('all workers of the task queue see the same staging root');
      damage = null;
      const result = await bench.copy(target);
      expect(result.totals).toMatchObject({ landed: numTraces, missing: 0 });
      expect(await bench.tables(target)).toEqual(undisturbed);
    },
  );

  it.each([
    ['the keys of a batch are another document', infos, otherDocument],
    ['the rows of a batch are cut off', rows, cutOff],
  ])('a rebuild does its page again where %s', async (_case, files, spoil) => {
    const target = bench.newTarget();
    await bench.copy(target);
    damage = { files: files === infos ? /b\d+\.json\.gz$/ : files, spoil, times: 1 };
    const input = { target, monitor: false, batchTraces: 5 };
    const result = await bench.pipeline.run<RebuildResult>('rebuildGold', input);
    expect(damage.times).toBe(0);
    expect(result.traces).toBe(numTraces);
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  it('a rebuild ends where its files are lost again and again, and says so', async () => {
    const target = bench.newTarget();
    await bench.copy(target);
    damage = { files: rows, spoil: lost, times: Number.MAX_SAFE_INTEGER };
    const { code } = await failureOf(bench.pipeline.run('rebuildGold', { target, monitor: false }));
    expect(code).toBe('StagingLost');
  });
});
