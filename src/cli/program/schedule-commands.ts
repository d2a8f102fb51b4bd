/** The commands of Temporal Schedules. What they do is imported when they run: the Temporal client loads slowly. */
import type { Command } from 'commander';
import { TraceliftError } from '../../errors/index.js';
import type { CreateOptions, ScheduleAction, ScheduleChoice } from '../commands/schedule/create.js';
import { readDuration } from '../options/values.js';
import { readCountSetting, settingHelp } from '../run-setting-options.js';
import { shortestIntervalMs } from '../commands/schedule/plan.js';
import { createdView, scheduleActionView, scheduleDetailsView, schedulesView } from '../views/schedule.js';
import { print, withExamples, withJson, type OutputOptions, type ProgramContext } from '../terminal/output.js';

export function addScheduleCommands(program: Command, context: ProgramContext): void {
  const group = program
    .command('schedule')
    .summary('keep the copy fresh: Temporal Schedules of syncTraces')
    .description(
      'Creates and changes Temporal Schedules. They live in the Temporal server and need a worker; TEMPORAL_ADDRESS names the server. docs/schedules.md explains every setting.',
    );
  addCreate(group, context);
  addList(group, context);
  addDescribe(group, context);
  addAction(group, context, 'pause', 'start no further runs; the one under way goes on');
  addAction(group, context, 'resume', 'go on after a pause; the next run copies what the pause left out');
  addAction(group, context, 'trigger', 'start a run now, or right after the one under way');
  addAction(group, context, 'delete', 'remove them; runs and tables stay');
  withExamples(
    group,
    'tracelift schedule create --experiment 1 --every 15m --lookback 2h --refresh-every 1d --horizon 30d',
    'tracelift schedule list',
  );
}

interface CreateFlags extends OutputOptions {
  readonly experiment: string;
  readonly every?: string;
  readonly lookback?: string;
  readonly refreshEvery?: string;
  readonly horizon?: string;
  readonly refreshOffset?: string;
  readonly source?: string;
  readonly target?: string;
  readonly concurrency?: string;
  readonly monitor: boolean;
}

const whyText = `
Runs start at the end of gap-free verified coverage, at the latest at the lookback. So:
  overlap SKIP      a run that is still under way makes the next one wait for its turn; nothing is lost by it
  catch-up window   one interval, at most 1 hour: after an outage one missed run is made up, not all of them
  jitter            5 % of the interval, at most 10 minutes; the range comes from the time before it
  no timeout        a run that waits for a server goes on when it is back; a failed run does not pause the schedule`;

function addCreate(group: Command, context: ProgramContext): void {
  const command = withJson(
    group
      .command('create')
      .summary('create them, or bring them in line; the same command again changes nothing')
      .description(
        'Creates one schedule of increments (--every), one of refreshes (--refresh-every), or both. One that exists is compared and updated; whether it is paused stays as it is.',
      )
      .requiredOption('-e, --experiment <id or name>', 'MLflow experiment, by id or exact name')
      .option('--every <duration>', 'copy what is new so often, such as 15m; multiples count from midnight UTC')
      .option('--lookback <duration>', settingHelp('lookbackMs'))
      .option('--refresh-every <duration>', 'look for late assessments and changes so often, such as 1d')
      .option('--horizon <duration>', 'how far back a refresh looks', '30d')
      .option('--refresh-offset <duration>', 'start refreshes so long after midnight UTC, such as 3h')
      .option('--source <name>', 'MLflow server of the configuration')
      .option('--target <name>', 'place for the tables, as configured (default: local)')
      .option('--concurrency <n>', settingHelp('concurrency'))
      .option('--no-monitor', 'leave the quality monitor alone'),
  ).action(async (flags: CreateFlags) => {
    const options = createOptions(flags, context);
    const { createSchedules } = await import('../commands/schedule/create.js');
    print(context, flags, await createSchedules(context.session, options), createdView);
  });
  command.addHelpText('after', whyText);
  withExamples(
    command,
    'tracelift schedule create --experiment support-bot --every 15m --lookback 2h',
    'tracelift schedule create -e 1 --refresh-every 1d --horizon 30d --refresh-offset 3h',
  );
}

function createOptions(flags: CreateFlags, context: ProgramContext): CreateOptions {
  const { experiment, source, target, concurrency, monitor } = flags;
  if (flags.every === undefined && flags.refreshEvery === undefined) {
    throw new TraceliftError('InvalidOption', {
      option: 'schedule create',
      problem: 'neither --every nor --refresh-every says when to run',
      example: 'schedule create --experiment 1 --every 15m',
      command: 'schedule create',
    });
  }
  const { lookbackMs } = context.session.config.windows;
  return {
    experiment,
    ...(source === undefined ? {} : { source }),
    ...(target === undefined ? {} : { target }),
    increments:
      flags.every === undefined
        ? null
        : {
            everyMs: readInterval(flags.every, '--every'),
            offsetMs: 0,
            lookbackMs: flags.lookback === undefined ? lookbackMs : read(flags.lookback, '--lookback'),
          },
    refresh: flags.refreshEvery === undefined ? null : refreshOf(flags, flags.refreshEvery),
    concurrency:
      concurrency === undefined ? null : readCountSetting(concurrency, place('--concurrency'), 'concurrency'),
    monitor,
  };
}

function refreshOf(flags: CreateFlags, every: string): NonNullable<CreateOptions['refresh']> {
  const everyMs = readInterval(every, '--refresh-every');
  const offsetMs = flags.refreshOffset === undefined ? 0 : read(flags.refreshOffset, '--refresh-offset');
  if (offsetMs >= everyMs) throw tooLong('--refresh-offset', 'it must be shorter than --refresh-every', '3h');
  return { everyMs, offsetMs, horizonMs: read(flags.horizon ?? '30d', '--horizon') };
}

const place = (option: string) => ({ command: 'schedule create', option });

const read = (text: string, option: string): number => readDuration(text, place(option));

/** @throws InvalidOption where it is shorter than a minute */
function readInterval(text: string, option: string): number {
  const everyMs = read(text, option);
  if (everyMs < shortestIntervalMs) throw tooLong(option, `"${text}" is shorter than a minute`, '15m');
  return everyMs;
}

function tooLong(option: string, problem: string, example: string): TraceliftError {
  return new TraceliftError('InvalidOption', { ...place(option), problem, example: `${option} ${example}` });
}

function addList(group: Command, context: ProgramContext): void {
  const command = withJson(group.command('list').summary('every schedule with its last and next run')).action(
    async (flags: OutputOptions) => {
      const { loadSchedules } = await import('../commands/schedule/create.js');
      print(context, flags, await loadSchedules(context.session), schedulesView);
    },
  );
  withExamples(command, 'tracelift schedule list');
}

interface ChoiceFlags extends OutputOptions {
  readonly experiment?: string;
  readonly source?: string;
  readonly note?: string;
}

function withChoice(command: Command): Command {
  return withJson(
    command
      .argument('[ids...]', 'ids as `tracelift schedule list` shows them')
      .option('-e, --experiment <id or name>', 'all schedules of this experiment')
      .option('--source <name>', 'MLflow server that knows the name'),
  );
}

function choiceOf(ids: readonly string[], flags: ChoiceFlags, command: string): ScheduleChoice {
  const { experiment, source } = flags;
  if (ids.length === 0 && experiment === undefined) {
    throw new TraceliftError('InvalidOption', {
      option: command,
      problem: 'it names no schedule',
      example: `${command} --experiment 1`,
      command,
    });
  }
  return {
    ids,
    ...(experiment === undefined ? {} : { experiment }),
    ...(source === undefined ? {} : { source }),
  };
}

function addDescribe(group: Command, context: ProgramContext): void {
  const command = withChoice(group.command('describe').summary('settings, state and latest runs')).action(
    async (ids: string[], flags: ChoiceFlags) => {
      const choice = choiceOf(ids, flags, 'schedule describe');
      const { describeSchedules } = await import('../commands/schedule/create.js');
      print(context, flags, await describeSchedules(context.session, choice), scheduleDetailsView);
    },
  );
  withExamples(command, 'tracelift schedule describe tracelift/sync/local/default/1');
}

function addAction(group: Command, context: ProgramContext, action: ScheduleAction, summary: string): void {
  const command = withChoice(group.command(action).summary(summary));
  if (action === 'pause' || action === 'resume') command.option('--note <text>', 'why, shown by describe');
  command.action(async (ids: string[], flags: ChoiceFlags) => {
    const choice = choiceOf(ids, flags, `schedule ${action}`);
    const note = flags.note === undefined ? {} : { note: flags.note };
    const { changeSchedules } = await import('../commands/schedule/create.js');
    print(context, flags, await changeSchedules(context.session, action, { ...choice, ...note }), scheduleActionView);
  });
  withExamples(command, `tracelift schedule ${action} --experiment 1`);
}
