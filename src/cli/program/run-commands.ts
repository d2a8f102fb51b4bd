/**
 * Commands that run workflows: backfill, sync, rebuild, worker, demo. What they run is imported when they run: the
 * Temporal client takes a while to load, and --help must not wait for it.
 */
import type { Command } from 'commander';
import { relative } from 'node:path';
import type { CopyModel, CopyOptions } from '../copying.js';
import { exitCodes } from '../exit-codes.js';
import { readRange } from '../options/values.js';
import { readCountSetting, readDurationSetting, settingHelp } from '../run-setting-options.js';
import { copyView } from '../terminal/receipt.js';
import { demoStopView, demoView } from '../commands/demo/view.js';
import { rebuildView } from '../views/monitor.js';
import { print, withExamples, withJson, withProgress, type OutputOptions, type ProgramContext } from '../terminal/output.js';

interface CopyFlags extends OutputOptions {
  readonly experiment: string;
  readonly source?: string;
  readonly target?: string;
  readonly concurrency?: string;
  readonly monitor: boolean;
  readonly detach?: true;
  readonly keepServer?: true;
  readonly adopt?: true;
}

/** Options that backfill and sync share. */
function withCopyOptions(command: Command): Command {
  return withJson(
    command
      .requiredOption('-e, --experiment <id or name>', 'MLflow experiment, by id or exact name')
      .option('--source <name>', 'MLflow server of the configuration (default: the one of MLFLOW_TRACKING_URI)')
      .option('--target <name>', 'place for the tables, as configured (default: local)')
      .option('--concurrency <n>', settingHelp('concurrency'))
      .option('--no-monitor', 'leave the quality monitor alone')
      .option('--adopt', 'on Databricks: first add the columns that existing tables lack, instead of refusing them')
      .option('--watch', 'wait for the end and show progress (the default)')
      .option('--detach', 'start the run and come back at once; needs TEMPORAL_ADDRESS and a worker')
      .option('--keep-server', 'let a local Temporal server that this command starts run on'),
  );
}

function copyOptions(flags: CopyFlags, command: string): CopyOptions {
  const { experiment, source, target, concurrency, monitor } = flags;
  const place = { command, option: '--concurrency' };
  return {
    experiment,
    ...(source === undefined ? {} : { source }),
    ...(target === undefined ? {} : { target }),
    ...(concurrency === undefined ? {} : { concurrency: readCountSetting(concurrency, place, 'concurrency') }),
    monitor,
    detach: flags.detach === true,
    keepServer: flags.keepServer === true,
    adopt: flags.adopt === true,
  };
}

function finish(context: ProgramContext, flags: CopyFlags, model: CopyModel): void {
  print(context, flags, model, copyView);
  if ((model.result?.totals.missing ?? 0) > 0) context.exitCode = exitCodes.failed;
}

export function addRunCommands(program: Command, context: ProgramContext): void {
  addBackfill(program, context);
  addSync(program, context);
  addRebuild(program, context);
  addWorker(program, context);
  addDemo(program, context);
}

const timeHelp = 'a date, an ISO time (UTC where it names no zone), or a time ago such as 30d or 12h';

function addBackfill(program: Command, context: ProgramContext): void {
  const command = program
    .command('backfill')
    .summary('copy the traces of an experiment, verified window by window')
    .description(
      'Copies all traces of an experiment that start in [from, to) and proves that none is missing. Running it again lists everything and fetches only what changed. Without TEMPORAL_ADDRESS it starts a local Temporal server and a worker by itself.',
    );
  withCopyOptions(command)
    .option('--from <time>', `first start of a trace, inclusive: ${timeHelp} (default: the oldest)`)
    .option('--to <time>', 'last start of a trace, exclusive; the same forms (default: now)')
    .action(async (flags: CopyFlags & { from?: string; to?: string }) => {
      const range = readRange(flags, context.session.io.nowMs(), 'backfill');
      const options = { ...copyOptions(flags, 'backfill'), ...range };
      const { backfill } = await import('../copying.js');
      finish(
        context,
        flags,
        await withProgress(context, flags, (events) => backfill(context.session, options, events)),
      );
    });
  withExamples(
    command,
    'MLFLOW_TRACKING_URI=http://127.0.0.1:5000 tracelift backfill --experiment support-bot --from 30d',
    'tracelift backfill --experiment 1 --from 2024-01-01 --to 2024-02-01 --target local',
    'tracelift backfill --experiment 1 --target databricks --adopt',
  );
}

function addSync(program: Command, context: ProgramContext): void {
  const command = program
    .command('sync')
    .summary('copy what is new or changed lately')
    .description(
      'Copies from the end of verified coverage, at least the lookback, up to now. A Temporal Schedule runs the same workflow (syncTraces); see the README.',
    );
  withCopyOptions(command)
    .option('--lookback <duration>', settingHelp('lookbackMs'))
    .action(async (flags: CopyFlags & { lookback?: string }) => {
      const place = { command: 'sync', option: '--lookback' };
      const lookback =
        flags.lookback === undefined ? {} : { lookbackMs: readDurationSetting(flags.lookback, place, 'lookbackMs') };
      const options = { ...copyOptions(flags, 'sync'), ...lookback };
      const { sync } = await import('../copying.js');
      finish(context, flags, await withProgress(context, flags, (events) => sync(context.session, options, events)));
    });
  withExamples(command, 'tracelift sync --experiment support-bot --lookback 2d');
}

function addRebuild(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('rebuild')
      .summary('make every derived table again from the raw one')
      .description(
        'Processes every raw trace again, gold last: after a change of encoding, dimensions or hash key. Needs no MLflow.',
      )
      .option('--target <name>', 'place of the tables (default: local)')
      .option('--no-monitor', 'leave the quality monitor alone'),
  ).action(async (flags: OutputOptions & { target?: string; monitor: boolean }) => {
    const { rebuild } = await import('../commands/monitor/show.js');
    const model = await withProgress(context, flags, (events) => rebuild(context.session, flags, events));
    print(context, flags, model, rebuildView);
  });
  withExamples(command, 'TRACELIFT_ENCODING=o200k_base tracelift rebuild');
}

function addWorker(program: Command, context: ProgramContext): void {
  const command = program
    .command('worker')
    .summary('run a worker until it is told to stop')
    .description(
      'Polls the task queue for workflows and activities. Start as many as you like where the target is Databricks; with a DuckDB target one machine and one process own the file. Ctrl-C or SIGTERM lets activities in flight finish.',
    )
    .action(async () => {
      const { runWorker } = await import('../commands/worker.js');
      await runWorker(context.session, (message) => void context.session.io.stderr.write(`${message}\n`));
    });
  withExamples(command, 'TEMPORAL_ADDRESS=127.0.0.1:7233 MLFLOW_TRACKING_URI=http://127.0.0.1:5000 tracelift worker');
}

interface DemoFlags extends OutputOptions {
  readonly keep?: true;
  readonly stop?: true;
}

function addDemo(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('demo')
      .summary('try everything on demo traces, nothing to configure')
      .description(
        'Starts or finds MLflow and Temporal, lets MLflow make its own demo traces, copies them, and shows what to do next. Everything lies in tracelift-data/demo; a second run finds it again.',
      )
      .option('--keep', 'let both servers run on, to look at their web pages')
      .option('--stop', 'end the servers that --keep left running'),
  ).action(async (flags: DemoFlags) => {
    const { demo, demoFolder, stopDemo } = await import('../commands/demo/load.js');
    const { session } = context;
    const folder = relative(session.io.cwd, demoFolder(session));
    if (flags.stop === true) {
      print(context, flags, await stopDemo(session), demoStopView);
      return;
    }
    const options = { keep: flags.keep === true };
    const model = await withProgress(context, flags, (events) => demo(session, options, events));
    const calling = { program: 'npx tracelift', folder: folder.startsWith('..') ? model.folder : folder };
    print(context, flags, model, (shown, paint) => demoView(shown, calling, paint));
    if (model.totals.missing > 0) context.exitCode = exitCodes.failed;
  });
  withExamples(command, 'npx tracelift demo --keep');
}
