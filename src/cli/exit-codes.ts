/** Exit codes of the command line, and which failure gets which. Pure. */
import { errorCatalogue, isErrorCode, TraceliftError } from '../errors/index.js';

/** Documented in --help; never renumbered. */
export const exitCodes = {
  ok: 0,
  /** The work failed, or it ended and is not complete. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** A server that is needed does not answer. */
  unreachable: 3,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What --help says about them. */
export const exitCodesText = `Exit codes:
  0    done
  1    failed, or finished and not complete
  2    wrong usage or configuration
  3    a server (MLflow, Temporal, warehouse) does not answer
  130  interrupted`;

/** The command was ended by the user; not a failure of anything. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Codes of servers that do not answer, beside those that end in `Unreachable`. */
const unreachableCodes = new Set([
  'ServerNotStarted',
  'ProgramNotFound',
  'SourceCertificate',
  'SourceClientCertificate',
  'SourceRateLimited',
]);

/** The exit code of a failure by its error code. */
function exitCodeOfErrorCode(code: string): ExitCode {
  if (code.endsWith('Unreachable') || unreachableCodes.has(code)) return exitCodes.unreachable;
  if (!isErrorCode(code)) return exitCodes.failed;
  const { kind } = errorCatalogue[code];
  return kind === 'input' || kind === 'config' ? exitCodes.usage : exitCodes.failed;
}

/** A run that failed, with the code and text of the catalogue. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
  constructor(
    readonly code: string,
    message: string,
    readonly workflowId: string,
  ) {
    super(message);
  }
}

/** The exit code of anything thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof TraceliftError || error instanceof RunFailed) return exitCodeOfErrorCode(error.code);
  return exitCodes.failed;
}
