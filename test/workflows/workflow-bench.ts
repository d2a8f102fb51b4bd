/**
 * Runs workflows on a real Temporal server with scripted activities: what is tested is the workflow logic alone.
 */
import { randomUUID } from 'node:crypto';

import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

import type { Activities } from '../../src/activities/activities.js';
import { catalogueFailures } from '../../src/activities/failure-interceptor.js';
import { emptyDigest } from '../../src/copy/list/ids-digest.js';
import type { PreflightRequest } from '../../src/copy/prepare/messages.js';
import type { PreparedRun } from '../../src/copy/run.js';
import { resolveRunSettings, withAsked } from '../../src/copy/run-settings.js';
import type { RunSettings } from '../../src/copy/run-settings.js';
import type { ListPageRequest, ListedPage } from '../../src/copy/list/messages.js';
import type { ProcessBatchRequest, ProcessedBatch } from '../../src/copy/process/messages.js';
import type { RecordWindowRequest } from '../../src/copy/record/messages.js';
import type { VerifiedWindow } from '../../src/copy/verify/messages.js';
import { silentLog } from '../../src/log.js';
import type { MonitorStatus } from '../../src/monitor/quality-monitor.js';
import { deadAfter, workflowBundle } from './workflow-bundle.js';

/** Small windows, so that a few scripted traces fill several. */
const settings = resolveRunSettings(
  {
    windowTraces: 10,
    pageSize: 5,
    batchTraces: 5,
    concurrency: 2,
    lagMs: 0,
    settleMs: 0,
    maxFailedRatio: 0.5,
    minTracesForRatio: 10,
    maxWindowsPerRun: 4,
  },
  'duckdb',
);

const active: MonitorStatus = {
  state: 'active',
  profileTable: 'gold_profile_metrics',
  driftTable: 'gold_drift_metrics',
  dashboardUrl: null,
  lastRefreshMs: 1,
  profileRows: 1,
  driftRows: 1,
  failure: null,
};

/**
 * A source of `numTraces` traces, one per millisecond from 0 on, in windows of ten and pages of five. Records what was
 * called, so that tests can assert order and arguments.
 */
export class ScriptedActivities {
  readonly calls: { readonly name: string; readonly request: unknown }[] = [];
  readonly recorded: RecordWindowRequest[] = [];
  readonly removed: string[] = [];

  constructor(
    readonly numTraces: number,
    private readonly overrides: Partial<Activities> = {},
    private readonly settingOverrides: Partial<RunSettings> = {},
    private readonly targetLock: string = randomUUID(),
  ) {}

  names(): string[] {
    return this.calls.map((call) => call.name);
  }

  activities(): Activities {
    const scripted: Activities = { ...this.defaults(), ...this.overrides };
    const recording = Object.entries(scripted).map(([name, activity]) => [
      name,
      (request: never) => {
        this.calls.push({ name, request });
        return activity(request);
      },
    ]);
    return Object.fromEntries(recording) as Activities;
  }

  /** The default script, for overrides that only fail sometimes. */
  defaults(): Activities {
    return {
      preflight: async (request) => this.prepare(request),
      listPage: async (request) => listScripted(this.numTraces, request),
      processBatch: async (request) => processScripted(request),
      sealWindow: async () => undefined,
      commitManifest: async () => ({
        inserted: 10,
        updated: 0,
        deadLettered: 0,
        columnsOverLimit: 0,
      }),
      verifyWindow: async (request) => verified(request.toMs - request.fromMs),
      recordWindow: async (request) => {
        this.recorded.push(request);
      },
      removeStaged: async (request) => {
        this.removed.push(request.prefix);
      },
      ensureMonitorExists: async () => ({ action: 'unchanged', status: active }),
      monitorStatus: async () => active,
      refreshMonitor: async () => ({ profileRowsWritten: 0, driftRowsWritten: 0, status: active }),
      publishTarget: async () => null,
      closeRun: async () => ({ receiptPath: '/receipts/one.json' }),
      notifyRun: async () => undefined,
      describeTarget: async () => ({ targetName: 'local', targetLock: this.targetLock }),
      resolveExperiments: async () => ({
        experiments: [
          { experimentId: '1', name: 'one' },
          { experimentId: '2', name: 'two' },
        ],
        targetName: 'local',
        targetLock: this.targetLock,
      }),
      prepareRebuild: async () => {
        const { run, settings: resolved } = this.prepare(preflightOf('1'));
        return { run, settings: resolved, targetLock: this.targetLock };
      },
      listRawPage: async ({ page }) => ({
        batches: page === 0 ? [{ key: 'raw-b0', traces: this.numTraces }] : [],
        last: null,
      }),
      processRawBatch: async ({ rebuild, batch }) =>
        processScripted({ run: rebuild.run, settings: rebuild.settings, batch }),
    };
  }

  private prepare(request: PreflightRequest): PreparedRun {
    return {
      run: {
        sourceName: 'default',
        targetName: 'local',
        scope: { sourceId: 'test', experimentId: request.experiment },
        targetFingerprint: 'f',
        experimentCreatedAtMs: null,
        stagingPrefix: 'run/one',
      },
      experimentName: 'scripted',
      fromMs: 0,
      toMs: this.numTraces,
      settings: withAsked({ ...settings, ...this.settingOverrides }, request.settings),
      expectedTraces: this.numTraces,
      targetLock: this.targetLock,
      startedAtMs: 0,
      hasWebhook: false,
    };
  }
}

function preflightOf(experiment: string): PreflightRequest {
  return {
    experiment,
    sourceName: null,
    targetName: null,
    settings: {},
    range: { kind: 'explicit', fromMs: null, toMs: null },
    workflowId: 'scripted',
    firstRunId: 'scripted',
  };
}

function listScripted(numTraces: number, request: ListPageRequest): ListedPage {
  const startMs = request.cursor.lastMs;
  const endMs = Math.min(startMs + 5, request.limitMs, numTraces);
  const windowEndMs = Math.min(request.fromMs + 10, request.limitMs);
  const listed = endMs - startMs;
  const prefix = `w${String(request.windowIndex)}-r${String(request.round)}-p${String(request.pageIndex)}`;
  return {
    pages: 1,
    listed,
    unchanged: 0,
    deadSkipped: 0,
    bytes: listed,
    batches: listed === 0 ? [] : [{ key: `${prefix}-b0`, traces: listed }],
    next: { lastMs: endMs, idsAtLast: [] },
    closeAtMs: endMs >= windowEndMs ? windowEndMs : null,
    seenKey: `${prefix}-seen`,
  };
}

function processScripted(request: ProcessBatchRequest): ProcessedBatch {
  return {
    key: `${request.batch.key}.parquet`,
    numTraces: request.batch.traces,
    numDeadLetters: 0,
    numSpans: request.batch.traces * 2,
    numAssessments: 0,
    numDocuments: 0,
    numAttachments: 0,
    bytes: 1,
    failedIds: [],
  };
}

/** A passed verification of a window of so many traces. */
export function verified(listed: number, part: Partial<VerifiedWindow> = {}): VerifiedWindow {
  return {
    state: 'complete',
    listed,
    landed: listed,
    deadLettered: 0,
    missing: 0,
    missingIds: [],
    moved: 0,
    extra: 0,
    idsDigest: emptyDigest,
    ...part,
  };
}

Runtime.install({ logger: new DefaultLogger('WARN') });

export interface WorkflowBench {
  readonly client: Client;
  readonly taskQueue: string;
}

/** Runs `work` while a worker with these activities polls a queue; default: one of its own. */
export async function withWorker<Result>(
  address: string,
  activities: Activities,
  work: (bench: WorkflowBench) => Promise<Result>,
  taskQueue = `test-${randomUUID()}`,
): Promise<Result> {
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  try {
    const worker = await Worker.create({
      connection: native,
      taskQueue,
      workflowBundle: await workflowBundle(),
      activities,
      // What a double throws reaches the workflow as what an activity of the product throws: by code, retried or not.
      interceptors: { activity: [catalogueFailures(silentLog)] },
      // Cancellation reaches an activity only with a heartbeat that is sent.
      maxHeartbeatThrottleInterval: 500,
    });
    return await worker.runUntil(work({ client: new Client({ connection }), taskQueue }));
  } finally {
    await connection.close();
    await native.close();
  }
}

/** Starts a workflow on the bench's queue under a fresh id. */
export function start(bench: WorkflowBench, workflowType: string, input?: unknown) {
  return bench.client.workflow.start(workflowType, {
    taskQueue: bench.taskQueue,
    workflowId: `test-${workflowType}-${randomUUID()}`,
    // Scripted activities that wait for a test give no sign of life, and must not be given up however long that takes.
    ...deadAfter(120_000),
    args: input === undefined ? [] : [input],
  });
}

/** A gate that a scripted activity waits at until the test opens it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
