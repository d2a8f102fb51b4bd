/** Loads what `tracelift schedule …` shows: makes and changes Temporal Schedules of `syncTraces`. Never prints. */
import { setTimeout as pause } from 'node:timers/promises';
import { TraceliftError } from '../../../errors/index.js';
import type { Experiment } from '../../../sources/trace-source.js';
import { countPollers } from '../../temporal/pollers.js';
import {
  planSchedules,
  scheduleRemarks,
  type ScheduleOrder,
  type ScheduleRemark,
} from './plan.js';
import {
  describeSchedule,
  ensureSchedule,
  listSchedules,
  withHandle,
  type ScheduleOutcome,
  type ScheduleState,
} from '../../temporal/schedules.js';
import type { CliSession } from '../../session.js';
import { findRunningTemporal, type TemporalSession } from '../../temporal/server.js';

/** Where schedules are, for people. */
export interface SchedulePlace {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Workers that poll the task queue: without one, runs wait. */
  readonly workers: number;
}

export interface CreateOptions extends Pick<ScheduleOrder, 'increments' | 'refresh' | 'concurrency' | 'monitor'> {
  /** Id or exact name. */
  readonly experiment: string;
  readonly source?: string;
  readonly target?: string;
}

export interface CreateModel {
  readonly experiment: Experiment;
  readonly server: SchedulePlace;
  readonly schedules: readonly (ScheduleState & ScheduleOutcome)[];
  readonly remarks: readonly ScheduleRemark[];
}

/**
 * Creates the wanted schedules or brings existing ones in line.
 * @throws ScheduleNeedsServer, TemporalUnreachable, ExperimentNotFound, ExperimentDeleted and the codes of the source
 */
export async function createSchedules(session: CliSession, options: CreateOptions): Promise<CreateModel> {
  const temporal = await requireTemporal(session);
  const target = session.targetConfig(options.target).name;
  const { name, source } = await session.source(options.source);
  const experiment = await source.getExperiment(options.experiment);
  if (experiment.lifecycleStage === 'deleted') {
    throw new TraceliftError('ExperimentDeleted', { experiment: options.experiment });
  }
  const { experimentId, name: experimentName } = experiment;
  const { increments, refresh, concurrency, monitor } = options;
  const order = { target, source: name, experimentId, experimentName, increments, refresh, concurrency, monitor };
  const facts = {
    nowMs: await source.nowMs(),
    earliestTraceMs: await source.earliestTraceMs(experimentId),
    lagMs: session.config.windows.lagMs,
    hasTables: session.targetExists(options.target),
  };
  const schedules: (ScheduleState & ScheduleOutcome)[] = [];
  for (const planned of planSchedules(order)) {
    const outcome = await ensureSchedule(temporal.client.schedule, planned, temporal.taskQueue);
    schedules.push({ ...(await describeSchedule(temporal.client.schedule, planned.id)), ...outcome });
  }
  return { experiment, server: await placeOf(session, temporal), schedules, remarks: scheduleRemarks(order, facts) };
}

export interface SchedulesModel {
  readonly server: SchedulePlace;
  readonly schedules: readonly ScheduleState[];
}

/** All schedules of tracelift in the namespace. */
export async function loadSchedules(session: CliSession): Promise<SchedulesModel> {
  const temporal = await requireTemporal(session);
  const schedules = await listSchedules(temporal.client.schedule);
  return { server: await placeOf(session, temporal), schedules };
}

/** Which schedules a command means: by id, or all of an experiment. */
export interface ScheduleChoice {
  readonly ids: readonly string[];
  /** Id, or name as MLflow knows it. */
  readonly experiment?: string;
  readonly source?: string;
}

/** @throws ScheduleNotFound, ExperimentNotFound */
export async function describeSchedules(session: CliSession, choice: ScheduleChoice): Promise<SchedulesModel> {
  const temporal = await requireTemporal(session);
  return { server: await placeOf(session, temporal), schedules: await chosen(session, temporal, choice) };
}

export type ScheduleAction = 'pause' | 'resume' | 'trigger' | 'delete';

export interface ActionModel extends SchedulesModel {
  readonly action: ScheduleAction;
  /** By schedule id: workflows that the trigger started. Empty where the run waits for the one under way. */
  readonly started: Readonly<Record<string, readonly string[]>>;
}

/**
 * Pauses, resumes, starts now, or removes schedules. Runs that are under way are left alone by all of them.
 * @throws ScheduleNotFound, ExperimentNotFound
 */
export async function changeSchedules(
  session: CliSession,
  action: ScheduleAction,
  choice: ScheduleChoice & { readonly note?: string },
): Promise<ActionModel> {
  const temporal = await requireTemporal(session);
  const before = await chosen(session, temporal, choice);
  const schedules: ScheduleState[] = [];
  const started: Record<string, readonly string[]> = {};
  for (const schedule of before) {
    if (action === 'trigger') started[schedule.id] = await trigger(temporal, schedule);
    else await withHandle(temporal.client.schedule, schedule.id, (handle) => act(handle, action, choice.note));
    schedules.push(action === 'delete' ? schedule : await describeSchedule(temporal.client.schedule, schedule.id));
  }
  return { action, server: await placeOf(session, temporal), schedules, started };
}

type Handle = Parameters<Parameters<typeof withHandle>[2]>[0];

async function act(handle: Handle, action: Exclude<ScheduleAction, 'trigger'>, note?: string): Promise<void> {
  if (action === 'pause') await handle.pause(note ?? 'paused by tracelift schedule pause');
  else if (action === 'resume') await handle.unpause(note ?? 'resumed by tracelift schedule resume');
  else await handle.delete();
}

/** A busy server notes what a schedule started a little later; the wait ends when it has. */
const triggerWaitMs = 15_000;
const triggerPollMs = 100;

/** One run now, or right after the one under way. Returns the workflows that were started. */
async function trigger(temporal: TemporalSession, before: ScheduleState): Promise<string[]> {
  const { schedule } = temporal.client;
  const known = new Set(before.recentRuns.map((run) => run.workflowId));
  await withHandle(schedule, before.id, (handle) => handle.trigger('BUFFER_ONE'));
  if (before.running.length > 0) return [];
  for (let waitedMs = 0; waitedMs < triggerWaitMs; waitedMs += triggerPollMs) {
    const { recentRuns } = await describeSchedule(schedule, before.id);
    const fresh = recentRuns.map((run) => run.workflowId).filter((id) => !known.has(id));
    if (fresh.length > 0) return fresh;
    await pause(triggerPollMs);
  }
  return [];
}

async function chosen(
  session: CliSession,
  temporal: TemporalSession,
  { ids, experiment, source }: ScheduleChoice,
): Promise<ScheduleState[]> {
  const { schedule } = temporal.client;
  const byId: ScheduleState[] = [];
  for (const id of ids) byId.push(await describeSchedule(schedule, id));
  if (experiment === undefined) return byId;
  const all = await listSchedules(schedule);
  const of = (experimentId: string): ScheduleState[] =>
    all.filter((one) => one.input['experiment'] === experimentId && !ids.includes(one.id));
  // Ids need no MLflow; names are looked up there.
  const direct = of(experiment);
  const found = direct.length > 0 ? direct : of(await experimentIdOf(session, experiment, source));
  if (found.length === 0) throw new TraceliftError('ScheduleNotFound', { schedule: `of experiment ${experiment}` });
  return [...byId, ...found];
}

async function experimentIdOf(
  session: CliSession,
  experiment: string,
  sourceName: string | undefined,
): Promise<string> {
  const { source } = await session.source(sourceName);
  return (await source.getExperiment(experiment)).experimentId;
}

/** A server that runs already: one that this command started would take the schedules with it. */
async function requireTemporal(session: CliSession): Promise<TemporalSession> {
  const temporal = await findRunningTemporal(session);
  if (temporal === null) throw new TraceliftError('ScheduleNeedsServer', { dataDir: session.config.dataDir });
  return temporal;
}

async function placeOf(session: CliSession, temporal: TemporalSession): Promise<SchedulePlace> {
  const { address, namespace, taskQueue } = temporal;
  return { address, namespace, taskQueue, workers: await countPollers(temporal, session.io.nowMs()) };
}
