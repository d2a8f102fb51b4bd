/**
 * What Temporal remembers of a run against what the tables hold: between two workers an older copy of the tables is put
 * back, or their log is cut off.
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { readJson } from '../../src/json/decode-json.js';
import type { RunReceipt } from '../../src/copy/close/receipt.js';
import type { RunResult } from '../../src/workflows/contract.js';
import type { Dump } from '../contract/dump-tables.js';
import { expectCovered } from '../contract/table-invariants.js';
import { killWorker, loadWorker, startWorkerProcess } from '../crash/worker-process.js';
import { isListing } from '../fakes/faulty-mlflow.js';
import { openFaultBench } from '../faults/fault-bench.js';
import type { FaultBench } from '../faults/fault-bench.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { deadAfter, writeWorkflowBundle } from '../workflows/workflow-bundle.js';

const numTraces = 60;
const testTimeoutMs = 240_000;

/** When the first and the second worker are killed: with how many windows in the ledger, at least. */
const deaths = { first: 2, second: 5 };

describeWith(['mlflow', 'temporal'], 'a run whose tables are set back', () => {
  let bench: FaultBench;
  let undisturbed: Dump;
  let folder: string;
  let bundlePath: string;

  beforeAll(async () => {
    bench = await openFaultBench({ mlflow: mlflowUri(), temporal: temporalAddress() }, { numTraces });
    const target = bench.newTarget();
    await bench.copy(target);
    undisturbed = await bench.tables(target);
    folder = await mkdtemp(join(tmpdir(), 'tracelift-older-'));
    bundlePath = await writeWorkflowBundle(join(folder, 'workflow-bundle.js'));
  }, testTimeoutMs);

  afterEach(() => bench.proxy.heal());

  afterAll(async () => {
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs until so many windows are recorded, kills the worker in the middle of a listing, does something to the files. */
  async function disturbed(
    act: (tables: string, older: string) => Promise<void>,
  ): Promise<{ readonly result: RunResult; readonly target: string }> {
    const target = bench.newTarget();
    const { dataDir, client } = bench.pipeline;
    const tables = join(dataDir, target);
    const older = join(folder, randomUUID());
    await mkdir(older);
    const env = {
      ...{ MLFLOW_TRACKING_URI: bench.proxy.address, TRACELIFT_DATA: dataDir },
      ...{ TRACELIFT_SOURCE_ID: 'source', TRACELIFT_LAG_MS: '0' },
    };
    const taskQueue = `older-${randomUUID()}`;
    const order = { env, dataDir, taskQueue, bundlePath, temporal: temporalAddress(), point: null };
    const workers: ChildProcess[] = [loadWorker(), loadWorker(), loadWorker()];
    try {
      const [first, second, third] = workers as [ChildProcess, ChildProcess, ChildProcess];
      await startWorkerProcess(first, order);
      const handle = await client.workflow.start('backfillTraces', {
        ...{ taskQueue, workflowId: taskQueue, workflowTaskTimeout: '1 second', ...deadAfter(1000) },
        args: [{ ...bench.input, target }],
      });
      const recorded = async (): Promise<number> => {
        const { events } = await handle.fetchHistory();
        const names = (events ?? []).map((one) => one.activityTaskScheduledEventAttributes?.activityType?.name);
        return names.filter((name) => name === 'recordWindow').length;
      };
      const killedAt = (worker: ChildProcess, windows: number): Promise<void> =>
        new Promise((resolve, reject) => {
          let killing: Promise<void> | null = null;
          bench.proxy.before(isListing, async () => {
            // One more is scheduled than is known to be written.
            if (killing === null && (await recorded()) <= windows) return;
            killing ??= killWorker(worker).then(resolve, reject);
            await killing;
          });
        });
      await killedAt(first, deaths.first);
      for (const file of await tableFiles(tables)) await copyFile(join(tables, file), join(older, file));
      bench.proxy.heal();
      await startWorkerProcess(second, order);
      await killedAt(second, deaths.second);
      bench.proxy.heal();
      await act(tables, older);
      await startWorkerProcess(third, order);
      return { result: (await handle.result()) as RunResult, target };
    } finally {
      await Promise.all(workers.map(killWorker));
    }
  }

  async function tableFiles(path: string): Promise<string[]> {
    return (await readdir(path)).filter((name) => /^tables\.duckdb(\.wal)?$/.test(name));
  }

  async function expectWhole({ result, target }: Awaited<ReturnType<typeof disturbed>>): Promise<void> {
    expect(result.totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0 });
    expect(await bench.tables(target)).toEqual(undisturbed);
    const warehouse = await bench.warehouse(target);
    await expectCovered(warehouse, { sourceId: 'source', experimentId: bench.seeded.experimentId }, result);
    const reading = readJson(await readFile(result.receiptPath, 'utf8'));
    if (!reading.ok) throw new Error('the receipt is no JSON');
    const receipt = reading.value as unknown as RunReceipt;
    const landed = receipt.windows.reduce((sum, window) => sum + Number(window.landed), 0);
    expect({ landed, windows: receipt.windows.length }).toEqual({ landed: numTraces, windows: result.totals.windows });
  }

  it(
    'a run whose tables are set back goes back to where the ledger ends when an older copy of the tables is put back',
    async () => {
      await expectWhole(
        await disturbed(async (tables, older) => {
          for (const file of await tableFiles(tables)) await rm(join(tables, file));
          for (const file of await tableFiles(older)) await copyFile(join(older, file), join(tables, file));
        }),
      );
    },
    testTimeoutMs,
  );

  it(
    'a run whose tables are set back goes back to where the ledger ends when the log of the tables is cut off',
    async () => {
      await expectWhole(
        await disturbed(async (tables) => {
          const wal = join(tables, 'tables.duckdb.wal');
          const { size } = await stat(wal);
          expect(size).toBeGreaterThan(0);
          await truncate(wal, Math.floor(size / 2));
        }),
      );
    },
    testTimeoutMs,
  );
});
