/** Prints Temporal Schedules and what was done to them. Loads nothing. */
import type { ActionModel, CreateModel, ScheduleAction, SchedulePlace, SchedulesModel } from '../commands/schedule/create.js';
import type { ScheduleState } from '../temporal/schedules.js';
import { count, duration, instant, pairs, textTable, type Paint } from '../terminal/text.js';

/** What `create` did, schedule by schedule, and what is good to know. */
export function createdView(model: CreateModel, paint: Paint): string {
  const parts = model.schedules.map((one) => {
    const word = one.outcome === 'unchanged' ? paint.dim(one.outcome) : paint.green(one.outcome);
    const changed = one.changed.length === 0 ? '' : ` (${one.changed.join(', ')})`;
    return `${word}${changed}  ${one.id}\n${facts(one, paint)}`;
  });
  const remarks = model.remarks.map(({ level, text }) =>
    level === 'warning' ? paint.yellow(`Warning: ${text}`) : `Note: ${text}`,
  );
  return [...parts, [serverLine(model.server, paint), ...remarks].join('\n')].join('\n\n');
}

/** One line for each schedule. */
export function schedulesView(model: SchedulesModel, paint: Paint): string {
  const head = serverLine(model.server, paint);
  if (model.schedules.length === 0) {
    return `${head}\nno schedules yet; for example: tracelift schedule create --experiment 1 --every 15m`;
  }
  const rows = model.schedules.map((one) => [
    one.paused ? paint.yellow('paused') : paint.green('active'),
    one.id,
    everyText(one),
    lookbackText(one),
    instant(one.recentRuns.at(-1)?.scheduledMs),
    one.paused ? '-' : instant(one.nextRunsMs[0]),
    count(one.runs),
    count(one.skipped),
    count(one.missed),
  ]);
  const names = ['state', 'id', 'every', 'looks back', 'last run', 'next run', 'runs', 'skipped', 'missed'];
  return `${head}\n${textTable(names, rows, paint, [6, 7, 8])}`;
}

/** Everything about each schedule. */
export function scheduleDetailsView(model: SchedulesModel, paint: Paint): string {
  const parts = model.schedules.map((one) => {
    const runs = one.recentRuns.map((run) => [
      one.running.includes(run.workflowId) ? paint.cyan('running') : 'closed',
      instant(run.scheduledMs),
      run.workflowId,
    ]);
    const recent = runs.length === 0 ? 'no runs yet' : textTable(['state', 'scheduled', 'workflow id'], runs, paint);
    return `${paint.bold(one.id)}\n${facts(one, paint)}\n\n${recent}`;
  });
  return [...parts, serverLine(model.server, paint)].join('\n\n');
}

const done: Readonly<Record<ScheduleAction, string>> = {
  pause: 'paused',
  resume: 'resumed',
  trigger: 'triggered',
  delete: 'deleted',
};

/** One line for each schedule that was changed. */
export function scheduleActionView(model: ActionModel, paint: Paint): string {
  const lines = model.schedules.map((one) => `${paint.green(done[model.action])}  ${one.id}${afterwards(model, one)}`);
  return [...lines, ...workerWarning(model.server, paint)].join('\n');
}

function afterwards({ action, started }: ActionModel, one: ScheduleState): string {
  if (action === 'resume') return `, next run ${instant(one.nextRunsMs[0])}`;
  if (action !== 'trigger')
    return one.running.length === 0 ? '' : `; the run under way goes on: ${one.running.join(', ')}`;
  const runs = started[one.id] ?? [];
  return runs.length > 0 ? `\n  ${runs.join('\n  ')}` : '; it starts when the run under way ends';
}

function facts(one: ScheduleState, paint: Paint): string {
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

function everyText({ everyMs, offsetMs }: ScheduleState): string {
  if (everyMs === null) return 'at times of its own';
  return offsetMs === 0 ? length(everyMs) : `${length(everyMs)} + ${length(offsetMs)}`;
}

function lookbackText({ input }: ScheduleState): string {
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

function serverLine(server: SchedulePlace, paint: Paint): string {
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
