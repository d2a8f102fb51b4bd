/** Runs one command line from its arguments to its exit code. Knows no process of its own: everything is handed over. */
import { Command, CommanderError } from 'commander';
import { TraceliftError } from '../errors/index.js';
import { stopAllServers } from '../local/process-group.js';
import { version } from '../version.js';
import { exitCodeOf, exitCodes, exitCodesText, Interrupted, RunFailed } from './exit-codes.js';
import type { CliIo } from './io.js';
import type { CliParts } from './loaders.js';
import { addDatabricksCommands } from './program/databricks-commands.js';
import { addInspectCommands } from './program/inspect-commands.js';
import { addMonitorCommands } from './program/monitor-commands.js';
import { paintOf, type ProgramContext } from './terminal/output.js';
import { addReconcileCommand } from './program/reconcile-commands.js';
import { addRunCommands } from './program/run-commands.js';
import { addScheduleCommands } from './program/schedule-commands.js';
import { CliSession } from './session.js';

/** Resolves to the exit code; never rejects. */
export async function runCli(args: readonly string[], io: CliIo, parts: CliParts): Promise<number> {
  const session = new CliSession(io, parts);
  const context: ProgramContext = { session, exitCode: exitCodes.ok };
  const ending = { isEarly: false };
  const forgetBase = session.onInterrupt(() => {
    ending.isEarly = true;
    endEarly(io);
  });
  const forgetSignals = io.onInterrupt(() => session.interrupt());
  try {
    await createProgram(context).parseAsync([...args], { from: 'user' });
  } catch (error) {
    // A command whose servers are being taken away fails by that: the user, who asked for it, hears of the end alone.
    context.exitCode = ending.isEarly ? exitCodes.interrupted : report(error, io);
  }
  try {
    await session.close();
  } catch (error) {
    const code = report(error, io);
    if (context.exitCode === exitCodes.ok) context.exitCode = code;
  } finally {
    forgetBase();
    forgetSignals();
  }
  return context.exitCode;
}

/** The whole program with all commands. */
export function createProgram(context: ProgramContext): Command {
  const { io } = context.session;
  const program = new Command('tracelift')
    .description(
      'Copies GenAI traces out of MLflow into tables you own, proves that none is missing, and keeps a quality monitor over them.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(tracelift --help lists the commands, tracelift <command> --help their options)')
    .addHelpText(
      'after',
      `\n${exitCodesText}\n\nExample:\n  $ MLFLOW_TRACKING_URI=http://127.0.0.1:5000 tracelift backfill --experiment 1`,
    );
  addRunCommands(program, context);
  addReconcileCommand(program, context);
  addInspectCommands(program, context);
  addMonitorCommands(program, context);
  addScheduleCommands(program, context);
  addDatabricksCommands(program, context);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    });
  }
  return program;
}

/** Ctrl-C while no run is watched: servers that were started here are ended, then the process. */
function endEarly(io: CliIo): void {
  io.stderr.write('\nStopping.\n');
  void stopAllServers().finally(() => io.exitNow(exitCodes.interrupted));
}

/** Writes what went wrong and returns the exit code for it. */
function report(error: unknown, io: CliIo): number {
  const paint = paintOf(io, io.stderr);
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof TraceliftError || error instanceof RunFailed) {
    io.stderr.write(`${paint.red(`${error.code}:`)} ${error.message}\n`);
    return exitCodeOf(error);
  }
  const known = error instanceof Error ? error : new Error(String(error));
  const text = io.env['TRACELIFT_LOG_LEVEL'] === 'debug' ? (known.stack ?? known.message) : known.message;
  io.stderr.write(`${paint.red('Unexpected:')} ${known.name}: ${text}\n`);
  io.stderr.write('TRACELIFT_LOG_LEVEL=debug shows where it happened.\n');
  return exitCodes.failed;
}
