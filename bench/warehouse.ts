/**
 * Seconds of a commit by number of staged traces: DuckDB, and Delta on an open-source Spark. Each size is committed
 * three times: new traces, every trace changed, and the same again (nothing to do).
 *
 * `npm run bench:warehouse [-- 1000 10000]`. Without Java or Python only DuckDB is measured.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDbWarehouse } from '../src/targets/duckdb/duckdb-warehouse.js';
import { createLocalStaging } from '../src/targets/local-staging/local-staging.js';
import { silentLog } from '../src/log.js';
import type { Staging } from '../src/targets/staging.js';
import type { StagedFile } from '../src/copy/process/messages.js';
import type { Warehouse } from '../src/targets/warehouse.js';
import { FakeWorkspace } from '../test/fakes/databricks/workspace.js';
import { landedTrace } from '../test/contract/staged-traces.js';
import { openSparkTarget } from '../test/spark/open-spark-target.js';
import { SparkPartMissing } from '../test/spark/spark-parts.js';
import { startSpark } from '../test/spark/start-spark.js';
import { ThriftFront } from '../test/spark/thrift-front.js';

/** Traces of one staged file. */
const batchSize = 100;
const spansPerTrace = 5;
/** About 2 KB of text per trace, different in each. */
const words = 'where is my parcel and when will it come to the door of my neighbour ';

interface Target {
  readonly name: string;
  readonly warehouse: Warehouse;
  readonly staging: Staging;
  close(): Promise<void>;
}

interface Measurement {
  readonly target: string;
  readonly numTraces: number;
  readonly newSeconds: number;
  readonly changedSeconds: number;
  readonly sameSeconds: number;
}

function traceOf(round: number, version: number, index: number): ReturnType<typeof landedTrace> {
  const text = JSON.stringify({ question: `${index} ${words.repeat(14)}`, version });
  return landedTrace({
    experimentId: `size-${round}`,
    traceId: `tr-${index}`,
    startTimeMs: Date.UTC(2026, 0, 1) + index * 1000,
    observedAtMs: Date.UTC(2026, 1, 1) + version * 1000,
    sourceHash: `hash-${version}`,
    spans: spansPerTrace,
    numbers: { metric_helpfulness: index % 5, metric_relevance: (index % 100) / 100 },
    assessments: [{}, { name: 'relevance', column_name: 'metric_relevance' }],
    raw: { request: text, response: text },
  });
}

async function stage(target: Target, round: number, version: number, numTraces: number): Promise<StagedFile[]> {
  const files: StagedFile[] = [];
  for (let start = 0; start < numTraces; start += batchSize) {
    const length = Math.min(batchSize, numTraces - start);
    const traces = Array.from({ length }, (_, offset) => traceOf(round, version, start + offset));
    files.push(await target.staging.writeTraces(`bench/run/w${round}-v${version}/b${start}.parquet`, traces));
  }
  return files;
}

async function commitSeconds({ warehouse, staging }: Target, files: readonly StagedFile[]): Promise<number> {
  const locations = files.map(({ key }) => staging.location(key));
  const startedMs = performance.now();
  await warehouse.commit({ files, locations, maxMetricColumns: 300 });
  return (performance.now() - startedMs) / 1000;
}

async function measure(target: Target, round: number, numTraces: number): Promise<Measurement> {
  const first = await stage(target, round, 1, numTraces);
  const newSeconds = await commitSeconds(target, first);
  const second = await stage(target, round, 2, numTraces);
  const changedSeconds = await commitSeconds(target, second);
  const sameSeconds = await commitSeconds(target, second);
  return { target: target.name, numTraces, newSeconds, changedSeconds, sameSeconds };
}

async function openDuckDb(folder: string): Promise<Target> {
  const warehouse = await openDuckDbWarehouse({ path: join(folder, 'bench.duckdb'), log: silentLog });
  const staging = createLocalStaging({ root: join(folder, 'staging'), log: silentLog });
  const close = async (): Promise<void> => {
    await warehouse.close();
    await staging.close();
  };
  return { name: 'DuckDB', warehouse, staging, close };
}

async function openSpark(folder: string): Promise<Target> {
  const spark = await startSpark(join(folder, 'spark'), 'data');
  const volumesFolder = join(folder, 'volumes');
  await mkdir(volumesFolder);
  const front = new ThriftFront({ sparkPort: () => spark.port, catalogs: ['main'], volumesFolder });
  const workspace = new FakeWorkspace({ volumesFolder, sql: (body) => front.handle(body) });
  await workspace.start();
  const target = await openSparkTarget(workspace, 'bench');
  const close = async (): Promise<void> => {
    await target.close();
    front.close();
    await workspace.stop();
    await spark.stop();
  };
  return { name: 'Delta on Spark', warehouse: target.warehouse, staging: target.staging, close };
}

function print(measurements: readonly Measurement[]): void {
  const seconds = (value: number): string => value.toFixed(1).padStart(8);
  console.log(`\n${'target'.padEnd(16)}${'traces'.padStart(8)}     new  changed     same   (seconds per commit)`);
  for (const { target, numTraces, newSeconds, changedSeconds, sameSeconds } of measurements) {
    const times = [newSeconds, changedSeconds, sameSeconds].map(seconds).join(' ');
    console.log(`${target.padEnd(16)}${String(numTraces).padStart(8)}${times}`);
  }
}

async function run(open: (folder: string) => Promise<Target>, sizes: readonly number[]): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tracelift-bench-'));
  const measurements: Measurement[] = [];
  try {
    const target = await open(folder);
    try {
      await target.warehouse.prepare();
      // A first small commit is not counted: it pays for everything that happens once.
      await measure(target, 0, batchSize);
      for (const [index, size] of sizes.entries()) measurements.push(await measure(target, index + 1, size));
    } finally {
      await target.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return measurements;
}

const given = process.argv.slice(2).map(Number);
const sizes = given.length > 0 ? given : [1_000, 10_000, 100_000];
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, load ${loadavg()[0] ?? 0}`);
const results = await run(openDuckDb, sizes);
print(results);
try {
  results.push(...(await run(openSpark, sizes)));
  print(results);
} catch (error) {
  if (!(error instanceof SparkPartMissing)) throw error;
  console.log(`Spark is not measured: ${error.message}.`);
}
