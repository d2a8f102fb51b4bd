/** Pieces of text that the schedule commands share. Pure. */
import type { ScheduleState } from '../../temporal/schedules.js';
import { count, duration, instant, pairs, type Paint } from '../../terminal/text.js';
import type { SchedulePlace, SchedulesModel } from './server.js';

/** Everything about a schedule. */
export function facts(one: ScheduleState, paint: Paint): string {
  const { input } = one;
  return pairs(
    [
      ['every', `${everyText(one)}, up to ${length(one.jitterMs)} later`],
      ['looks back', `${lookbackText(one)}, or to the end of verified coverage if that is earlier`],
      ['overlap', `${one.overlap}; made up for ${length(one.catchupWindowMs)} when the server was away`],
      ['input', JSON.stringify(input)],
      ['task queue', one.taskQueue],
      ['state', one.paused ? `paused${one.note === null ? '' : `: ${one.note}`}` : 'active'],
      ['next run', one.paused ? '-' : instant(one.nextRunsMs[0])],
      ['runs', `${count(one.runs)}, ${count(one.skipped)} skipped, ${count(one.missed)} missed`],
    ],
    paint,
  );
}

export function everyText({ everyMs, offsetMs }: ScheduleState): string {
  if (everyMs === null) return 'at calendar times';
  return offsetMs === 0 ? length(everyMs) : `${length(everyMs)} + ${length(offsetMs)}`;
}

export function lookbackText({ input }: ScheduleState): string {
  const lookback = input['lookbackMs'];
  return typeof lookback === 'number' ? length(lookback) : 'as the worker says';
}

/** `15 min`, `2 h`, `30 d` where that is exact. */
function length(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const;
  const unit = units.find(([size]) => ms >= size && ms % size === 0);
  return unit === undefined ? duration(ms) : `${count(ms / unit[0])} ${unit[1]}`;
}

/** Where schedules are, and whether anybody works. */
export function serverLine(server: SchedulePlace, paint: Paint): string {
  const { address, namespace, taskQueue } = server;
  const line = `Temporal ${address} (${namespace}), task queue ${taskQueue}`;
  return [line, ...workerWarning(server, paint)].join('\n');
}

function workerWarning({ workers, taskQueue }: SchedulePlace, paint: Paint): string[] {
  if (workers > 0) return [];
  return [
    paint.yellow(`No worker polls the task queue ${taskQueue}: runs wait until a \`tracelift worker\` is there.`),
  ];
}

/** One line for each schedule that was changed, with what comes now. */
export function changedLines(
  { schedules, server }: SchedulesModel,
  done: string,
  afterwards: (one: ScheduleState) => string,
  paint: Paint,
): string {
  const lines = schedules.map((one) => `${paint.green(done)}  ${one.id}${afterwards(one)}`);
  return [...lines, ...workerWarning(server, paint)].join('\n');
}

/** Said of a schedule that is paused or deleted. */
export const runUnderWay = ({ running }: ScheduleState): string =>
  running.length === 0 ? '' : `; the run under way goes on: ${running.join(', ')}`;
