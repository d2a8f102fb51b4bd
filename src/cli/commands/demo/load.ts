/**
 * Runs what `tracelift demo` shows: MLflow with its own demo data, Temporal, a backfill of every experiment that has
 * traces, the monitor. Everything lies in `<data folder>/demo`, so that a second run finds it again. Never prints.
 */
import { join } from 'node:path';
import { loadConfig } from '../../../config/index.js';
import { TraceliftError } from '../../../errors/index.js';
import { pathSegment } from '../../../copy/staging-layout.js';
import { generateDemoData } from '../../../local/mlflow-demo.js';
import type { Experiment } from '../../../sources/trace-source.js';
import type { GoldSummary } from '../../../targets/warehouse.js';
import type { RunResult } from '../../../workflows/contract.js';
import { startDemoMlflow, type DemoMlflow } from '../../../local/demo-mlflow.js';
import { stopLocalServer } from '../../../local/server-note.js';
import { makePrivateFolder } from '../../../wiring/private-folder.js';
import type { CliSession } from '../../session.js';
import { startRun } from '../../temporal/runs.js';
import { programEnvironment, programLog } from '../../temporal/program.js';
import { openTemporal, type TemporalServer } from '../../temporal/server.js';
import { watchRun } from '../../temporal/watch.js';
import { startOwnWorker } from '../../temporal/worker.js';
import type { RunEvents } from '../../terminal/progress.js';

export interface DemoModel {
  readonly folder: string;
  readonly mlflow: Omit<DemoMlflow, 'leaveRunning' | 'stop'> & { readonly madeData: boolean };
  readonly temporal: { readonly address: string; readonly uiUrl: string | null };
  readonly runs: readonly RunResult[];
  /** Sums over the runs. */
  readonly totals: {
    readonly listed: number;
    readonly landed: number;
    readonly inserted: number;
    readonly updated: number;
    readonly missing: number;
    readonly deadLettered: number;
    readonly spans: number;
  };
  readonly summary: GoldSummary;
  readonly databaseFile: string;
  readonly goldTable: string;
  readonly kept: boolean;
  readonly elapsedMs: number;
}

/** Folder of the demo below the configured data folder. */
function demoFolder(session: CliSession): string {
  return join(session.config.dataDir, 'demo');
}

/** @throws ProgramNotFound, ServerNotStarted, DemoDataRefused, RunFailed, Interrupted */
export async function load(
  session: CliSession,
  { keep }: { readonly keep: boolean },
  events: RunEvents,
): Promise<DemoModel> {
  const startedMs = session.io.nowMs();
  const folder = demoFolder(session);
  makePrivateFolder(session.config.dataDir);
  makePrivateFolder(folder);
  const mlflow = await openDemoMlflow(session, folder, events);
  const madeData = await fillMlflow(mlflow, events);
  useDemoConfig(session, folder, mlflow.uri);
  const temporal = await openTemporal(session, events.note);
  if (keep) {
    temporal.leaveRunning();
    mlflow.leaveRunning();
  }
  await startOwnWorker(session, temporal);
  const experiments = await experimentsWithTraces(session);
  const runs = await copyAll(session, temporal, experiments, events);
  const { warehouse } = await session.target(undefined);
  const target = session.targetConfig(undefined);
  return {
    folder,
    mlflow: { uri: mlflow.uri, version: mlflow.version, started: mlflow.started, recorded: mlflow.recorded, madeData },
    temporal: { address: temporal.address, uiUrl: temporal.uiUrl },
    runs,
    totals: sumTotals(runs),
    summary: await warehouse.summary(),
    databaseFile: target.kind === 'duckdb' ? target.path : warehouse.location,
    goldTable: target.tableNames.gold,
    kept: keep,
    elapsedMs: session.io.nowMs() - startedMs,
  };
}

async function openDemoMlflow(session: CliSession, folder: string, { note }: RunEvents): Promise<DemoMlflow> {
  const env = programEnvironment(session);
  const mlflow = await startDemoMlflow(folder, { env, log: programLog(session, note), notify: note });
  session.onClose(() => mlflow.stop());
  return mlflow;
}

async function fillMlflow(mlflow: DemoMlflow, events: RunEvents): Promise<boolean> {
  if (mlflow.recorded) return false;
  if (!mlflow.started) events.note(`Demo data: made by MLflow at ${mlflow.uri}, which was running before`);
  else events.note('Demo data: MLflow makes it, about half a minute the first time');
  return (await generateDemoData(mlflow.uri)).created;
}

/** Only the demo's own settings hold, whatever the user's file says: the demo must not touch the user's tables. */
function useDemoConfig(session: CliSession, folder: string, uri: string): void {
  const kept = Object.entries(session.io.env).filter(([name]) => /^(TEMPORAL_|MLFLOW_TRACKING_|HOME$)/.test(name));
  const config = loadConfig({
    env: {
      ...Object.fromEntries(kept),
      TRACELIFT_DATA: folder,
      MLFLOW_TRACKING_URI: uri,
      // The port of the demo's MLflow changes from run to run, its traces stay the same.
      TRACELIFT_SOURCE_ID: 'demo',
      // Its traces were just made: the usual lag would leave them for a later run.
      TRACELIFT_LAG_MS: '0',
      // On a server with other workers only this one may take the demo's work.
      TRACELIFT_TASK_QUEUE: `tracelift-demo-${pathSegment(folder).slice(-16)}`,
    },
    cwd: folder,
  });
  session.useConfig(config);
}

async function experimentsWithTraces(session: CliSession): Promise<Experiment[]> {
  const { source } = await session.source(undefined);
  const active = (await source.listExperiments()).filter((one) => one.lifecycleStage === 'active');
  const found: Experiment[] = [];
  for (const experiment of active) {
    if ((await source.earliestTraceMs(experiment.experimentId)) !== null) found.push(experiment);
  }
  if (found.length === 0)
    throw new TraceliftError('DemoDataRefused', { address: 'MLflow', reason: 'no experiment has traces' });
  return found;
}

async function copyAll(
  session: CliSession,
  temporal: TemporalServer,
  experiments: readonly Experiment[],
  events: RunEvents,
): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const installation = await session.installation(undefined, undefined);
  for (const [index, experiment] of experiments.entries()) {
    events.note(`Backfill: experiment ${experiment.experimentId}, ${experiment.name}`);
    const isLast = index === experiments.length - 1;
    const run = await startRun(temporal, {
      type: 'backfillTraces',
      installation,
      workflowId: `tracelift/demo/${installation.idPart}/${experiment.experimentId}`,
      formerWorkflowId: `tracelift/demo/${experiment.experimentId}`,
      // One monitor step is enough, after the last experiment. The recorded server makes its experiments at every start.
      input: {
        experiment: experiment.experimentId,
        acceptChangedSource: true,
        ...(isLast ? {} : { monitor: false }),
      },
      summary: `demo: backfill of ${experiment.name}`,
    });
    results.push(await watchRun(session, temporal, run, events));
  }
  return results;
}

function sumTotals(runs: readonly RunResult[]): DemoModel['totals'] {
  const sum = (pick: (result: RunResult) => number): number => runs.reduce((total, run) => total + pick(run), 0);
  return {
    listed: sum((run) => run.totals.listed),
    landed: sum((run) => run.totals.landed),
    inserted: sum((run) => run.totals.inserted),
    updated: sum((run) => run.totals.updated),
    missing: sum((run) => run.totals.missing),
    deadLettered: sum((run) => run.totals.deadLettered),
    spans: sum((run) => run.totals.spans),
  };
}

export interface DemoStopModel {
  /** Names of the servers that were ended. */
  readonly stopped: readonly string[];
}

/** Ends the servers that `--keep` left running. */
export async function loadStopped(session: CliSession): Promise<DemoStopModel> {
  const folder = demoFolder(session);
  const stopped: string[] = [];
  for (const name of ['temporal', 'mlflow'] as const) {
    if (await stopLocalServer(folder, name)) stopped.push(name === 'temporal' ? 'Temporal' : 'MLflow');
  }
  return { stopped };
}
