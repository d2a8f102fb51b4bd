/** What the commander actions share: printing a model, showing progress, examples in help texts. */
import type { Command } from 'commander';
import type { CliIo, TextStream } from '../io.js';
import { jsonOutput } from './json-output.js';
import { progressView, type ProgressView } from './progress.js';
import { paintFor, type Paint } from './text.js';
import type { CliSession } from '../session.js';

export interface ProgramContext {
  readonly session: CliSession;
  /** The exit code of a command that did not throw. */
  exitCode: number;
}

/** Options that every command with a result has. */
export interface OutputOptions {
  readonly json?: true;
}

/** Colours only on a terminal; https://no-color.org and FORCE_COLOR are respected. */
export function paintOf(io: CliIo, stream: TextStream): Paint {
  const isForced = Boolean(io.env['FORCE_COLOR']) && io.env['FORCE_COLOR'] !== '0';
  return paintFor(isForced || (stream.isTTY === true && !io.env['NO_COLOR']));
}

/** Prints the model: as JSON and nothing else, or as its view. */
export function print<Model>(
  { session }: ProgramContext,
  options: OutputOptions,
  model: Model,
  view: (model: Model, paint: Paint) => string,
): void {
  const { io } = session;
  io.stdout.write(options.json === true ? jsonOutput(model) : `${view(model, paintOf(io, io.stdout))}\n`);
}

/** Shows progress while `work` runs; with --json nothing but errors goes to stderr. */
export async function withProgress<Result>(
  { session }: ProgramContext,
  options: OutputOptions,
  work: (events: { note: (message: string) => void; progress: ProgressView['update'] }) => Promise<Result>,
): Promise<Result> {
  const { io } = session;
  const view = progressView(io.stderr, paintOf(io, io.stderr), options.json === true);
  try {
    return await work({ note: (message) => view.note(message), progress: (progress) => view.update(progress) });
  } finally {
    view.stop();
  }
}

/** Adds --json and an example at the end of the help text. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  return command.addHelpText('after', `\nExample${examples.length === 1 ? '' : 's'}:\n${lines}`);
}

/** Adds the option that makes the output a JSON document. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print the result as one JSON document on stdout and nothing else');
}
