/** What the command line needs from its process. Everything above the entry point gets it handed over. */
import type { Environment } from '../../config/index.js';

/** A place for text; `process.stdout` fits. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CliIo {
  readonly env: Environment;
  readonly cwd: string;
  /** Results only: with --json exactly one JSON document. */
  readonly stdout: TextStream;
  /** Progress, notes, logs, errors. */
  readonly stderr: TextStream;
  /** This machine's clock, epoch milliseconds. */
  readonly nowMs: () => number;
  /** Calls back on every Ctrl-C (or SIGTERM) until the returned function is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Ends the process at once. */
  readonly exitNow: (code: number) => void;
}
