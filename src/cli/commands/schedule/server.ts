/** The Temporal server that holds the schedules, and which of them a command means. */
import { TraceliftError } from '../../../errors/index.js';
import type { CliSession } from '../../session.js';
import { countPollers } from '../../temporal/pollers.js';
import { describeSchedule, listSchedules, type ScheduleState } from '../../temporal/schedules.js';
import { findRunningTemporal, type TemporalServer } from '../../temporal/server.js';
import { ownerOf, refuseOthers } from './owner.js';

/** Where schedules are, for people. */
export interface SchedulePlace {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Workers that poll the task queue: without one, runs wait. */
  readonly workers: number;
}

export interface SchedulesModel {
  readonly server: SchedulePlace;
  readonly schedules: readonly ScheduleState[];
}

/** Which schedules a command means: by id, or all of an experiment. */
export interface ScheduleChoice {
  readonly ids: readonly string[];
  /** Id, or name as MLflow knows it. */
  readonly experiment?: string;
  readonly source?: string;
}

/** As {@link chosenSchedules}, for commands that change them. @throws ScheduleOfOthers for one of another installation */
async function chosenOfOurs(
  session: CliSession,
  temporal: TemporalServer,
  choice: ScheduleChoice,
): Promise<ScheduleState[]> {
  const named = choice.ids.length === 0 ? [] : await chosenSchedules(session, temporal, { ids: choice.ids });
  for (const schedule of named) await refuseOthers(session, temporal, schedule);
  if (choice.experiment === undefined) return named;
  const ours: ScheduleState[] = [];
  for (const schedule of await chosenSchedules(session, temporal, { ...choice, ids: [] })) {
    const isNamed = named.some(({ id }) => id === schedule.id);
    if (!isNamed && (await ownerOf(session, temporal, schedule)) !== 'others') ours.push(schedule);
  }
  if (ours.length > 0) return [...named, ...ours];
  throw new TraceliftError('ScheduleNotFound', {
    schedule: `of experiment ${choice.experiment} for this configuration and the task queue ${temporal.taskQueue}`,
  });
}

/** @throws ScheduleNotFound, ExperimentNotFound */
export async function chosenSchedules(
  session: CliSession,
  temporal: TemporalServer,
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
export async function requireTemporal(session: CliSession): Promise<TemporalServer> {
  const temporal = await findRunningTemporal(session);
  if (temporal === null) throw new TraceliftError('ScheduleNeedsServer', { dataDir: session.config.dataDir });
  return temporal;
}

/** Where it is, with the workers that poll its queue. */
export async function schedulePlace(session: CliSession, temporal: TemporalServer): Promise<SchedulePlace> {
  const { address, namespace, taskQueue } = temporal;
  return { address, namespace, taskQueue, workers: await countPollers(temporal, session.io.nowMs()) };
}

/** What a command did to schedules. */
export interface ChangedSchedules extends SchedulesModel {
  readonly action: 'pause' | 'resume' | 'trigger' | 'delete';
  /** By schedule id: workflows that a trigger started. Empty where the run waits for the one under way. */
  readonly started: Readonly<Record<string, readonly string[]>>;
}

/**
 * Does something to each chosen schedule; runs that are under way are left alone. `change` returns the workflows that it
 * started.
 * @throws ScheduleNeedsServer, TemporalUnreachable, ScheduleNotFound, ExperimentNotFound
 */
export async function changeSchedules(
  session: CliSession,
  action: ChangedSchedules['action'],
  choice: ScheduleChoice,
  change: (temporal: TemporalServer, schedule: ScheduleState) => Promise<readonly string[]>,
): Promise<ChangedSchedules> {
  const temporal = await requireTemporal(session);
  const schedules: ScheduleState[] = [];
  const started: Record<string, readonly string[]> = {};
  for (const schedule of await chosenOfOurs(session, temporal, choice)) {
    const workflows = await change(temporal, schedule);
    if (action === 'trigger') started[schedule.id] = workflows;
    schedules.push(action === 'delete' ? schedule : await describeSchedule(temporal.client.schedule, schedule.id));
  }
  return { action, server: await schedulePlace(session, temporal), schedules, started };
}
