/** Runs one command line from its arguments to its exit code. Knows no process of its own: everything is handed over. */
import { Command, CommanderError } from 'commander';
import { TraceliftError } from '../errors/index.js';
import { stopAllServers } from '../local/process-group.js';
import { version } from '../version.js';
import { exitCodeOf, exitCodes, exitCodesText, Interrupted, RunFailed, type ExitCode } from './exit-codes.js';
import type { CliIo } from './terminal/io.js';
import type { Loaders } from './loaders.js';
import { checkedArguments } from './command-names.js';
import { commands } from './commands/index.js';
import type { CommandContext } from './context.js';
import type { CliSession } from './session.js';
import { paintOf } from './terminal/output.js';
import { printable } from './terminal/text.js';

/** Resolves to the exit code; never rejects. */
export async function runCli(args: readonly string[], io: CliIo, loaders: Loaders): Promise<number> {
  let session: CliSession | undefined;
  let code: ExitCode = exitCodes.ok;
  const ending = { isEarly: false };
  const context: CommandContext = {
    io,
    endWith: (wanted) => (code = wanted),
    async session() {
      // Settings and log are half of what there is to load: --help and a wrong option need neither.
      const { CliSession } = await import('./session.js');
      return (session ??= new CliSession(io, loaders));
    },
  };
  const forgetSignals = io.onInterrupt(() => {
    if (session?.interrupt() === true) return;
    ending.isEarly = true;
    endEarly(io);
  });
  try {
    const program = createProgram(context);
    await program.parseAsync(checkedArguments(program, args), { from: 'user' });
  } catch (error) {
    // A command whose servers are being taken away fails by that: the user, who asked for it, hears of the end alone.
    code = ending.isEarly ? exitCodes.interrupted : report(error, io);
  }
  try {
    await session?.close();
  } catch (error) {
    const failed = report(error, io);
    if (code === exitCodes.ok) code = failed;
  } finally {
    forgetSignals();
  }
  return code;
}

/** The whole program with all commands. */
export function createProgram(context: CommandContext): Command {
  const { io } = context;
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
  for (const command of commands) command.options(program, context);
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
function report(error: unknown, io: CliIo): ExitCode {
  const paint = paintOf(io, io.stderr);
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof TraceliftError || error instanceof RunFailed) {
    io.stderr.write(`${paint.red(`${error.code}:`)} ${printable(error.message)}\n`);
    return exitCodeOf(error);
  }
  const known = error instanceof Error ? error : new Error(String(error));
  const text = io.env['TRACELIFT_LOG_LEVEL'] === 'debug' ? (known.stack ?? known.message) : known.message;
  io.stderr.write(`${paint.red('Unexpected:')} ${known.name}: ${printable(text)}\n`);
  io.stderr.write('TRACELIFT_LOG_LEVEL=debug shows where it happened.\n');
  return exitCodes.failed;
}
