/**
 * Brings Spark and Delta onto this machine for the tests: PyPI's `pyspark` (its folder is a whole Spark) and two jars
 * from Maven, kept in the cache.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findUv, type Uv } from '../../src/local/python-environment.js';
import { silentLog } from '../../src/log.js';

const run = promisify(execFile);

/** Versions that fit each other (https://docs.delta.io/latest/releases.html). */
const sparkVersion = '4.0.1';
const deltaVersion = '4.0.1';

/** A part that this machine lacks; the text names it and is the reason of a skipped test. */
export class SparkPartMissing extends Error {
  override readonly name = 'SparkPartMissing';
}

export interface SparkParts {
  /** SPARK_HOME. */
  readonly sparkHome: string;
  /** Folder that holds the Delta jars and nothing else. */
  readonly jarsFolder: string;
}

/** Where downloaded parts are kept: `TRACELIFT_CACHE`, else `~/.cache/tracelift`. */
function cacheFolder(): string {
  return process.env['TRACELIFT_CACHE'] ?? join(homedir(), '.cache', 'tracelift');
}

/**
 * Folders of Spark and the Delta jars, downloaded on the first call (about 450 MB).
 * @throws SparkPartMissing without Java 17, Maven or Python.
 */
export async function sparkParts(): Promise<SparkParts> {
  await requireJava();
  const folder = join(cacheFolder(), `spark-${sparkVersion}-delta-${deltaVersion}`);
  const parts = { sparkHome: join(folder, 'python', 'pyspark'), jarsFolder: join(folder, 'jars') };
  if (!(await exists(join(folder, 'complete')))) await download(folder);
  return parts;
}

/** Java 17 or newer is what Spark 4 needs. */
async function requireJava(): Promise<void> {
  const { stderr } = await run('java', ['-version']).catch(() => {
    throw new SparkPartMissing('Java is not on the PATH');
  });
  const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  if (major < 17) throw new SparkPartMissing(`Java 17 is needed, found ${String(major)}`);
}

/** Fills a folder of its own, then renames it: two runs at once never see half a Spark. */
async function download(folder: string): Promise<void> {
  const uv = await uvCommand();
  await run('mvn', ['--version']).catch(() => {
    throw new SparkPartMissing('Maven (mvn) is not on the PATH');
  });
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(join(cacheFolder(), 'spark-draft-'));
  try {
    await run(uv[0], [
      ...uv.slice(1),
      ...['pip', 'install', '--quiet', '--python', 'python3', '--target', join(draft, 'python')],
      `pyspark==${sparkVersion}`,
    ]);
    for (const artifact of ['delta-spark_2.13', 'delta-storage']) {
      await run('mvn', [
        ...['--quiet', '--batch-mode', 'dependency:copy'],
        `-Dartifact=io.delta:${artifact}:${deltaVersion}`,
        `-DoutputDirectory=${join(draft, 'jars')}`,
      ]);
    }
    await writeFile(join(draft, 'complete'), '');
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await exists(join(folder, 'complete')))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function uvCommand(): Promise<Uv> {
  await run('python3', ['--version']).catch(() => {
    throw new SparkPartMissing('python3 is not on the PATH');
  });
  const uv = await findUv({ env: process.env, cacheDir: cacheFolder(), log: silentLog });
  if (typeof uv === 'string') throw new SparkPartMissing(`uv cannot be had: ${uv}`);
  return uv;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
