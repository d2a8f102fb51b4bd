/**
 * Which Temporal Schedules an experiment gets, and why they are set as they are. Pure: no clock, no server, no SDK.
 *
 * Every decision rests on one rule (src/copy/prepare/coverage.ts): a scheduled run starts where gap-free verified coverage
 * ends, at the latest at `scheduled - lookback`. So a run that is skipped, paused, missed or failed leaves no hole; the
 * next one takes its stretch too. Schedules therefore need no memory of what was missed.
 */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** `sync`: increments, often, over the last hours; `refresh`: rarely, over the last days, for late assessments. */
export type ScheduleKind = 'sync' | 'refresh';

/** A schedule that runs at `n * everyMs + offsetMs` since 1970-01-01T00:00:00Z. */
interface Rhythm {
  /** Milliseconds, at least {@link shortestIntervalMs}. */
  readonly everyMs: number;
  /** 0 or more, less than `everyMs`. */
  readonly offsetMs: number;
}

export interface ScheduleOrder {
  /** Names of the configuration. */
  readonly target: string;
  readonly source: string;
  /** Target and source as part of ids, and as earlier versions wrote them there. */
  readonly idPart: string;
  readonly formerIdPart: string;
  /** Goes along with each run, so that only a worker with the same source and tables does it. */
  readonly asked: { readonly sourceId?: string | undefined; readonly targetId?: string | undefined };
  readonly experimentId: string;
  readonly experimentName: string;
  /** Null: no increments wanted now; an existing schedule is left alone. */
  readonly increments: (Rhythm & { readonly lookbackMs: number }) | null;
  readonly refresh: (Rhythm & { readonly horizonMs: number }) | null;
  /** Batches at a time, 1..64; null: the worker's own setting. */
  readonly concurrency: number | null;
  /** False: the quality monitor is left alone. */
  readonly monitor: boolean;
}

/** One schedule as it should be. Lengths are milliseconds. */
export interface PlannedSchedule extends Rhythm {
  readonly id: string;
  /** The id that earlier versions gave to the same schedule. */
  readonly formerId: string;
  readonly kind: ScheduleKind;
  /** Runs start up to so much later; their range does not move. */
  readonly jitterMs: number;
  /** A run that the server could not start is made up for this long. */
  readonly catchupWindowMs: number;
  readonly lookbackMs: number;
  /** The one argument of `syncTraces`. */
  readonly input: Readonly<Record<string, string | number | boolean>>;
  /** Shown in Temporal's Web UI. */
  readonly summary: string;
}

/** Below a minute Temporal starts more than it copies. */
export const shortestIntervalMs = minuteMs;

/**
 * Never two runs of one schedule at a time, and none queued: what the skipped run would have copied is in the range of
 * the next one. A queued run would only list the same traces again.
 */
export const overlapPolicy = 'SKIP';

/**
 * False: a failed run must not end the copying. The next one starts at the end of coverage, so it heals the failure as
 * soon as its cause is gone.
 */
export const pauseOnFailure = false;

const longestCatchupMs = hourMs;
const shortestCatchupMs = minuteMs;

/**
 * One interval, at most an hour: after an outage of the Temporal server at most the last missed run is made up, at
 * once. More of them (Temporal's default is a year) would list the same range again and again, and a nightly refresh
 * would run in the middle of the day.
 */
export function catchupWindowMs(everyMs: number): number {
  return Math.min(longestCatchupMs, Math.max(shortestCatchupMs, everyMs));
}

const jitterShare = 0.05;
const longestJitterMs = 10 * minuteMs;

/**
 * A twentieth of the interval, at most ten minutes: schedules of many experiments, which all fall on the same quarter of
 * an hour, do not hit the MLflow server in the same second. The range comes from the time before jitter.
 */
export function jitterMs(everyMs: number): number {
  return Math.min(longestJitterMs, Math.round((everyMs * jitterShare) / 1000) * 1000);
}

/** Ids hold names and the experiment's id, which never changes: the same order finds its schedule again. */
function scheduleId(kind: ScheduleKind, idPart: string, experimentId: string): string {
  return `tracelift/${kind}/${idPart}/${experimentId}`;
}

/** Kind of a schedule of ours by its id; null for any other schedule of the namespace. */
export function scheduleKind(id: string): ScheduleKind | null {
  const kind = /^tracelift\/(sync|refresh)\/[^/]+\/[^/]+\/.+$/.exec(id)?.[1];
  return kind === 'sync' || kind === 'refresh' ? kind : null;
}

/** The one or two schedules wanted, increments first. */
export function planSchedules(order: ScheduleOrder): PlannedSchedule[] {
  const { increments, refresh } = order;
  const planned: PlannedSchedule[] = [];
  if (increments !== null) planned.push(plan(order, 'sync', increments, increments.lookbackMs));
  if (refresh !== null) planned.push(plan(order, 'refresh', refresh, refresh.horizonMs));
  return planned;
}

function plan(
  order: ScheduleOrder,
  kind: ScheduleKind,
  { everyMs, offsetMs }: Rhythm,
  lookbackMs: number,
): PlannedSchedule {
  const { experimentId, experimentName, source, target, concurrency, monitor, asked } = order;
  return {
    id: scheduleId(kind, order.idPart, experimentId),
    formerId: scheduleId(kind, order.formerIdPart, experimentId),
    kind,
    everyMs,
    offsetMs,
    jitterMs: jitterMs(everyMs),
    catchupWindowMs: catchupWindowMs(everyMs),
    lookbackMs,
    input: {
      experiment: experimentId,
      lookbackMs,
      source,
      target,
      ...(asked.sourceId === undefined ? {} : { sourceId: asked.sourceId }),
      ...(asked.targetId === undefined ? {} : { targetId: asked.targetId }),
      ...(concurrency === null ? {} : { concurrency }),
      ...(monitor ? {} : { monitor: false }),
    },
    summary: `${kind} of ${experimentName}`.slice(0, 200),
  };
}

/** What is known about the source and the copy when schedules are made. Times are epoch milliseconds. */
export interface ScheduleFacts {
  readonly nowMs: number;
  /** Null: the experiment has no trace yet. */
  readonly earliestTraceMs: number | null;
  /** How far behind the source's clock a run ends. */
  readonly lagMs: number;
  /** False: no run has written the tables yet. */
  readonly hasTables: boolean;
}

/** `warning`: probably not what was meant; `note`: fine, but good to know. */
export interface ScheduleRemark {
  readonly level: 'warning' | 'note';
  readonly text: string;
}

/** What the caller should hear about an order. Nothing here stops it. */
export function scheduleRemarks(order: ScheduleOrder, facts: ScheduleFacts): ScheduleRemark[] {
  return [
    ...intervalRemarks(order),
    ...horizonRemarks(order, facts),
    ...(facts.hasTables
      ? []
      : [
          note(
            `Nothing is copied yet: the first run starts at its lookback. \`tracelift backfill --experiment ${order.experimentId}\` copies the history before it.`,
          ),
        ]),
  ];
}

function intervalRemarks({ increments, refresh }: ScheduleOrder): ScheduleRemark[] {
  const remarks: ScheduleRemark[] = [];
  if (increments !== null && increments.lookbackMs < increments.everyMs) {
    remarks.push(
      warning(
        'The lookback is shorter than the interval: no trace is lost, since every run starts at the end of verified coverage, but changes between two runs wait for the refresh.',
      ),
    );
  }
  if (refresh !== null && refresh.horizonMs < refresh.everyMs) {
    remarks.push(
      warning(
        'The horizon is shorter than the interval of the refresh: assessments that come between two refreshes can be missed. Use a longer horizon.',
      ),
    );
  }
  if (increments !== null && refresh !== null && refresh.horizonMs <= increments.lookbackMs) {
    remarks.push(
      warning('The horizon is not longer than the lookback: the refresh sees nothing that the sync does not see.'),
    );
  }
  return remarks;
}

function horizonRemarks({ increments, refresh }: ScheduleOrder, facts: ScheduleFacts): ScheduleRemark[] {
  const { nowMs, earliestTraceMs, lagMs } = facts;
  if (earliestTraceMs === null)
    return [note('The experiment has no traces yet; runs end at once until there are some.')];
  const remarks: ScheduleRemark[] = [];
  if (refresh !== null && nowMs - refresh.horizonMs < earliestTraceMs) {
    const oldest = new Date(earliestTraceMs).toISOString();
    remarks.push(note(`The horizon is longer than the history (oldest trace ${oldest}): a refresh lists all of it.`));
  }
  if (increments !== null && increments.lookbackMs <= lagMs) {
    const minutes = Math.round(lagMs / minuteMs);
    remarks.push(
      warning(`The lookback is not longer than the lag of ${minutes} min: runs copy new traces, but find no changes.`),
    );
  }
  return remarks;
}

const note = (text: string): ScheduleRemark => ({ level: 'note', text });
const warning = (text: string): ScheduleRemark => ({ level: 'warning', text });
