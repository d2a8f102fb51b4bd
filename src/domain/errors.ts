/**
 * The one catalogue of errors. Every failure that a user or a workflow can see has a code here; workflows branch on
 * codes, never on texts. Pure; imports nothing.
 *
 * A message says what went wrong and where, what follows from it, and what to do next. Parameters are names, ids,
 * counts and addresses without credentials: never trace text, never a secret.
 *
 * docs/errors.md is generated from this catalogue and checked by a test.
 */

/**
 * `input`: the caller must change the request; `config`: the operator must change a setting or a right;
 * `data`: the source or a table holds something unusable; `transient`: trying again may help (the only retried kind);
 * `terminal`: nothing will help but a person.
 */
export type ErrorKind = 'input' | 'config' | 'data' | 'transient' | 'terminal';

/** Values for the `{placeholders}` of a message. */
export type ErrorParameters = Readonly<Record<string, string | number | boolean>>;

export interface ErrorEntry {
  readonly kind: ErrorKind;
  /** What went wrong, and where. `{name}` is replaced by the parameter of that name. */
  readonly what: string;
  /** What follows from it: what was written, what was not. */
  readonly consequence: string;
  /** What the reader can do now. */
  readonly nextStep: string;
}

const entry = (kind: ErrorKind, what: string, consequence: string, nextStep: string): ErrorEntry => ({
  kind,
  what,
  consequence,
  nextStep,
});

/** Every error code. Codes are stable: workflows, dashboards and tests match on them. */
export const errorCatalogue = {
  InvalidInput: entry(
    'input',
    'The input of {workflow} is not valid: {problems}.',
    'Nothing was started and nothing was written.',
    'Correct the named fields. A valid example: {example}',
  ),
  // config
  ConfigInvalid: entry(
    'config',
    'The configuration is not valid: {problems}.',
    'Nothing was started and nothing was written.',
    'Correct the named settings; docs/configuration.md lists every setting, `tracelift config` shows those in force.',
  ),
  ConfigFileUnreadable: entry(
    'config',
    'The configuration file {path} cannot be used: {reason}.',
    'Nothing was started and nothing was written.',
    'Mend the file, or point TRACELIFT_CONFIG to another one; `sources: {default: {address: "http://127.0.0.1:5000"}}` is a whole valid file.',
  ),
  SourceNotConfigured: entry(
    'config',
    'No MLflow server is configured under the name {source}.',
    'Nothing was started and nothing was written.',
    'Set MLFLOW_TRACKING_URI, for example to http://127.0.0.1:5000, or add the server under sources in tracelift.yaml.',
  ),
  TargetNotConfigured: entry(
    'config',
    'No target is configured under the name {target}.',
    'Nothing was started and nothing was written.',
    'Use a configured name (`tracelift config` lists them), or add the target under targets in tracelift.yaml.',
  ),
  // local parts
  PartNotFound: entry(
    'config',
    '{part} was not found and could not be set up. Tried: {tried}.',
    'Nothing was started.',
    '{remedy}',
  ),
  ServerNotStarted: entry(
    'config',
    'The local {server} server did not start: {reason}. Its last lines:\n{lines}\n',
    'It was ended again; nothing of it is left running.',
    'Look at its log, {logFile}, mend the cause and try again.',
  ),
  DemoDataRefused: entry(
    'terminal',
    'The MLflow server at {address} did not make its demo data: {reason}.',
    'No traces were added by this step.',
    'The demo data needs MLflow 3.10 or newer and a server that may write; point at another server or start a local one.',
  ),
  // runs
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
  // monitor
  MonitorPending: entry(
    'terminal',
    'The quality monitor is still being made after {minutes} minutes.',
    'Traces are copied and verified; only the monitor is not ready.',
    'Run `tracelift monitor ensure` later: it goes on where this left off.',
  ),
  MonitorFailed: entry(
    'terminal',
    'The quality monitor failed: {reason}.',
    'Traces are copied and verified; only the monitor is missing.',
    'Mend the cause that the monitor names, then run `tracelift monitor ensure`.',
  ),
  // cli
  InvalidOption: entry(
    'input',
    '{option} is not valid: {problem}.',
    'Nothing was started and nothing was written.',
    'Correct it, for example {example}; `tracelift {command} --help` lists every option.',
  ),
  TemporalNotLocal: entry(
    'config',
    'No Temporal server runs for {dataDir}, and TEMPORAL_ADDRESS names none.',
    'Nothing was started and nothing was written.',
    'Set TEMPORAL_ADDRESS, for example to 127.0.0.1:7233, or use a command that starts a server by itself, such as `tracelift backfill`.',
  ),
  NoTables: entry(
    'input',
    'The target {target} has no tables yet: {location} does not exist.',
    'Nothing was read.',
    'Run `tracelift backfill --experiment <id or name>` first; `tracelift config` shows where each target lies.',
  ),
  DriftNotOffered: entry(
    'input',
    'The monitor of the target {target} does not list drift by itself.',
    'Nothing was read.',
    'Look at {place}.',
  ),
  RunNotFound: entry(
    'input',
    'There is no run with the workflow id {workflowId} on this Temporal server.',
    'Nothing was changed.',
    'Look at `tracelift status` for the ids of the runs that are known.',
  ),
  RunEnded: entry(
    'terminal',
    'The run {workflowId} ended before its result was known: {reason}.',
    'What was committed stays; windows without a ledger row are not verified.',
    'Start the same command again: it lists everything and fetches only the difference.',
  ),
  MonitorAbsent: entry(
    'config',
    'There is no quality monitor over {table} yet.',
    'Nothing was computed.',
    'Run `tracelift monitor ensure` first; every backfill does so by itself.',
  ),
  MonitorTableMissing: entry(
    'config',
    'The table {table}, which the quality monitor watches, does not exist.',
    'No monitor was made.',
    'Run a backfill first, or check the name of the gold table in the configuration.',
  ),
  MonitorSpecInvalid: entry(
    'input',
    'The settings of the quality monitor are not valid: {problem}.',
    'The monitor was not changed.',
    'Correct the settings. Valid, for example: {example}.',
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
  // MLflow source
  SourceUnreachable: entry(
    'transient',
    'The MLflow server at {address} did not answer: {reason}.',
    'Nothing was read by this call; it is tried again.',
    'Check that the server runs, and that its address and port can be reached from the worker.',
  ),
  SourceCertificate: entry(
    'config',
    'The MLflow server at {address} cannot be trusted: {reason}.',
    'No connection was made and nothing was sent.',
    'Set the certificate authority that signed it, or use the address that the certificate names.',
  ),
  SourceRateLimited: entry(
    'transient',
    'The MLflow server at {address} refuses further requests for now (HTTP {status}).',
    'The call waits as long as the server asked and is then tried again.',
    'If it repeats, lower the number of parallel requests or the concurrency of the run.',
  ),
  SourceServerError: entry(
    'transient',
    'The MLflow server at {address} failed with HTTP {status} on {request}: {reason}.',
    'Nothing was read by this call; it is tried again.',
    'If it repeats, look at the log of the MLflow server.',
  ),
  SourceUnauthorized: entry(
    'config',
    'The MLflow server at {address} does not accept the credentials (HTTP 401).',
    'Nothing was read.',
    'Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.',
  ),
  SourceForbidden: entry(
    'config',
    'The MLflow server at {address} knows these credentials but forbids {request} (HTTP 403): {reason}.',
    'Nothing was read by this call.',
    'Ask an administrator of the server for the right to read the experiment and its traces.',
  ),
  SourceHostRefused: entry(
    'config',
    'The MLflow server at {address} refuses the name it was called by (Host header "{host}").',
    'Nothing was read. Its /health and /version pages answer all the same.',
    'Start the server with --allowed-hosts "{host}" (or MLFLOW_SERVER_ALLOWED_HOSTS), or call it by a name it allows.',
  ),
  SourceFeatureDisabled: entry(
    'config',
    'The MLflow server at {address} has no workspaces, but workspace "{workspace}" was asked for.',
    'Nothing was read.',
    'Leave the workspace setting empty, or enable workspaces on the server (MLflow 3.10 or later).',
  ),
  SourceRedirected: entry(
    'config',
    'The MLflow server at {address} sends {request} elsewhere: {target}.',
    'Nothing was read; credentials are not sent to another address.',
    'Use the final address of the server as tracking URI; a login page there means that a proxy wants credentials.',
  ),
  SourceRequestRefused: entry(
    'terminal',
    'The MLflow server at {address} refuses {request} (HTTP {status}, {errorCode}).',
    'Nothing was read by this call.',
    'Check that the server is a supported MLflow version (2.14 or later), then report this.',
  ),
  SourceBadAnswer: entry(
    'data',
    'The MLflow server at {address} answered {request} with something else than expected: {reason}.',
    'Nothing was read by this call.',
    'Check that the address is an MLflow server and not a proxy or a login page in front of it.',
  ),
  SourceAnswerTooLarge: entry(
    'data',
    'The answer of {address} to {request} is larger than the limit of {maxBytes} bytes.',
    'Nothing of it was read.',
    'Raise the limit of the answer size if the worker has the memory for it.',
  ),
  ExperimentNotFound: entry(
    'input',
    'The MLflow server at {address} has no experiment {experiment}.',
    'Nothing was started and nothing was written.',
    'Name an existing experiment by id or by its exact name.',
  ),
  TraceInfoUnusable: entry(
    'data',
    'The listing of trace {traceId} cannot be used: {reason}.',
    'The trace is kept as a dead letter; the others go on.',
    'Look at the trace in the MLflow server.',
  ),
  TraceUnreadable: entry(
    'data',
    'The MLflow server lists trace {traceId} but fails to serve it (a NaN in an assessment does that).',
    'The trace is kept as a dead letter; the others go on.',
    'Delete or correct the assessment with the value NaN at the source.',
  ),
  SpansUnreadable: entry(
    'data',
    'The spans of trace {traceId} cannot be read: {reason}.',
    'The trace is kept as a dead letter; the others go on.',
    'Open the trace in the MLflow server to see whether its spans exist.',
  ),
  // Staging
  StagingLost: entry(
    'transient',
    'The staged file {key} below {root} cannot be read: {reason}.',
    'Nothing of its window was written by this attempt; the window is read again from the source.',
    'If it repeats, check that all workers of the task queue see the same staging root and that nothing cleans it.',
  ),
  StagingUnwritable: entry(
    'config',
    'The staging root {root} cannot be written: {reason}.',
    'Nothing was staged; rows that were committed before stay.',
    'Make room there, give the user of the worker the right to write, or set another staging root.',
  ),
  // Warehouse
  WarehouseHeldByProcess: entry(
    'config',
    'The DuckDB file {path} is in use by the process with PID {pid}.',
    'Nothing was written; one process at a time can have the file open.',
    'End that process (a notebook, a DuckDB shell, another worker), or give it the read copy beside the file instead.',
  ),
  WarehouseBusy: entry(
    'transient',
    'The tables in {path} were changed by somebody else at the same moment.',
    'Nothing of this step was written; it is tried again.',
    'If it repeats, look for another writer of these tables.',
  ),
  WarehousePermission: entry(
    'config',
    'The right to write {path} is missing.',
    'Nothing was written.',
    'Give the user of the worker the right to write there.',
  ),
  WarehouseDiskFull: entry(
    'config',
    'The disk that holds {path} is full.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Make room, then run again: only what is missing is read again.',
  ),
  WarehouseOutOfMemory: entry(
    'config',
    'DuckDB ran out of memory at {path}.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Lower windowTraces or windowBytes, or give the worker more memory.',
  ),
  WarehouseFileUnusable: entry(
    'config',
    'The file {path} cannot be used as a DuckDB database: {reason}.',
    'Nothing was written.',
    'Check that the folder exists, and that the file is a DuckDB database of this DuckDB version or an older one.',
  ),
  WarehouseInvalidated: entry(
    'config',
    'DuckDB has closed the file {path} after a failure that it could not undo, most often a full disk.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Mend the cause, then start the worker again: it opens the file anew and goes on.',
  ),
  WarehouseSchemaNewer: entry(
    'config',
    'The tables in {path} have schema version {found}; this tracelift knows versions up to {known}.',
    'Nothing was written.',
    'Use the newer tracelift that wrote them, or another target.',
  ),
  TableShapeDiffers: entry(
    'config',
    'The table {table} in {path} is not the one that tracelift makes: {problems}.',
    'Nothing was written.',
    'Configure another table name, or rename the table that is in the way.',
  ),
  ManifestMismatch: entry(
    'data',
    'The staged file {key} does not hold what its manifest says: {problem}.',
    'Nothing of the window was written.',
    'Run again: the window is read anew. If it repeats, report it with the run id.',
  ),
  QueryRefused: entry(
    'input',
    'The query is refused: {reason}.',
    'Nothing was read and nothing was changed.',
    'Ask with one SELECT, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN or VALUES statement over the tables alone.',
  ),
  QueryFailed: entry(
    'input',
    'The query failed: {reason}.',
    'Nothing was changed.',
    'Correct the query; `DESCRIBE <table>` shows the columns of a table.',
  ),
  WarehouseFailed: entry(
    'terminal',
    'DuckDB failed at {path} in {doing}: {reason}.',
    'Nothing of this step was written; rows that were committed before stay.',
    'Look at the log of the worker for the cause, and report it.',
  ),
  // schedules
  ScheduleNeedsServer: entry(
    'config',
    'Schedules live in a Temporal server, and none is there: TEMPORAL_ADDRESS names none and none runs for {dataDir}.',
    'Nothing was changed. A server that ends with this command would forget them.',
    'Set TEMPORAL_ADDRESS to a server that stays, for example 127.0.0.1:7233, or start one: `temporal server start-dev --db-filename temporal.db`.',
  ),
  ScheduleNotFound: entry(
    'input',
    'There is no schedule {schedule} on this Temporal server.',
    'Nothing was changed.',
    'Look at `tracelift schedule list` for those that exist; `tracelift schedule create` makes one.',
  ),
  // dead letters
  DeadLetterNotFound: entry(
    'input',
    'There is no open dead letter for {ids}.',
    'Nothing was started and nothing was written.',
    'Look at `tracelift dead-letters list`: a trace that landed after all is no longer there.',
  ),
  // Databricks
  WarehouseUnreachable: entry(
    'transient',
    'Databricks at {location} does not answer for now: {reason}.',
    'Nothing of this step is lost; it is tried again.',
    'If it repeats, check that the workspace can be reached and that the SQL warehouse is allowed to start.',
  ),
  WarehouseCertificate: entry(
    'config',
    'Databricks at {location} cannot be trusted: {reason}.',
    'No connection was made and nothing was sent.',
    'Set the certificate authority that signed it, or use the address that the certificate names.',
  ),
  WarehouseUnauthorized: entry(
    'config',
    'Databricks at {location} does not accept the credentials: {reason}.',
    'Nothing was written by this step; rows that were committed before stay.',
    'Check DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that they belong to this workspace.',
  ),
  WarehouseGrantMissing: entry(
    'config',
    'Databricks at {location} forbids {doing}: {reason}.',
    'Nothing was written by this step; rows that were committed before stay.',
    '`tracelift doctor` names every right that is missing, with the GRANT that gives it.',
  ),
  WarehouseRefused: entry(
    'terminal',
    'Databricks at {location} refuses {doing}: {reason}.',
    'Nothing was written by this step; rows that were committed before stay.',
    'Check the names of catalog, schema, volume and warehouse; `tracelift doctor` tries each of them.',
  ),
  WarehouseObjectMissing: entry(
    'config',
    'Databricks at {location} does not have what is needed for {doing}: {reason}.',
    'Nothing was written by this step.',
    'Check the names of catalog, schema, volume and warehouse; `tracelift doctor` tries each of them.',
  ),
  WarehouseStatementFailed: entry(
    'terminal',
    'A statement for {doing} failed at {location}: {errorClass}, SQLSTATE {sqlState}.',
    'Nothing of this statement was written; every statement is safe to repeat.',
    'Look at the query history of the SQL warehouse for the whole message, then report it.',
  ),
  MonitorPermission: entry(
    'config',
    'Databricks forbids {doing} for the table {table}: {reason}.',
    'Traces are copied and verified; only the monitor is missing.',
    'Give the user of the worker MANAGE and SELECT on the table and USE SCHEMA, CREATE TABLE on the output schema.',
  ),
  MonitorFeatureDisabled: entry(
    'config',
    'Quality monitors are not enabled in the workspace {location}: {reason}.',
    'Traces are copied and verified; only the monitor is missing.',
    'Ask an administrator of the workspace to enable data quality monitoring, or set monitor.enabled to false.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Fills the `{placeholders}` of a text; unknown ones stay visible, so that a test can find them. */
export function fillPlaceholders(text: string, parameters: ErrorParameters): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined ? whole : String(value);
  });
}

/** The whole message of a code: what and where, consequence, next step. */
export function errorMessage(code: ErrorCode, parameters: ErrorParameters): string {
  const { what, consequence, nextStep }: ErrorEntry = errorCatalogue[code];
  return [what, consequence, nextStep].map((part) => fillPlaceholders(part, parameters)).join(' ');
}

/** True for failures that a retry may heal. */
export function isRetryable(code: ErrorCode): boolean {
  return errorCatalogue[code].kind === 'transient';
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCatalogue, text);
}

/** Options of a {@link TraceliftError}. */
export interface TraceliftErrorOptions {
  /** For local logs only: it is cut off before anything leaves the process, since database errors quote data. */
  readonly cause?: unknown;
  /** How long the other side asked us to wait, in milliseconds (HTTP `Retry-After`). */
  readonly retryAfterMs?: number;
}

/** The only error class that adapters, activities and the CLI throw on purpose. */
export class TraceliftError extends Error {
  override readonly name = 'TraceliftError';
  readonly code: ErrorCode;
  readonly parameters: ErrorParameters;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, parameters: ErrorParameters = {}, options: TraceliftErrorOptions = {}) {
    super(errorMessage(code, parameters), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.parameters = parameters;
    this.retryAfterMs = options.retryAfterMs;
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code].kind;
  }

  get retryable(): boolean {
    return isRetryable(this.code);
  }
}
