/** The commands of the quality monitor. */
import type { Command } from 'commander';
import { readChoice, readWholeNumber } from '../options/values.js';
import { driftView, monitorOutcomeView, monitorView } from '../views/monitor.js';
import { print, withExamples, withJson, withProgress, type OutputOptions, type ProgramContext } from '../terminal/output.js';

interface MonitorFlags extends OutputOptions {
  readonly target?: string;
}

const targetHelp = 'place of the tables (default: local)';

export function addMonitorCommands(program: Command, context: ProgramContext): void {
  const group = program.command('monitor').summary('the quality monitor over the gold table');
  withExamples(group, 'tracelift monitor show', 'tracelift monitor drift');
  addShow(group, context);
  addEnsure(group, context);
  addDelete(group, context);
  addDrift(group, context);
}

function addShow(group: Command, context: ProgramContext): void {
  const command = withJson(
    group.command('show').summary('its state and its tables').option('--target <name>', targetHelp),
  ).action(async (flags: MonitorFlags) => {
    const { showMonitor } = await import('../commands/monitor/show.js');
    print(context, flags, await showMonitor(context.session, flags.target), monitorView);
  });
  withExamples(command, 'tracelift monitor show');
}

function addEnsure(group: Command, context: ProgramContext): void {
  for (const [name, summary] of [
    ['ensure', 'create it or update what differs, wait until it is active, refresh it'],
    ['refresh', 'compute what changed since the last refresh'],
  ] as const) {
    const command = withJson(group.command(name).summary(summary).option('--target <name>', targetHelp));
    if (name === 'ensure') command.option('--no-refresh', 'leave its metrics as they are');
    command.action(async (flags: MonitorFlags & { refresh?: boolean }) => {
      const options = {
        refresh: flags.refresh ?? true,
        ...(flags.target === undefined ? {} : { target: flags.target }),
      };
      const { ensureMonitor } = await import('../commands/monitor/show.js');
      const model = await withProgress(context, flags, (events) => ensureMonitor(context.session, options, events));
      print(context, flags, model, monitorOutcomeView);
    });
    withExamples(command, `tracelift monitor ${name}`);
  }
}

function addDelete(group: Command, context: ProgramContext): void {
  const command = withJson(
    group
      .command('delete')
      .summary('remove it; its metric tables stay')
      .option('--drop-tables', 'remove its metric tables too')
      .option('--target <name>', targetHelp),
  ).action(async (flags: MonitorFlags & { dropTables?: true }) => {
    const options = { dropTables: flags.dropTables === true };
    const { deleteMonitor } = await import('../commands/monitor/show.js');
    print(context, flags, await deleteMonitor(context.session, flags.target, options), monitorView);
  });
  withExamples(command, 'tracelift monitor delete --drop-tables');
}

const granularities = ['1 day', '1 hour'] as const;

function addDrift(group: Command, context: ProgramContext): void {
  const command = withJson(
    group
      .command('drift')
      .summary('the columns that changed most lately')
      .option('--granularity <length>', `length of the windows compared: ${granularities.join(' or ')}`, '1 day')
      .option('--limit <n>', 'columns at the most', '20')
      .option('--target <name>', targetHelp),
  ).action(async (flags: MonitorFlags & { granularity: string; limit: string }) => {
    const place = { command: 'monitor drift', option: '--granularity' };
    const options = {
      granularity: readChoice(flags.granularity, place, granularities),
      limit: readWholeNumber(flags.limit, { command: 'monitor drift', option: '--limit' }, 1, 10_000),
      ...(flags.target === undefined ? {} : { target: flags.target }),
    };
    const { loadDrift } = await import('../commands/monitor/show.js');
    print(context, flags, await loadDrift(context.session, options), driftView);
  });
  withExamples(command, 'tracelift monitor drift --granularity "1 hour"');
}
