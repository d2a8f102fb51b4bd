/** Activities with real tables and real staging in a temporary folder, and a source in memory. */
import { noPrices } from '../../src/prices/price-list.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'vitest';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';

import { createActivities } from '../../src/activities/activities.js';
import type { Activities } from '../../src/activities/activities.js';
import type { ActivityDependencies } from '../../src/copy/dependencies.js';
import { DuckDbDatabase } from '../../src/targets/duckdb/database.js';
import { openDuckDbWarehouse } from '../../src/targets/duckdb/duckdb-warehouse.js';
import { createDuckDbMonitor } from '../../src/targets/duckdb/monitor/duckdb-monitor.js';
import { fileReceipts } from '../../src/targets/receipts/file-receipts.js';
import { createLocalStaging } from '../../src/targets/local-staging/local-staging.js';
import { TraceliftError } from '../../src/errors/index.js';
import type { Interval } from '../../src/copy/prepare/coverage.js';
import type { PreflightRequest } from '../../src/copy/prepare/messages.js';
import { addTotals, emptyTotals } from '../../src/copy/run.js';
import type { PreparedRun } from '../../src/copy/run.js';
import type { ClosedRun, RunEvent } from '../../src/copy/close/messages.js';
import { emptyDigest } from '../../src/copy/list/ids-digest.js';
import { resolveRunSettings } from '../../src/copy/run-settings.js';
import type { RunSettings } from '../../src/copy/run-settings.js';
import { manifestKey, windowPrefix } from '../../src/copy/staging-layout.js';
import type { CommitResult } from '../../src/copy/commit/messages.js';
import type { ListedPage } from '../../src/copy/list/messages.js';
import type { ProcessedBatch } from '../../src/copy/process/messages.js';
import type { VerifiedWindow } from '../../src/copy/verify/messages.js';
import { isBatch, readDocument } from '../../src/copy/staged-documents.js';
import { startCursor } from '../../src/copy/list/cursor.js';
import type { Difference } from '../../src/copy/list/diff.js';
import { silentLog } from '../../src/log.js';
import type { Staging } from '../../src/targets/staging.js';
import type { Warehouse } from '../../src/targets/warehouse.js';
import { createTokenCounter } from '../../src/tokenizer/token-counter.js';
import { MemorySource } from '../fakes/memory-source.js';

// The failures that tests provoke are not news.
Runtime.install({ logger: new DefaultLogger('ERROR') });

export interface ActivityBench {
  readonly source: MemorySource;
  readonly warehouse: Warehouse;
  readonly staging: Staging;
  readonly events: RunEvent[];
  readonly dependencies: ActivityDependencies;
  /** Runs one activity in Temporal's mock environment. */
  run<Name extends keyof Activities>(
    name: Name,
    request: Parameters<Activities[Name]>[0],
    info?: { readonly attempt?: number },
  ): Promise<Awaited<ReturnType<Activities[Name]>>>;
  /** Preflight of everything, or of what the request says. */
  prepare(request?: Partial<PreflightRequest>): Promise<PreparedRun>;
  /** List, process, commit and verify one window over the whole range. */
  copy(prepared: PreparedRun, round?: number, rereadWithin?: readonly Interval[]): Promise<CopiedWindow>;
  /** Records the one window of a copy and closes the run; without a copy, one that had nothing to do. */
  finish(prepared: PreparedRun, copied?: Pick<CopiedWindow, 'verified'>): Promise<ClosedRun>;
  /** Runs a statement as somebody else who writes the tables. */
  write(sql: string): Promise<number>;
  /** How many traces a page staged to be copied, by what differs. */
  differences(page: ListedPage): Promise<Partial<Record<Difference, number>>>;
  close(): Promise<void>;
}

interface CopiedWindow {
  readonly page: ListedPage;
  readonly files: readonly ProcessedBatch[];
  readonly committed: CommitResult | null;
  readonly verified: VerifiedWindow;
}

const defaults: RunSettings = resolveRunSettings(
  {
    windowBytes: 1e9,
    batchTraces: 100,
    batchBytes: 1e9,
    concurrency: 2,
    lagMs: 0,
    settleMs: 1000,
    maxWindowsPerRun: 4,
  },
  'databricks',
);

/** Every run of a bench is this one. */
const ids = { workflowId: 'test/run', firstRunId: 'first' } as const;

export async function openActivityBench(overrides: Partial<ActivityDependencies> = {}): Promise<ActivityBench> {
  const folder = await mkdtemp(join(tmpdir(), 'tracelift-activities-'));
  const path = join(folder, 'test.duckdb');
  const database = await DuckDbDatabase.open({ path, log: silentLog });
  const warehouse = await openDuckDbWarehouse({ path, log: silentLog });
  const staging = createLocalStaging({ root: join(folder, 'staging'), log: silentLog });
  const monitor = createDuckDbMonitor({ database, goldTable: 'genai_processed_traces_gold', log: silentLog });
  const source = new MemorySource();
  const events: RunEvent[] = [];
  const dependencies: ActivityDependencies = {
    source: async (name) => {
      if (name !== null && name !== 'default') throw new TraceliftError('SourceNotConfigured', { source: name });
      return { name: 'default', source };
    },
    target: async () => ({
      name: 'local',
      warehouse,
      staging,
      monitor,
      attachments: null,
      monitorSpec: null,
      defaults,
    }),
    processing: { encoding: 'cl100k_base', dimensions: [], metrics: [], prices: noPrices, userIdHashKey: null },
    tokenCounter: createTokenCounter({ encoding: 'cl100k_base' }),
    defaultLookbackMs: 3_600_000,
    writeReceipt: fileReceipts(join(folder, 'receipts')),
    notify: async (event) => {
      events.push(event);
    },
    hostName: 'host',
    version: '0.0.0',
    log: silentLog,
    ...overrides,
  };
  const activities = createActivities(dependencies);
  const bench: ActivityBench = {
    source,
    warehouse,
    staging,
    events,
    dependencies,
    run: (name, request, info = {}) => {
      const environment = new MockActivityEnvironment(info);
      return environment.run(activities[name] as (request: unknown) => Promise<never>, request);
    },
    write: (sql) => database.run(sql),
    prepare: (request = {}) =>
      bench.run('preflight', {
        experiment: '1',
        sourceName: null,
        targetName: null,
        settings: {},
        range: { kind: 'explicit', fromMs: null, toMs: null },
        ...ids,
        ...request,
      }),
    copy: (prepared, round = 0, rereadWithin = []) => copyWindow(bench, prepared, round, rereadWithin),
    finish: (prepared, copied) => finishRun(bench, prepared, copied),
    differences: (page) => countDifferences(staging, page),
    async close() {
      await warehouse.close();
      await database.close();
      await staging.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return bench;
}

async function countDifferences(staging: Staging, page: ListedPage): Promise<Partial<Record<Difference, number>>> {
  const counts: Partial<Record<Difference, number>> = {};
  for (const { key } of page.batches) {
    for (const { difference } of (await readDocument(staging, key, isBatch)).traces) {
      counts[difference] = (counts[difference] ?? 0) + 1;
    }
  }
  return counts;
}

async function finishRun(
  bench: ActivityBench,
  prepared: PreparedRun,
  copied: Pick<CopiedWindow, 'verified'> | undefined,
): Promise<ClosedRun> {
  const { run, experimentName, fromMs } = prepared;
  const toMs = copied === undefined ? fromMs : prepared.toMs;
  let totals = emptyTotals;
  if (copied !== undefined) {
    const { verified } = copied;
    const { listed, landed, deadLettered, missing, extra } = verified;
    const window = { windowIndex: 0, fromMs, toMs, changed: landed, repairRounds: 0, startedAtMs: fromMs, verified };
    expect(await bench.run('recordWindow', { ...ids, run, ...window })).toBeUndefined();
    totals = addTotals(emptyTotals, { windows: 1, listed, landed, deadLettered, missing, extra });
  }
  const idsDigest = copied?.verified.idsDigest ?? emptyDigest;
  const request = { ...ids, run, experimentName, fromMs, toMs, totals, idsDigest, outcome: 'finished' as const };
  const closed = await bench.run('closeRun', request);
  if ('behind' in closed) throw new Error('the ledger does not carry the run');
  return closed;
}

async function copyWindow(
  bench: ActivityBench,
  prepared: PreparedRun,
  round: number,
  rereadWithin: readonly Interval[],
): Promise<CopiedWindow> {
  const { run, settings, fromMs, toMs } = prepared;
  const page = await bench.run('listPage', {
    run,
    settings,
    windowIndex: 0,
    round,
    pageIndex: 0,
    fromMs,
    limitMs: toMs,
    tracesTaken: 0,
    tracesLeft: 1e6,
    bytesLeft: 1e12,
    fetchesLeft: 1e6,
    cursor: startCursor(fromMs),
    rereadWithin,
  });
  const files: ProcessedBatch[] = [];
  for (const batch of page.batches) files.push(await bench.run('processBatch', { run, settings, batch }));
  let committed: CommitResult | null = null;
  if (files.length > 0) {
    const key = manifestKey(windowPrefix(run.stagingPrefix, 0, round));
    await bench.run('sealWindow', { run, settings, manifestKey: key, files });
    committed = await bench.run('commitManifest', { run, manifestKey: key });
  }
  const seenKeys = page.seenKey === null ? [] : [page.seenKey];
  const verified = await bench.run('verifyWindow', {
    ...{ run, settings, fromMs, toMs, seenKeys, relist: true },
    inserted: committed?.inserted ?? 0,
  });
  return { page, files, committed, verified };
}
