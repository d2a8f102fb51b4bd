/** Runs of workflows and activities. Part of the catalogue in index.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const runsErrors = {
  InvalidInput: entry(
    'input',
    'The input of {workflow} is not valid: {problems}.',
    'Nothing was started and nothing was written.',
    'Correct the named fields. A valid example: {example}',
  ),
  TemporalUnreachable: entry(
    'transient',
    'Temporal does not answer at {address}, namespace {namespace}: {reason}.',
    'Nothing was started; existing runs wait on the server and continue when a worker is back.',
    'Start that server, or correct TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the credentials. Without TEMPORAL_ADDRESS tracelift starts a local server by itself.',
  ),
  WrongWorker: entry(
    'transient',
    'This worker serves {here}, but the run was prepared for {wanted}.',
    'The step is left to another worker of the same task queue; nothing was written.',
    'Give workers with other settings another task queue, or cancel the run and start it again: it copies only the difference.',
  ),
  OtherInstallation: entry(
    'config',
    'No worker of this task queue serves the source and the tables that the run was started for: this one serves {here}.',
    'Nothing was read and nothing was written.',
    'Start a worker with the configuration of the command. Installations that share a Temporal namespace need task queues of their own (TRACELIFT_TASK_QUEUE).',
  ),
  RunOfOthers: entry(
    'config',
    'The run {workflowId} belongs to {owner}; this command is configured for {here}.',
    'It was left alone, and nothing was started.',
    'Give installations that share a Temporal namespace task queues of their own (TRACELIFT_TASK_QUEUE), or use the configuration of that one.',
  ),
  RunNotPrepared: entry(
    'terminal',
    'A step of a run is to keep rows under the name {wanted}, but would read them from {here}.',
    'Nothing was read and nothing was written.',
    'No run that tracelift prepares asks for this. Find out who starts workflows in this namespace; docs/security.md says who is trusted with what.',
  ),
  RangeEmpty: entry(
    'input',
    'There is nothing to copy between {from} and {to}: the end of a window must be at least {lagMinutes} minutes in the past.',
    'Nothing was started and nothing was written.',
    'Choose an earlier start, or wait: the source shows a trace only when it has ended.',
  ),
  TooManyDeadLetters: entry(
    'data',
    '{failed} of {processed} traces could not be copied; the limit is {limit}. The first ones: {ids}.',
    'The run stopped; windows that were verified before stay.',
    'See the reasons with `tracelift dead-letters list`; raise maxFailedRatio if they are acceptable.',
  ),
  ExperimentDeleted: entry(
    'input',
    'The experiment {experiment} is deleted at the source.',
    'Nothing was started and nothing was written.',
    'Restore it in MLflow, copy it, and delete it again if necessary.',
  ),
  ExperimentsFailed: entry(
    'data',
    '{count} experiments could not be copied: {experiments}.',
    'The other experiments were copied and verified.',
    'See the reasons in the child runs, then run the same command again: it fetches only the difference.',
  ),
  ReceiptUnwritable: entry(
    'config',
    'The receipt of the run cannot be written to {path} ({reason}).',
    'The traces are copied and verified; their ledger is in the tables.',
    'Free some space there or correct the rights of the folder, then run the same command again: it changes nothing else.',
  ),
  WebhookFailed: entry(
    'transient',
    'The webhook at {host} did not accept the message: {reason}.',
    'The message is sent again for about an hour; the copy does not wait for it.',
    'Check webhookUrl (TRACELIFT_WEBHOOK_URL) and the service behind it.',
  ),
  TraceUnprocessable: entry(
    'data',
    'The trace {traceId} could not be turned into rows ({type}).',
    'It is kept as a dead letter; all other traces are copied.',
    'Find the cause in the log of the worker; `tracelift dead-letters retry` tries the trace again.',
  ),
  WorkerKilled: entry(
    'config',
    'The worker ended {count} times in a row without a word, in the middle of {step}: {what}. Most likely it was killed since it took more memory than it may.',
    'The run stopped; what was committed before stays.',
    'Give the worker more memory, or lower {settings}. Then run the same command again: it reads only what is missing.',
  ),
  WindowsIncomplete: entry(
    'data',
    '{count} windows are still incomplete after two repairs: {windows}.',
    'Everything else was copied and verified; the ledger names these windows.',
    'Run the same command again: it fetches only what is missing. If this repeats, see the log of the worker.',
  ),
  LedgerLost: entry(
    'data',
    'Windows of the run that were recorded before are no longer in the tables of the target {target}, for the {count}th time: the ledger carries {windows} of them, up to {until}.',
    'Nothing is claimed for what is gone: there is no receipt. What the ledger carries is in the tables.',
    'Find out what puts an older copy of the tables back, or cuts off their log, while a run is under way. Then run the same command again: it copies what is missing.',
  ),
  WindowsSuspicious: entry(
    'data',
    'The source shows far less than the tables hold, in {count} windows: {windows}.',
    'Nothing was deleted, and nothing is concluded from it.',
    'Check that the address still leads to the same MLflow server, that this user may still read all of the experiment. Where the traces were deleted on purpose, `tracelift reconcile --experiment <id> --accept-deletions` looks each of them up by its id and marks what is gone.',
  ),
  Internal: entry(
    'terminal',
    'tracelift reached a state that should not exist, in {where}: {reason}.',
    'The step was stopped; rows that were committed before stay.',
    'Please report this with the run id and the log of the worker.',
  ),
  Unexpected: entry(
    'transient',
    'An unexpected failure of type {type} in {where}.',
    'The step is tried again; nothing is lost.',
    'If this repeats, find the cause in the log of the worker.',
  ),
} as const satisfies Record<string, ErrorEntry>;
