/** Commands that look and change nothing: plan, status, doctor, tables, query, dead-letters, config. */
import type { Command } from 'commander';
import { plan } from '../commands/plan.js';
import { listDeadLetters, loadConfigModel, loadTables, runQuery, selectTable } from '../commands/tables.js';
import { exitCodes } from '../exit-codes.js';
import { readChoice, readRange, readWholeNumber } from '../options/values.js';
import { doctorView } from '../commands/doctor/view.js';
import { planView } from '../views/plan.js';
import { statusView } from '../views/status.js';
import { configView, deadLettersView, queryFormats, queryView, tableColumnsView, tablesView } from '../views/tables.js';
import { addDeadLetterActions } from './reconcile-commands.js';
import { print, withExamples, withJson, type OutputOptions, type ProgramContext } from '../terminal/output.js';

interface PlaceFlags extends OutputOptions {
  readonly source?: string;
  readonly target?: string;
}

export function addInspectCommands(program: Command, context: ProgramContext): void {
  addPlan(program, context);
  addStatus(program, context);
  addDoctor(program, context);
  addTables(program, context);
  addQuery(program, context);
  addDeadLetters(program, context);
  addConfig(program, context);
}

function addPlan(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('plan')
      .summary('what a backfill would do, without doing it')
      .description(
        'Counts the traces, the windows and the requests of a backfill and estimates its time. Writes nothing.',
      )
      .requiredOption('-e, --experiment <id or name>', 'MLflow experiment, by id or exact name')
      .option('--from <time>', 'as for backfill')
      .option('--to <time>', 'as for backfill')
      .option('--source <name>', 'MLflow server of the configuration')
      .option('--target <name>', 'place for the tables, as configured'),
  ).action(async (flags: PlaceFlags & { experiment: string; from?: string; to?: string }) => {
    const { from, to, json, ...rest } = flags;
    const bounds = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const range = readRange(bounds, context.session.io.nowMs(), 'plan');
    print(context, json === true ? { json } : {}, await plan(context.session, { ...rest, ...range }), planView);
  });
  withExamples(command, 'tracelift plan --experiment support-bot --from 30d');
}

function addStatus(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('status')
      .summary('runs, verified windows and totals')
      .description(
        'Shows the latest runs in Temporal with their progress, the ledger of windows, and the totals of the tables.',
      )
      .option('--target <name>', 'place of the tables (default: local)')
      .option('--limit <n>', 'runs and windows at the most', '10'),
  ).action(async (flags: PlaceFlags & { limit: string }) => {
    const limit = readWholeNumber(flags.limit, { command: 'status', option: '--limit' }, 1, 1000);
    const options = { limit, ...(flags.target === undefined ? {} : { target: flags.target }) };
    const { loadStatus } = await import('../commands/status.js');
    const model = await loadStatus(context.session, options);
    print(context, flags, model, (shown, paint) => statusView(shown, context.session.io.nowMs(), paint));
  });
  withExamples(command, 'tracelift status --limit 20');
}

function addDoctor(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('doctor')
      .summary('try every setting and connection, say how to mend what is wrong')
      .description(
        'Checks settings, folders, MLflow, tables, staging, Temporal, workers and monitor in this order. Exits with 1 if anything failed.',
      )
      .option('--source <name>', 'MLflow server of the configuration')
      .option('--target <name>', 'place of the tables'),
  ).action(async (flags: PlaceFlags) => {
    const { doctor } = await import('../commands/doctor/load.js');
    const model = await doctor(context.session, flags);
    print(context, flags, model, doctorView);
    if (!model.ok) context.exitCode = exitCodes.failed;
  });
  withExamples(command, 'MLFLOW_TRACKING_URI=http://127.0.0.1:5000 tracelift doctor');
}

function addTables(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('tables')
      .summary('the tables, their columns and what they mean')
      .argument('[table]', 'one table, with its columns')
      .option('--target <name>', 'place of the tables (default: local)'),
  ).action(async (table: string | undefined, flags: PlaceFlags) => {
    const model = await loadTables(context.session, flags.target);
    if (table === undefined) print(context, flags, model, tablesView);
    else print(context, flags, selectTable(model, table), tableColumnsView);
  });
  withExamples(command, 'tracelift tables genai_processed_traces_gold');
}

function addQuery(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('query')
      .summary('one read-only SQL statement')
      .description('Runs one statement that reads. It can reach the tables only: no files, no network, no settings.')
      .argument('<sql>', 'the statement')
      .option('--target <name>', 'place of the tables (default: local)')
      .option('--limit <n>', 'rows at the most', '100')
      .option('--format <form>', queryFormats.join(', '), 'table'),
  ).action(async (sql: string, flags: PlaceFlags & { limit: string; format: string }) => {
    const limit = readWholeNumber(flags.limit, { command: 'query', option: '--limit' }, 1, 1_000_000);
    const format = readChoice(flags.format, { command: 'query', option: '--format' }, queryFormats);
    const options = { limit, ...(flags.target === undefined ? {} : { target: flags.target }) };
    const result = await runQuery(context.session, sql, options);
    print(context, flags, result, (shown, paint) => queryView(shown, format, paint));
  });
  withExamples(
    command,
    'tracelift query "SELECT status, count(*) AS traces FROM genai_processed_traces_gold GROUP BY ALL"',
    'tracelift query "SELECT * FROM genai_metrics_long" --limit 100000 --format csv > metrics.csv',
  );
}

function addDeadLetters(program: Command, context: ProgramContext): void {
  const group = program.command('dead-letters').summary('traces that could not be copied, with the reason');
  const command = withJson(
    group
      .command('list')
      .summary('list them')
      .option('--target <name>', 'place of the tables (default: local)')
      .option('--experiment <id>', 'of one experiment only, by id')
      .option('--limit <n>', 'rows at the most', '50'),
  ).action(async (flags: PlaceFlags & { experiment?: string; limit: string }) => {
    const limit = readWholeNumber(flags.limit, { command: 'dead-letters list', option: '--limit' }, 1, 100_000);
    const { experiment, target } = flags;
    const options = {
      limit,
      ...(target === undefined ? {} : { target }),
      ...(experiment === undefined ? {} : { experiment }),
    };
    print(context, flags, await listDeadLetters(context.session, options), deadLettersView);
  });
  withExamples(command, 'tracelift dead-letters list --experiment 1');
  addDeadLetterActions(group, context);
  withExamples(group, 'tracelift dead-letters list');
}

function addConfig(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('config')
      .summary('the configuration in force, secrets masked')
      .description(
        'Prints every setting after file, environment and defaults. docs/configuration.md says what they mean.',
      ),
  ).action((flags: OutputOptions) => {
    print(context, flags, loadConfigModel(context.session), configView);
  });
  withExamples(command, 'TRACELIFT_CONFIG=/etc/tracelift.yaml tracelift config');
}
