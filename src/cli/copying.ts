/** Loads what `tracelift backfill` and `tracelift sync` show: starts or joins a copying run. Never prints. */
import { TraceliftError } from '../errors/index.js';
import type { RunResult } from '../workflows/contract.js';
import type { TimeRange } from './options/values.js';
import { countPollers } from './temporal/pollers.js';
import { targetPlace, type CliSession, type TargetPlace } from './session.js';
import {
  ensureWorker,
  isTemporalConfigured,
  openTemporal,
  type ServerOrigin,
  type TemporalSession,
} from './temporal/server.js';
import { startRun, watchRun, type RunEvents, type RunOrder } from './temporal/watch.js';

/** Options that backfill and sync share. */
export interface CopyOptions {
  /** Experiment id or exact name. */
  readonly experiment: string;
  readonly source?: string;
  readonly target?: string;
  readonly concurrency?: number;
  /** False: the quality monitor is left alone. */
  readonly monitor: boolean;
  /** True: start and come back at once. */
  readonly detach: boolean;
  /** True: a local server that this command started runs on afterwards. */
  readonly keepServer: boolean;
  /** True: columns that existing tables on Databricks lack are added before the run. Default false. */
  readonly adopt?: boolean;
  /** True: open dead letters are tried at once. Such a run has an id of its own. */
  readonly retryDeadLetters?: boolean;
  /** True: spans are read again, also where they are complete. Such a run has an id of its own. */
  readonly rereadSpans?: boolean;
}

/** A run, its result where it was waited for, and where it ran. */
export interface CopyModel {
  readonly kind: 'finished' | 'started';
  readonly workflowId: string;
  readonly runId: string;
  /** False when the command joined a run that was under way. */
  readonly isNew: boolean;
  readonly result: RunResult | null;
  readonly server: { readonly origin: ServerOrigin; readonly address: string; readonly uiUrl: string | null };
  readonly target: TargetPlace;
  readonly elapsedMs: number;
}

/** Copies the history of an experiment. @throws RunFailed, Interrupted, TemporalUnreachable */
export async function backfill(
  session: CliSession,
  options: CopyOptions & TimeRange,
  events: RunEvents,
): Promise<CopyModel> {
  const { fromMs, toMs } = options;
  const range = { ...(fromMs === undefined ? {} : { from: fromMs }), ...(toMs === undefined ? {} : { to: toMs }) };
  const bounds = fromMs === undefined && toMs === undefined ? '' : `/${fromMs ?? ''}-${toMs ?? ''}`;
  const order = await checkedOptions(session, options);
  return await copy(session, order, events, {
    type: 'backfillTraces',
    workflowId: `tracelift/${purposeOf(order)}/${placeOf(session, order)}${bounds}`,
    input: { ...range, ...settings(order) },
    summary: `backfill of experiment ${options.experiment}`,
  });
}

/** Runs that do different things with the same traces are different runs. */
function purposeOf({ retryDeadLetters, rereadSpans }: CopyOptions): string {
  if (retryDeadLetters === true) return 'retry';
  return rereadSpans === true ? 'reread' : 'backfill';
}

/** Copies the recent past of an experiment, from the end of verified coverage. Errors as {@link backfill}. */
export async function sync(
  session: CliSession,
  options: CopyOptions & { readonly lookbackMs?: number },
  events: RunEvents,
): Promise<CopyModel> {
  const lookback = options.lookbackMs === undefined ? {} : { lookbackMs: options.lookbackMs };
  const order = await checkedOptions(session, options);
  return await copy(session, order, events, {
    type: 'syncTraces',
    workflowId: `tracelift/sync/${placeOf(session, order)}`,
    input: { ...lookback, ...settings(order) },
    summary: `sync of experiment ${options.experiment}`,
  });
}

/**
 * Where the work is done in this process, the source is asked first: a wrong name or address is told at once, before
 * any server is started, and id and name of an experiment lead to the same run. With a Temporal server elsewhere this
 * machine may not reach MLflow at all; there the run's own check must do.
 */
async function checkedOptions(session: CliSession, options: CopyOptions): Promise<CopyOptions> {
  placeOf(session, options);
  if (isTemporalConfigured(session.io.env)) return options;
  const { source } = await session.source(options.source);
  const { experimentId, lifecycleStage } = await source.getExperiment(options.experiment);
  if (lifecycleStage === 'deleted') throw new TraceliftError('ExperimentDeleted', { experiment: options.experiment });
  return { ...options, experiment: experimentId };
}

/** Target, source and experiment as part of a workflow id. @throws SourceNotConfigured, TargetNotConfigured */
function placeOf(session: CliSession, options: CopyOptions): string {
  const { config } = session;
  const source = options.source ?? config.defaultSource;
  if (!Object.hasOwn(config.sources, source)) throw new TraceliftError('SourceNotConfigured', { source });
  return `${session.targetConfig(options.target).name}/${source}/${options.experiment}`;
}

function settings(options: CopyOptions): Record<string, unknown> {
  const { experiment, source, target, concurrency, monitor, retryDeadLetters, rereadSpans } = options;
  return {
    experiment,
    ...(source === undefined ? {} : { source }),
    ...(target === undefined ? {} : { target }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(monitor ? {} : { monitor: false }),
    ...(rereadSpans === true ? { rereadSpans } : {}),
    // Such a run is expected to fail often: it reports instead of stopping.
    ...(retryDeadLetters === true ? { retryDeadLetters, maxFailedRatio: 1 } : {}),
  };
}

async function copy(session: CliSession, options: CopyOptions, events: RunEvents, order: RunOrder): Promise<CopyModel> {
  const startedMs = session.io.nowMs();
  if (options.adopt === true) await adoptTables(session, options, events);
  const temporal = await openTemporal(session, events.note);
  if (options.detach) refuseDetach(temporal, order);
  if (options.keepServer) temporal.leaveRunning();
  if (options.detach) await noteMissingWorker(session, temporal, events);
  else await ensureWorker(session, temporal, events.note);
  const run = await startRun(temporal, order);
  events.note(run.isNew ? `Run: ${run.workflowId}` : `Run: ${run.workflowId} is under way already; joined it`);
  const result = options.detach ? null : await watchRun<RunResult>(session, temporal, run, events);
  return {
    kind: result === null ? 'started' : 'finished',
    ...run,
    result,
    server: { origin: temporal.origin, address: temporal.address, uiUrl: temporal.uiUrl },
    target: targetPlace(session, options.target),
    elapsedMs: session.io.nowMs() - startedMs,
  };
}

/** By this process, before anything is started: the run itself refuses tables of another shape. */
async function adoptTables(session: CliSession, options: CopyOptions, events: RunEvents): Promise<void> {
  const { created } = await (await session.databricks(options.target)).adopt();
  const made = created.length === 0 ? '' : `; made ${created.join(', ')}`;
  events.note(`The tables of ${targetPlace(session, options.target).name} have every column${made}`);
}

async function noteMissingWorker(session: CliSession, temporal: TemporalSession, events: RunEvents): Promise<void> {
  if ((await countPollers(temporal, session.io.nowMs())) > 0) return;
  events.note(`No worker polls the task queue ${temporal.taskQueue}: the run waits until \`tracelift worker\` runs.`);
}

/** A run on a server that ends with this command would end with it. */
function refuseDetach(temporal: TemporalSession, order: RunOrder): void {
  if (temporal.origin !== 'ours') return;
  throw new TraceliftError('InvalidOption', {
    option: '--detach',
    problem: 'it needs a Temporal server and a worker that outlive this command; TEMPORAL_ADDRESS names none',
    example: 'TEMPORAL_ADDRESS=127.0.0.1:7233 and a running `tracelift worker`',
    command: order.type === 'syncTraces' ? 'sync' : 'backfill',
  });
}
