/**
 * Speed and memory of the whole pipeline: bare reader, first backfill and re-run, interleaved, against a real MLflow;
 * then once more against a server that answers from memory, so that the source is not the limit.
 *
 *   npm run bench:pipeline -- --traces 4000 --rounds 3
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Client, Connection } from '@temporalio/client';

import { findMlflow, startMlflow } from '../src/embedded/mlflow-server.js';
import { cacheDirectory } from '../src/embedded/part-cache.js';
import { startSyntheticMlflow } from '../src/embedded/recorded-mlflow/synthetic.js';
import { findTemporal, startTemporal } from '../src/embedded/temporal-server.js';
import { silentLog } from '../src/ports/log.js';
import type { RunResult } from '../src/workflows/contract.js';
import { seedTraces } from '../test/servers/seed.js';
import { readEverything } from './bare-reader.js';
import { WorkerProcess } from './worker-process.js';

const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '3' },
    spans: { type: 'string', default: '5' },
    'synthetic-only': { type: 'boolean', default: false },
  },
});
const numTraces = Number(flags.traces);
const rounds = Number(flags.rounds);
const spansPerTrace = Number(flags.spans);

interface Round {
  readonly bareSeconds: number;
  readonly firstSeconds: number;
  readonly againSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** One backfill of a fresh target and a second one of the same. */
async function pipelineRound(
  client: Client,
  temporal: string,
  mlflow: string,
  experimentId: string,
): Promise<Omit<Round, 'bareSeconds'>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tracelift-bench-'));
  const taskQueue = `bench-${randomUUID()}`;
  const worker = await WorkerProcess.start({
    TEMPORAL_ADDRESS: temporal,
    MLFLOW_TRACKING_URI: mlflow,
    TRACELIFT_DATA: dataDir,
    TRACELIFT_TASK_QUEUE: taskQueue,
    TRACELIFT_LAG_MS: '0',
  });
  const backfill = async (expected: Partial<RunResult['totals']>): Promise<void> => {
    const result = (await client.workflow.execute('backfillTraces', {
      taskQueue,
      workflowId: `bench-${randomUUID()}`,
      args: [{ experiment: experimentId, monitor: false }],
    })) as RunResult;
    for (const [name, value] of Object.entries(expected)) {
      const found = result.totals[name as keyof RunResult['totals']];
      if (found !== value) throw new Error(`${name} is ${String(found)}, not ${String(value)}`);
    }
  };
  try {
    const firstSeconds = await seconds(() => backfill({ landed: numTraces, inserted: numTraces }));
    const usage = worker.usage();
    const againSeconds = await seconds(() => backfill({ landed: numTraces, inserted: 0, updated: 0 }));
    return { firstSeconds, againSeconds, ...usage };
  } finally {
    await worker.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(client: Client, temporal: string, mlflow: string, experimentId: string): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bareSeconds = await seconds(() => readEverything(mlflow, experimentId));
    measured.push({ bareSeconds, ...(await pipelineRound(client, temporal, mlflow, experimentId)) });
  }
  return measured;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function line(label: string, values: readonly number[], unit: string): string {
  const spread = `${Math.min(...values).toFixed(2)}..${Math.max(...values).toFixed(2)}`;
  return `${label.padEnd(34)} ${median(values).toFixed(2).padStart(9)} ${unit.padEnd(9)} (${spread})`;
}

function report(title: string, measured: readonly Round[]): void {
  console.log(
    `\n${title}: ${String(numTraces)} traces x ${String(spansPerTrace)} spans, ${String(rounds)} rounds, median (spread)`,
  );
  const of = (pick: (round: Round) => number): number[] => measured.map(pick);
  console.log(
    line(
      'bare reader',
      of((one) => numTraces / one.bareSeconds),
      'traces/s',
    ),
  );
  console.log(
    line(
      'first backfill',
      of((one) => numTraces / one.firstSeconds),
      'traces/s',
    ),
  );
  console.log(
    line(
      'first backfill / bare reader',
      of((one) => one.bareSeconds / one.firstSeconds),
      'ratio',
    ),
  );
  console.log(
    line(
      're-run / first backfill, time',
      of((one) => one.againSeconds / one.firstSeconds),
      'ratio',
    ),
  );
  console.log(
    line(
      're-run',
      of((one) => one.againSeconds),
      's',
    ),
  );
  console.log(
    line(
      'worker CPU, first backfill',
      of((one) => one.cpuSeconds),
      's',
    ),
  );
  console.log(
    line(
      'worker peak memory',
      of((one) => one.peakMegabytes),
      'MB',
    ),
  );
}

async function main(): Promise<void> {
  const search = { env: process.env, cacheDir: cacheDirectory(process.env), log: silentLog };
  const dataDir = await mkdtemp(join(tmpdir(), 'tracelift-bench-servers-'));
  const temporal = await startTemporal({
    part: await findTemporal(search),
    dataDir: join(dataDir, 't'),
    log: silentLog,
  });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  console.log(
    `${String(cpus().length)} x ${cpus()[0]?.model ?? '?'}, Node ${process.version}, load ${loadavg()
      .map((one) => one.toFixed(1))
      .join(' ')}`,
  );
  try {
    if (!flags['synthetic-only']) {
      const mlflow = await startMlflow({
        part: await findMlflow(search),
        dataDir: join(dataDir, 'm'),
        log: silentLog,
        env: process.env,
      });
      try {
        const seeded = await seedTraces({ address: mlflow.uri, experimentName: 'bench', numTraces, spansPerTrace });
        report(
          `MLflow ${mlflow.version ?? ''}`,
          await measure(client, temporal.address, mlflow.uri, seeded.experimentId),
        );
      } finally {
        await mlflow.stop();
      }
    }
    const synthetic = await startSyntheticMlflow({ numTraces, spansPerTrace, bytesPerTrace: 16_000 });
    try {
      report(
        'a source that is not the limit',
        await measure(client, temporal.address, synthetic.address, synthetic.experimentId),
      );
    } finally {
      await synthetic.close();
    }
  } finally {
    await connection.close();
    await temporal.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
