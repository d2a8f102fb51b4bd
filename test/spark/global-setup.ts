/** Starts one Spark for all Spark tests of a run, or says why they are skipped. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { SparkPartMissing } from './spark-parts.js';
import { startSpark } from './start-spark.js';

/** What the tests get: where Spark listens, or the reason why there is none. */
export type SparkForTests = { readonly port: number; readonly folder: string } | { readonly missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    spark: SparkForTests;
  }
}

/** `TRACELIFT_REQUIRE=spark` turns the skip into a failure (comma-separated list). */
const isRequired = (process.env['TRACELIFT_REQUIRE'] ?? '').split(',').includes('spark');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tracelift-spark-'));
  try {
    const spark = await startSpark(folder);
    project.provide('spark', { port: spark.port, folder });
    return async () => {
      await spark.stop();
      await rm(folder, { recursive: true, force: true });
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (isRequired || !(error instanceof SparkPartMissing)) throw error;
    console.warn(`The tests on Spark are skipped: ${error.message}.`);
    project.provide('spark', { missing: error.message });
    return async () => {};
  }
}
