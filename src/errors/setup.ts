/** Configuration, local parts and the command line. Part of the catalogue in index.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const setupErrors = {
  ConfigInvalid: entry(
    'config',
    'The configuration is not valid: {problems}.',
    'Nothing was started and nothing was written.',
    'Correct the named settings; docs/configuration.md lists every setting. Then `tracelift doctor` tries them.',
  ),
  ConfigFileUnreadable: entry(
    'config',
    'The configuration file {path} cannot be used: {reason}.',
    'Nothing was started and nothing was written.',
    'Correct the file, or point TRACELIFT_CONFIG to another one; `sources: {default: {address: "http://127.0.0.1:5000"}}` is a whole valid file.',
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
  DataFolderUnusable: entry(
    'config',
    'The data folder {folder} cannot be made or written: {reason}.',
    'Nothing was started.',
    'Give this user the right to write there, or set TRACELIFT_DATA to another folder.',
  ),
  ProgramNotFound: entry(
    'config',
    '{program} was not found and could not be set up. Tried: {tried}.',
    'Nothing was started.',
    '{remedy}',
  ),
  ServerNotStarted: entry(
    'config',
    'The local {server} server did not start: {reason}. Its last lines:\n{lines}\n',
    'It was stopped; none of its processes is left.',
    'See its log, {logFile}, fix the cause and try again.',
  ),
  DemoDataRefused: entry(
    'terminal',
    'The MLflow server at {address} did not create its demo data: {reason}.',
    'No traces were added by this step.',
    'The demo data needs MLflow 3.10 or newer and a server that may write; use another server or start a local one.',
  ),
  InvalidOption: entry(
    'input',
    '{option} is not valid: {problem}.',
    'Nothing was started and nothing was written.',
    'Correct it, for example {example}; `tracelift {command} --help` lists every option.',
  ),
  OptionMissing: entry(
    'input',
    '{option} is missing: {problem}.',
    'Nothing was started and nothing was written.',
    'Add it, for example {example}; `tracelift {command} --help` lists every option.',
  ),
  TableUnknown: entry(
    'input',
    'There is no table {table}{suggestion}',
    'Nothing was read.',
    'The tables are: {tables}.',
  ),
  NotOnDatabricks: entry(
    'input',
    'The target {target} is not on Databricks, and this exists only there.',
    'Nothing was changed.',
    'Name a target of the kind databricks with --target.',
  ),
  NoTables: entry(
    'input',
    'The target {target} has no tables yet: {location} does not exist.',
    'Nothing was read.',
    'Run `tracelift backfill --experiment <id or name>` first; `tracelift config` shows where each target is.',
  ),
  DriftNotOffered: entry(
    'input',
    'tracelift cannot list the drift of the monitor of target {target}.',
    'Nothing was read.',
    'See {place}.',
  ),
  RunNotFound: entry(
    'input',
    'There is no run with the workflow id {workflowId} on this Temporal server.',
    'Nothing was changed.',
    '`tracelift status` shows the ids of the known runs.',
  ),
  RunEnded: entry(
    'terminal',
    'The run {workflowId} ended before its result was known: {reason}.',
    'What was committed stays; windows without a ledger row are not verified.',
    'Run the same command again: it lists everything and fetches only the difference.',
  ),
  ScheduleNeedsServer: entry(
    'config',
    'Schedules are kept by a Temporal server, and there is none: TEMPORAL_ADDRESS is not set, and no server runs for {dataDir}.',
    'Nothing was changed. A server that ends with this command would forget them.',
    'Set TEMPORAL_ADDRESS to a server that keeps running, for example 127.0.0.1:7233, or start one: `temporal server start-dev --db-filename temporal.db`.',
  ),
  ScheduleNotFound: entry(
    'input',
    'There is no schedule {schedule} on this Temporal server.',
    'Nothing was changed.',
    '`tracelift schedule list` shows the existing ones; `tracelift schedule create` creates one.',
  ),
  ScheduleOfOthers: entry(
    'config',
    'The schedule {schedule} belongs to {owner}; this command is configured for {here}.',
    'It was left alone.',
    'Use the configuration of that installation, above all its task queue (TRACELIFT_TASK_QUEUE), to change or delete it.',
  ),
  DeadLetterNotFound: entry(
    'input',
    'There is no open dead letter for {ids}.',
    'Nothing was started and nothing was written.',
    'See `tracelift dead-letters list`: a trace that was copied since is no longer in it.',
  ),
} as const satisfies Record<string, ErrorEntry>;
