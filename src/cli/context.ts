/** What every command gets from the program. Types only. */
import type { ExitCode } from './exit-codes.js';
import type { CliIo } from './terminal/io.js';
import type { CliSession } from './session.js';

export interface CommandContext {
  readonly io: CliIo;
  /** Settings, log and opened parts: loaded when a command acts, so that --help waits for none of it. */
  readonly session: () => Promise<CliSession>;
  /** Sets the exit code of a command that did not throw; without it 0. */
  readonly endWith: (code: ExitCode) => void;
}
