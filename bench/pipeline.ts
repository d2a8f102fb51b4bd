/**
 * Speed and memory of the whole pipeline: bare reader, first backfill and re-run, interleaved, against a real MLflow;
 * then once more against a server that answers from memory, so that the source is not the limit, with a refresh after
 * 50 traces were assessed late.
 *
 *   npm run bench:pipeline -- --traces 4000 --rounds 3
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Client, Connection } from '@temporalio/client';

import { findMlflow, startMlflow } from '../src/local/mlflow-server.js';
import { cacheDirectory } from '../src/local/program-search.js';
import { startSyntheticMlflow } from '../test/fakes/synthetic-mlflow/synthetic-mlflow.js';
import { findTemporal, startTemporal } from '../src/local/temporal-server.js';
import { silentLog } from '../src/log.js';
import type { RunResult } from '../src/workflows/contract.js';
import { seedTraces } from '../test/servers/seed.js';
import { activitySeconds } from './activity-seconds.js';
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
  /** One listing alone: what a run without differences, and the verification of a first one, ask of the source. */
  readonly listingSeconds: number;
  readonly firstSeconds: number;
  /** Of them, the time during which a window was being verified. */
  readonly verifySeconds: number;
  readonly againSeconds: number;
  /** A run after {@link numReviewed} traces were assessed late; null where the source cannot order that. */
  readonly refreshSeconds: number | null;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly peakAnonymousMegabytes: number;
}

type PipelineRound = Omit<Round, 'bareSeconds' | 'listingSeconds'>;

const numReviewed = 50;

interface Source {
  readonly address: string;
  readonly experimentId: string;
  /** Has {@link numReviewed} more traces assessed. */
  readonly review?: () => void;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** A backfill of a fresh target, a second one of the same, and one after late assessments. */
async function pipelineRound(client: Client, temporal: string, source: Source): Promise<PipelineRound> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tracelift-bench-'));
  const taskQueue = `bench-${randomUUID()}`;
  const worker = await WorkerProcess.start({
    TEMPORAL_ADDRESS: temporal,
    MLFLOW_TRACKING_URI: source.address,
    TRACELIFT_DATA: dataDir,
    TRACELIFT_TASK_QUEUE: taskQueue,
    TRACELIFT_LAG_MS: '0',
  });
  const backfill = async (workflowId: string, expected: Partial<RunResult['totals']>): Promise<void> => {
    const result = (await client.workflow.execute('backfillTraces', {
      taskQueue,
      workflowId,
      args: [{ experiment: source.experimentId, monitor: false }],
    })) as RunResult;
    for (const [name, value] of Object.entries(expected)) {
      const found = result.totals[name as keyof RunResult['totals']];
      if (found !== value) throw new Error(`${name} is ${String(found)}, not ${String(value)}`);
    }
  };
  const first = `${taskQueue}-first`;
  try {
    const firstSeconds = await seconds(() => backfill(first, { landed: numTraces, inserted: numTraces }));
    const usage = worker.usage();
    const verifySeconds = await activitySeconds(client, first, 'verifyWindow');
    const againSeconds = await seconds(() =>
      backfill(`${taskQueue}-again`, { landed: numTraces, inserted: 0, updated: 0 }),
    );
    const { review } = source;
    review?.();
    const changes = { inserted: 0, updated: numReviewed, unchanged: numTraces - numReviewed };
    const refreshSeconds = review === undefined ? null : await seconds(() => backfill(`${taskQueue}-refresh`, changes));
    return { firstSeconds, verifySeconds, againSeconds, refreshSeconds, ...usage };
  } finally {
    await worker.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(client: Client, temporal: string, source: () => Source): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const chosen = source();
    const { address, experimentId } = chosen;
    const bareSeconds = await seconds(() => readEverything(address, experimentId, 'spans'));
    const listingSeconds = await seconds(() => readEverything(address, experimentId, 'infos'));
    measured.push({ bareSeconds, listingSeconds, ...(await pipelineRound(client, temporal, chosen)) });
  }
  return measured;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function line(label: string, values: readonly number[], unit: string): string {
  const spread = `${Math.min(...values).toFixed(2)}..${Math.max(...values).toFixed(2)}`;
  return `${label.padEnd(36)} ${median(values).toFixed(2).padStart(9)} ${unit.padEnd(9)} (${spread})`;
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
      'one listing / first backfill, time',
      of((one) => one.listingSeconds / one.firstSeconds),
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
      'time with a verification under way',
      of((one) => one.verifySeconds / one.firstSeconds),
      'ratio',
    ),
  );
  const refreshes = measured.flatMap(({ refreshSeconds }) => refreshSeconds ?? []);
  if (refreshes.length > 0) console.log(line(`refresh that finds ${String(numReviewed)} changed`, refreshes, 's'));
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
  console.log(
    line(
      'of it not program code',
      of((one) => one.peakAnonymousMegabytes),
      'MB',
    ),
  );
}

async function main(): Promise<void> {
  const search = { env: process.env, cacheDir: cacheDirectory(process.env), log: silentLog };
  const dataDir = await mkdtemp(join(tmpdir(), 'tracelift-bench-servers-'));
  const temporal = await startTemporal({
    program: await findTemporal(search),
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
        program: await findMlflow(search),
        dataDir: join(dataDir, 'm'),
        log: silentLog,
        env: process.env,
      });
      try {
        const seeded = await seedTraces({ address: mlflow.uri, experimentName: 'bench', numTraces, spansPerTrace });
        report(
          `MLflow ${mlflow.version ?? ''}`,
          await measure(client, temporal.address, () => ({ address: mlflow.uri, experimentId: seeded.experimentId })),
        );
      } finally {
        await mlflow.stop();
      }
    }
    const reviewed = new Set<number>();
    const synthetic = await startSyntheticMlflow({ numTraces, spansPerTrace, bytesPerTrace: 16_000, reviewed });
    const { address, experimentId } = synthetic;
    /** As spread over the history as late assessments are. */
    const review = (): void => {
      for (let index = 0; index < numReviewed; index += 1) reviewed.add(Math.floor((index * numTraces) / numReviewed));
    };
    const unreviewed = (): Source => {
      reviewed.clear();
      return { address, experimentId, review };
    };
    try {
      report('a source that is not the limit', await measure(client, temporal.address, unreviewed));
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
