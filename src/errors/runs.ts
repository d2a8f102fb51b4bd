/** Runs of workflows and activities. Part of the catalogue in ../errors.ts. Pure. */
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
    'Nothing was started; runs that exist wait on the server and go on when a worker is back.',
    'Start that server or correct TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and its credentials. Without TEMPORAL_ADDRESS tracelift starts a local server by itself.',
  ),
  WrongWorker: entry(
    'transient',
    'This worker serves {here}, but the run was prepared for {wanted}.',
    'The step is left to another worker on the same task queue; nothing was written.',
    'Give workers with other settings another task queue, or cancel the run and start it again: only the difference is copied.',
  ),
  RangeEmpty: entry(
    'input',
    'There is nothing to copy between {from} and {to}: the end of a window must be at least {lagMinutes} minutes in the past.',
    'Nothing was started and nothing was written.',
    'Choose an earlier start, or wait: traces appear at the source only when they end.',
  ),
  TooManyDeadLetters: entry(
    'data',
    '{failed} of {processed} traces could not be landed, more than the limit of {limit}. The first ones: {ids}.',
    'The run stopped; windows that were verified before stay.',
    'Look at `tracelift dead-letters list` for the reasons; raise maxFailedRatio if they are acceptable.',
  ),
  ExperimentDeleted: entry(
    'input',
    'The experiment {experiment} is deleted at the source.',
    'Nothing was started and nothing was written.',
    'Restore it in MLflow, copy it, and delete it again if need be.',
  ),
  ExperimentsFailed: entry(
    'data',
    '{count} experiments could not be copied: {experiments}.',
    'The other experiments were copied and verified.',
    'Look at the child runs for the reasons, then run the same command again: it fetches only the difference.',
  ),
  ReceiptUnwritable: entry(
    'config',
    'The receipt of the run cannot be written to {path} ({reason}).',
    'The traces are copied and verified; their ledger is in the tables.',
    'Free space there or correct the rights of the folder, then run the same command again: it changes nothing else.',
  ),
  WebhookFailed: entry(
    'transient',
    'The webhook at {host} did not take the message: {reason}.',
    'The message is sent again for about an hour; the copy does not wait for it.',
    'Check webhookUrl (TRACELIFT_WEBHOOK_URL) and the service behind it.',
  ),
  TraceUnprocessable: entry(
    'data',
    'The trace {traceId} could not be turned into rows ({type}).',
    'It is in the dead letters; all other traces go on.',
    'Look at the log of the worker for the cause; `tracelift dead-letters retry` tries it again.',
  ),
  WindowsIncomplete: entry(
    'data',
    '{count} windows are not complete after two repairs: {windows}.',
    'Everything else was copied and verified; the ledger names these windows.',
    'Run the same command again: it fetches only what is missing. If it repeats, look at the log of the worker.',
  ),
  WindowsSuspicious: entry(
    'data',
    '{count} windows list much less than is landed: {windows}.',
    'Nothing was deleted and nothing is concluded from it.',
    'Check that the address still leads to the same MLflow server and that the experiment was not emptied.',
  ),
  Internal: entry(
    'terminal',
    'tracelift met a state that it does not know, in {where}: {reason}.',
    'The step was stopped; rows that were committed before stay.',
    'Please report this with the run id and the log of the worker.',
  ),
  Unexpected: entry(
    'transient',
    'An unexpected failure of type {type} in {where}.',
    'The step is tried again; nothing is lost.',
    'If it repeats, look at the log of the worker for the cause.',
  ),
} as const satisfies Record<string, ErrorEntry>;
