/** Makes, compares and looks at Temporal Schedules. Imports the Temporal client; the plan says what they should be. */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleClient,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import { TraceliftError } from '../../errors/index.js';
import {
  overlapPolicy,
  pauseOnFailure,
  scheduleKind,
  type PlannedSchedule,
  type ScheduleKind,
} from '../commands/schedule/plan.js';

/** What making a schedule did. `changed` names the settings that were other ones before. */
export interface ScheduleOutcome {
  readonly id: string;
  readonly kind: ScheduleKind;
  /** `moved`: made under its id of today in the place of one of an earlier version, which is gone. */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'moved';
  readonly changed: readonly string[];
}

/** A schedule as it is on the server. Times are epoch milliseconds, lengths milliseconds. */
export interface ScheduleState {
  readonly id: string;
  readonly kind: ScheduleKind;
  readonly summary: string | null;
  /** Null where somebody gave it other times than one interval. */
  readonly everyMs: number | null;
  readonly offsetMs: number;
  readonly jitterMs: number;
  readonly overlap: string;
  readonly catchupWindowMs: number;
  readonly taskQueue: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly paused: boolean;
  readonly note: string | null;
  readonly nextRunsMs: readonly number[];
  /** The latest runs, newest last, at most ten. */
  readonly recentRuns: readonly {
    readonly workflowId: string;
    readonly scheduledMs: number;
    readonly startedMs: number;
  }[];
  readonly running: readonly string[];
  readonly runs: number;
  /** Not started, since the run before was under way. */
  readonly skipped: number;
  /** Not started, since the server was away for longer than the catch-up window. */
  readonly missed: number;
}

/**
 * The whole definition. No timeout of the workflow: a run that waits for an MLflow server goes on when it is back; a
 * timeout would end it in the middle, without its clean-up, and the next run would start at the same place.
 */
function scheduleOptions(planned: PlannedSchedule, taskQueue: string): ScheduleOptions {
  return {
    scheduleId: planned.id,
    spec: {
      intervals: [{ every: planned.everyMs, offset: planned.offsetMs }],
      jitter: planned.jitterMs,
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'syncTraces',
      // Temporal appends the scheduled time.
      workflowId: planned.id,
      taskQueue,
      args: [planned.input],
      staticSummary: planned.summary,
    },
    policies: { overlap: overlapPolicy, catchupWindow: planned.catchupWindowMs, pauseOnFailure },
  };
}

/**
 * Creates the schedule, or makes an existing one equal to the plan; whether it is paused stays as it is.
 *
 * @param former the same schedule under the id of an earlier version: it goes when the new one is there
 */
export async function ensureSchedule(
  client: ScheduleClient,
  planned: PlannedSchedule,
  taskQueue: string,
  former: ScheduleState | null,
): Promise<ScheduleOutcome> {
  const outcome = await createOrUpdate(client, planned, taskQueue, former);
  if (former === null) return outcome;
  await withHandle(client, former.id, (handle) => handle.delete());
  return { ...outcome, outcome: 'moved' };
}

async function createOrUpdate(
  client: ScheduleClient,
  planned: PlannedSchedule,
  taskQueue: string,
  former: ScheduleState | null,
): Promise<ScheduleOutcome> {
  const { id, kind } = planned;
  const options = scheduleOptions(planned, taskQueue);
  const state =
    former === null ? {} : { paused: former.paused, ...(former.note === null ? {} : { note: former.note }) };
  try {
    await client.create({ ...options, state });
    return { id, kind, outcome: 'created', changed: [] };
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const handle = client.getHandle(id);
  const found = await handle.describe();
  if (found.action.taskQueue !== taskQueue) {
    const owner = `the task queue ${found.action.taskQueue}`;
    throw new TraceliftError('ScheduleOfOthers', { schedule: id, owner, here: `the task queue ${taskQueue}` });
  }
  const changed = differences(found, planned);
  if (changed.length === 0) return { id, kind, outcome: 'unchanged', changed };
  const { spec, action, policies } = options;
  await handle.update(({ state }) => ({ spec, action, policies: policies ?? {}, state }));
  return { id, kind, outcome: 'updated', changed };
}

/** Names of the settings in which the schedule differs from the plan. */
function differences(found: ScheduleDescription, planned: PlannedSchedule): string[] {
  const is = settingsOf(found);
  const wanted: Settings = {
    times: [[planned.everyMs, planned.offsetMs]],
    jitter: planned.jitterMs,
    overlap: overlapPolicy,
    'catch-up window': planned.catchupWindowMs,
    'pause on failure': pauseOnFailure,
    workflow: ['syncTraces', planned.id, null],
    input: sorted(planned.input),
    summary: planned.summary,
  };
  return Object.keys(wanted).filter((name) => JSON.stringify(is[name]) !== JSON.stringify(wanted[name]));
}

type Settings = Readonly<Record<string, unknown>>;

function settingsOf({ spec, action, policies }: ScheduleDescription): Settings {
  const isPlain = !spec.calendars?.length && !spec.skip?.length && !spec.startAt && !spec.endAt;
  const intervals = (spec.intervals ?? []).map(({ every, offset }) => [every, offset]);
  return {
    times: isPlain ? intervals : 'others',
    jitter: spec.jitter ?? 0,
    overlap: policies.overlap,
    'catch-up window': policies.catchupWindow,
    'pause on failure': policies.pauseOnFailure,
    // Temporal's own command line writes 0 for no timeout.
    workflow: [
      action.workflowType,
      action.workflowId,
      [action.workflowExecutionTimeout, action.workflowRunTimeout].find((timeout) => Boolean(timeout)) ?? null,
    ],
    input: sorted(inputOf(action.args)),
    summary: action.staticSummary ?? null,
  };
}

function sorted(input: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(input).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function inputOf(args: unknown): Readonly<Record<string, unknown>> {
  const first: unknown = Array.isArray(args) ? args[0] : undefined;
  return typeof first === 'object' && first !== null ? (first as Readonly<Record<string, unknown>>) : {};
}

/** @throws ScheduleNotFound */
export async function describeSchedule(client: ScheduleClient, id: string): Promise<ScheduleState> {
  return stateOf(await withHandle(client, id, (handle) => handle.describe()));
}

/** Calls the work with a handle. @throws ScheduleNotFound where the server does not know the schedule */
export async function withHandle<Result>(
  client: ScheduleClient,
  id: string,
  work: (handle: ScheduleHandle) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(client.getHandle(id));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) throw new TraceliftError('ScheduleNotFound', { schedule: id });
    throw error;
  }
}

/** Every schedule of tracelift in the namespace, in the order of their ids. */
export async function listSchedules(client: ScheduleClient): Promise<ScheduleState[]> {
  const ids: string[] = [];
  for await (const { scheduleId } of client.list()) if (scheduleKind(scheduleId) !== null) ids.push(scheduleId);
  const states: ScheduleState[] = [];
  for (const id of ids.toSorted()) {
    const state = await describeSchedule(client, id).catch((error: unknown) => {
      // Deleted since it was listed.
      if (error instanceof TraceliftError && error.code === 'ScheduleNotFound') return null;
      throw error;
    });
    if (state !== null) states.push(state);
  }
  return states;
}

function stateOf(found: ScheduleDescription): ScheduleState {
  const { spec, action, policies, state, info } = found;
  const [interval, ...others] = spec.intervals ?? [];
  return {
    id: found.scheduleId,
    kind: scheduleKind(found.scheduleId) ?? 'sync',
    summary: action.staticSummary ?? null,
    everyMs: others.length === 0 && interval !== undefined ? interval.every : null,
    offsetMs: interval?.offset ?? 0,
    jitterMs: spec.jitter ?? 0,
    overlap: policies.overlap ?? 'UNSPECIFIED',
    catchupWindowMs: policies.catchupWindow,
    taskQueue: action.taskQueue,
    input: inputOf(action.args),
    paused: state.paused,
    note: state.note === undefined || state.note === '' ? null : state.note,
    nextRunsMs: info.nextActionTimes.map((time) => time.getTime()),
    recentRuns: info.recentActions.map((run) => ({
      workflowId: run.action.workflow.workflowId,
      scheduledMs: run.scheduledAt.getTime(),
      startedMs: run.takenAt.getTime(),
    })),
    running: info.runningActions.map((run) => run.workflow.workflowId),
    runs: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}
