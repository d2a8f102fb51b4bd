/** Configuration, local parts and the command line. Part of the catalogue in ../errors.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const setupErrors = {
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
  InvalidOption: entry(
    'input',
    '{option} is not valid: {problem}.',
    'Nothing was started and nothing was written.',
    'Correct it, for example {example}; `tracelift {command} --help` lists every option.',
  ),
  NotOnDatabricks: entry(
    'input',
    'The target {target} is not on Databricks, and what was asked for exists only there.',
    'Nothing was changed.',
    'Name a target of the kind databricks by --target.',
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
  DeadLetterNotFound: entry(
    'input',
    'There is no open dead letter for {ids}.',
    'Nothing was started and nothing was written.',
    'Look at `tracelift dead-letters list`: a trace that landed after all is no longer there.',
  ),
} as const satisfies Record<string, ErrorEntry>;
