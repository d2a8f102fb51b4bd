/** Starts or joins a copying run, for every command that copies. Never prints. */
import { TraceliftError } from '../errors/index.js';
import { copyableExperiment } from '../sources/copyable-experiment.js';
import type { RunResult } from '../workflows/contract.js';
import type { BackfillInput } from '../workflows/input.js';
import type { CopyFlags } from './options/copy.js';
import type { TimeRange } from './options/flags.js';
import type { CliSession, TargetPlace } from './session.js';
import { countPollers } from './temporal/pollers.js';
import { startRun, type RunOrder } from './temporal/runs.js';
import { isTemporalConfigured, openTemporal, type ServerOrigin, type TemporalServer } from './temporal/server.js';
import { watchRun } from './temporal/watch.js';
import { ensureWorker } from './temporal/worker.js';
import type { RunEvents } from './terminal/progress.js';

type CopyRunOrder = RunOrder<'backfillTraces' | 'syncTraces'>;

/** A run, its result where it was waited for, and where it ran. */
export interface CopyModel {
  readonly kind: 'finished' | 'started';
  readonly workflowId: string;
  /** Kept across continue-as-new, as `first_run_id` of the ledger. */
  readonly firstRunId: string;
  /** False when the command joined a run that was under way. */
  readonly isNew: boolean;
  readonly result: RunResult | null;
  readonly server: { readonly origin: ServerOrigin; readonly address: string; readonly uiUrl: string | null };
  readonly target: TargetPlace;
  readonly elapsedMs: number;
}

/**
 * Runs that do different things with the same traces are different runs, with ids of their own: `retry` tries open dead
 * letters at once, `reread` reads spans again, also where they are complete, `reprocess` makes rows of other rules anew,
 * `accept-deletions` takes for deleted what the source no longer shows.
 */
export type CopyPurpose = 'backfill' | 'retry' | 'reread' | 'reprocess' | 'accept-deletions';

/** Copies the history of an experiment. @throws RunFailed, Interrupted, TemporalUnreachable and the codes of the source */
export async function backfill(
  session: CliSession,
  flags: CopyFlags & TimeRange,
  events: RunEvents,
  purpose: CopyPurpose = 'backfill',
): Promise<CopyModel> {
  const { from, to } = flags;
  const bounds = from === undefined && to === undefined ? '' : `/${from ?? ''}-${to ?? ''}`;
  const installation = await session.installation(flags.source, flags.target);
  const experiment = await checkedExperiment(session, flags);
  const rest = `${experiment}${bounds}`;
  return await copy(session, flags, events, {
    type: 'backfillTraces',
    installation,
    workflowId: `tracelift/${purpose}/${installation.idPart}/${rest}`,
    formerWorkflowId: `tracelift/${purpose}/${installation.formerIdPart}/${rest}`,
    input: { ...copyInput(flags, experiment), from, to, ...purposeInputs[purpose] },
    summary: `backfill of experiment ${flags.experiment}`,
  });
}

const purposeInputs: Readonly<Record<CopyPurpose, Partial<BackfillInput>>> = {
  backfill: {},
  // Such a run is expected to fail often: it reports instead of stopping.
  retry: { retryDeadLetters: true, maxFailedRatio: 1 },
  reread: { rereadSpans: true },
  reprocess: { reprocess: true },
  'accept-deletions': { acceptDeletions: true },
};

/** Copies the recent past of an experiment, from the end of verified coverage. Errors as {@link backfill}. */
export async function sync(
  session: CliSession,
  flags: CopyFlags & { readonly lookback?: number },
  events: RunEvents,
): Promise<CopyModel> {
  const installation = await session.installation(flags.source, flags.target);
  const experiment = await checkedExperiment(session, flags);
  return await copy(session, flags, events, {
    type: 'syncTraces',
    installation,
    workflowId: `tracelift/sync/${installation.idPart}/${experiment}`,
    formerWorkflowId: `tracelift/sync/${installation.formerIdPart}/${experiment}`,
    input: { ...copyInput(flags, experiment), lookbackMs: flags.lookback },
    summary: `sync of experiment ${flags.experiment}`,
  });
}

/** What is undefined is left out on the way to Temporal: the worker's settings hold there. */
function copyInput(flags: CopyFlags, experiment: string): BackfillInput {
  const { source, target, concurrency, monitor, acceptChangedSource } = flags;
  return { experiment, source, target, concurrency, acceptChangedSource, ...(monitor ? {} : { monitor }) };
}

/**
 * The experiment as the run names it. Where the work is done in this process, the source is asked first: a wrong name or
 * address is told at once, before any server is started, and id and name of an experiment lead to the same run. With a
 * Temporal server elsewhere this machine may not reach MLflow at all; there the run's own check must do.
 */
async function checkedExperiment(session: CliSession, flags: CopyFlags): Promise<string> {
  const { experiment } = flags;
  if (isTemporalConfigured(session.io.env)) return experiment;
  const { source } = await session.source(flags.source);
  return (await copyableExperiment(source, experiment)).experimentId;
}

async function copy(session: CliSession, flags: CopyFlags, events: RunEvents, order: CopyRunOrder): Promise<CopyModel> {
  const startedMs = session.io.nowMs();
  if (flags.adopt === true) await adoptTables(session, flags, events);
  const temporal = await openTemporal(session, events.note);
  if (flags.detach === true) refuseDetach(temporal, order);
  if (flags.keepServer === true) temporal.leaveRunning();
  if (flags.detach === true) await noteMissingWorker(session, temporal, events);
  else await ensureWorker(session, temporal, events.note);
  const run = await startRun(temporal, order);
  const { workflowId, firstRunId, isNew } = run;
  events.note(isNew ? `Run: ${workflowId}` : `Run: ${workflowId} is already in progress; joined it`);
  const result = flags.detach === true ? null : await watchRun(session, temporal, run, events);
  return {
    kind: result === null ? 'started' : 'finished',
    ...{ workflowId, firstRunId, isNew, result },
    server: { origin: temporal.origin, address: temporal.address, uiUrl: temporal.uiUrl },
    target: session.place(flags.target),
    elapsedMs: session.io.nowMs() - startedMs,
  };
}

/** By this process, before anything is started: the run itself refuses tables of another shape. */
async function adoptTables(session: CliSession, { target }: CopyFlags, events: RunEvents): Promise<void> {
  const { created } = await (await session.databricks(target)).adopt();
  const made = created.length === 0 ? '' : `; made ${created.join(', ')}`;
  events.note(`The tables of ${session.place(target).name} have every column${made}`);
}

async function noteMissingWorker(session: CliSession, temporal: TemporalServer, events: RunEvents): Promise<void> {
  if ((await countPollers(temporal, session.io.nowMs())) > 0) return;
  events.note(`No worker polls the task queue ${temporal.taskQueue}: the run waits until \`tracelift worker\` runs.`);
}

/** A run on a server that ends with this command would end with it. */
function refuseDetach(temporal: TemporalServer, order: CopyRunOrder): void {
  if (temporal.origin !== 'ours') return;
  throw new TraceliftError('InvalidOption', {
    option: '--detach',
    problem: 'it needs a Temporal server and a worker that outlive this command; TEMPORAL_ADDRESS names none',
    example: 'TEMPORAL_ADDRESS=127.0.0.1:7233 and a running `tracelift worker`',
    command: order.type === 'syncTraces' ? 'sync' : 'backfill',
  });
}
