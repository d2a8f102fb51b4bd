/** Prints a model, and shows progress while it is loaded. The only place where a command writes. */
import type { CliIo, TextStream } from './io.js';
import { jsonOutput } from './json-output.js';
import { progressView, type RunEvents } from './progress.js';
import { paintFor, printable, type Paint } from './text.js';

/** Options that every command with a result has. */
export interface OutputFlags {
  readonly json?: true;
}

/** Colours only on a terminal; https://no-color.org and FORCE_COLOR are respected. */
export function paintOf(io: CliIo, stream: TextStream): Paint {
  const isForced = Boolean(io.env['FORCE_COLOR']) && io.env['FORCE_COLOR'] !== '0';
  return paintFor(isForced || (stream.isTTY === true && !io.env['NO_COLOR']));
}

/**
 * Prints the model: as JSON and nothing else, or as its view. `isExact`: for programs, character by character, unless it
 * goes to a terminal.
 */
export function print<Model>(
  io: CliIo,
  flags: OutputFlags,
  model: Model,
  view: (model: Model, paint: Paint) => string,
  isExact = false,
): void {
  if (flags.json === true) {
    io.stdout.write(jsonOutput(model));
    return;
  }
  const text = view(model, paintOf(io, io.stdout));
  io.stdout.write(`${isExact && io.stdout.isTTY !== true ? text : printable(text)}\n`);
}

/** Shows progress while `work` runs; with --json nothing but errors goes to stderr. */
export async function withProgress<Result>(
  io: CliIo,
  flags: OutputFlags,
  work: (events: RunEvents) => Promise<Result>,
): Promise<Result> {
  const view = progressView(io.stderr, paintOf(io, io.stderr), flags.json === true);
  try {
    return await work({ note: (message) => view.note(message), progress: (progress) => view.update(progress) });
  } finally {
    view.stop();
  }
}
