/** `tracelift schedule create`: makes the schedules of an experiment, or brings them in line. */
import type { Command } from 'commander';
import { TraceliftError } from '../../../errors/index.js';
import { copyableExperiment } from '../../../sources/copyable-experiment.js';
import type { Experiment } from '../../../sources/trace-source.js';
import type { CommandContext } from '../../context.js';
import {
  durationOf,
  experimentOption,
  sourceOption,
  targetOption,
  withExamples,
  withJson,
  type PlaceFlags,
} from '../../options/flags.js';
import { countSettingOf, durationSettingOf, settingHelp } from '../../options/run-settings.js';
import { readDuration } from '../../options/values.js';
import type { Installation } from '../../../wiring/installation.js';
import type { CliSession } from '../../session.js';
import type { ScheduleOutcome, ScheduleState } from '../../temporal/schedules.js';
import { print } from '../../terminal/output.js';
import type { Paint } from '../../terminal/text.js';
import { planSchedules, scheduleRemarks, shortestIntervalMs, type ScheduleOrder, type ScheduleRemark } from './plan.js';
import type { SchedulePlace } from './server.js';
import { facts, serverLine } from './text.js';

/** Lengths of time are milliseconds. */
interface CreateFlags extends PlaceFlags {
  readonly experiment: string;
  readonly every?: number;
  readonly lookback?: number;
  readonly refreshEvery?: number;
  readonly horizon?: number;
  readonly refreshOffset?: number;
  readonly concurrency?: number;
  readonly monitor: boolean;
}

const whyText = `
A run copies from the end of verified coverage, and at least the lookback. So:
  overlap SKIP      while a run is in progress, the next one is skipped; the run after it copies its range too
  catch-up window   one interval, at most 1 hour: after an outage one missed run is caught up, not all
  jitter            5 % of the interval, at most 10 minutes; it does not move the range
  no timeout        a run that waits for a server goes on when it is back; a failed run does not pause the schedule`;

/** How far back a refresh looks, milliseconds. */
const defaultHorizonMs = 30 * 86_400_000;

const place = (option: string) => ({ command: 'schedule create', option });

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('create')
      .summary('create or update them; the same command again changes nothing')
      .description(
        'Creates one schedule of increments (--every), one of refreshes (--refresh-every), or both. Updates those that exist; a paused schedule stays paused.',
      )
      .requiredOption(...experimentOption)
      .option(
        '--every <duration>',
        'how often to copy what is new, such as 15m; counted from midnight UTC',
        intervalOf('--every'),
      )
      .option('--lookback <duration>', settingHelp('lookbackMs'), durationSettingOf(place('--lookback'), 'lookbackMs'))
      .option(
        '--refresh-every <duration>',
        'how often to look for late assessments and changes, such as 1d',
        intervalOf('--refresh-every'),
      )
      .option('--horizon <duration>', 'how far back a refresh looks (default: 30d)', durationOf(place('--horizon')))
      .option(
        '--refresh-offset <duration>',
        'start refreshes this long after midnight UTC, such as 3h',
        durationOf(place('--refresh-offset')),
      )
      .option(...sourceOption)
      .option(...targetOption)
      .option('--concurrency <n>', settingHelp('concurrency'), countSettingOf(place('--concurrency'), 'concurrency'))
      .option('--no-monitor', 'leave the quality monitor alone'),
  ).action(async (flags: CreateFlags) => {
    checkRhythm(flags);
    print(context.io, flags, await load(await context.session(), flags), view);
  });
  command.addHelpText('after', whyText);
  withExamples(
    command,
    'tracelift schedule create --experiment support-bot --every 15m --lookback 2h',
    'tracelift schedule create -e 1 --refresh-every 1d --horizon 30d --refresh-offset 3h',
  );
}

/** @throws InvalidOption where nothing says when to run, or an offset is longer than its interval */
function checkRhythm({ every, refreshEvery, refreshOffset = 0 }: CreateFlags): void {
  if (every === undefined && refreshEvery === undefined) {
    throw new TraceliftError('InvalidOption', {
      option: 'schedule create',
      problem: 'neither --every nor --refresh-every says when to run',
      example: 'schedule create --experiment 1 --every 15m',
      command: 'schedule create',
    });
  }
  if (refreshEvery !== undefined && refreshOffset >= refreshEvery) {
    throw invalid('--refresh-offset', 'it must be shorter than --refresh-every', '3h');
  }
}

/** Reads an interval. The reader throws InvalidOption where it is shorter than a minute. */
function intervalOf(option: string): (text: string) => number {
  return (text) => {
    const everyMs = readDuration(text, place(option));
    if (everyMs < shortestIntervalMs) throw invalid(option, `"${text}" is shorter than a minute`, '15m');
    return everyMs;
  };
}

function invalid(option: string, problem: string, example: string): TraceliftError {
  return new TraceliftError('InvalidOption', { ...place(option), problem, example: `${option} ${example}` });
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
export async function load(session: CliSession, flags: CreateFlags): Promise<CreateModel> {
  const { requireTemporal, schedulePlace } = await import('./server.js');
  const { takeFormer } = await import('./owner.js');
  const { describeSchedule, ensureSchedule } = await import('../../temporal/schedules.js');
  const temporal = await requireTemporal(session);
  const { name, source } = await session.source(flags.source);
  const experiment = await copyableExperiment(source, flags.experiment);
  const installation = await session.installation(name, flags.target);
  const order = orderOf(session, flags, installation, experiment);
  const known = {
    nowMs: await source.nowMs(),
    earliestTraceMs: await source.earliestTraceMs(experiment.experimentId),
    lagMs: session.config.windows.lagMs,
    hasTables: session.targetExists(flags.target),
  };
  const schedules: (ScheduleState & ScheduleOutcome)[] = [];
  for (const planned of planSchedules(order)) {
    const former = await takeFormer(temporal, planned.formerId, installation);
    const outcome = await ensureSchedule(temporal.client.schedule, planned, temporal.taskQueue, former);
    schedules.push({ ...(await describeSchedule(temporal.client.schedule, planned.id)), ...outcome });
  }
  return {
    experiment,
    server: await schedulePlace(session, temporal),
    schedules,
    remarks: scheduleRemarks(order, known),
  };
}

function orderOf(
  session: CliSession,
  flags: CreateFlags,
  { source, target, idPart, formerIdPart, asked }: Installation,
  experiment: Experiment,
): ScheduleOrder {
  const {
    every,
    refreshEvery,
    lookback = session.config.windows.lookbackMs,
    horizon = defaultHorizonMs,
    refreshOffset = 0,
  } = flags;
  return {
    target: target.name,
    source: source?.name ?? session.config.defaultSource,
    ...{ idPart, formerIdPart, asked },
    experimentId: experiment.experimentId,
    experimentName: experiment.name,
    increments: every === undefined ? null : { everyMs: every, offsetMs: 0, lookbackMs: lookback },
    refresh: refreshEvery === undefined ? null : { everyMs: refreshEvery, offsetMs: refreshOffset, horizonMs: horizon },
    concurrency: flags.concurrency ?? null,
    monitor: flags.monitor,
  };
}

/** What `create` did, schedule by schedule, and what is good to know. */
export function view(model: CreateModel, paint: Paint): string {
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
