/** The tables that tracelift keeps about its own work. Pure. */
import { bigint, defineTable, json, required, text, timestamp } from './table.js';
import { traceKeyColumns } from './traces.js';

export const windowsTable = defineTable({
  name: 'tracelift_windows',
  comment: 'The ledger: one row per window and run, written after the window was verified',
  sensitivity: 'facts',
  key: ['workflow_id', 'first_run_id', 'window_index'],
  columns: {
    workflow_id: required(text('Temporal workflow that worked on the window')),
    first_run_id: required(text('Temporal run id of the first run of that workflow: kept across continue-as-new')),
    window_index: required(bigint('Number of the window within the run, from 0')),
    source_id: required(text('Name of the MLflow server')),
    experiment_id: required(text('MLflow experiment id')),
    from_ms: required(bigint('Start of the window, inclusive, epoch milliseconds')),
    to_ms: required(bigint('End of the window, exclusive, epoch milliseconds')),
    state: required(text('complete, moving, incomplete or suspicious')),
    listed: required(bigint('Traces that the source listed')),
    landed: required(bigint('Listed traces that are in the tables in their listed version')),
    written: required(
      bigint(
        'Gold rows that the commits of this window wrote, new and updated ones together; one that a repair round wrote again counts again',
      ),
    ),
    dead_lettered: required(bigint('Listed traces that are in the dead letters instead')),
    missing: required(
      bigint(
        'Listed traces that are not in the tables in the listed version, nor in the dead letters. In a moving window: those that appeared after the first listing. 0 for complete and suspicious',
      ),
    ),
    extra: required(bigint('Landed traces that the source no longer has')),
    repair_rounds: required(bigint('How often missing traces were processed again before this verdict')),
    ids_digest: required(
      text('XOR of the SHA-256 of every listed trace id (hex): the same for the same ids, whatever their order'),
    ),
    started_at: required(timestamp('When the listing began')),
    verified_at: required(timestamp('When the verdict was reached')),
    tracelift_version: required(text('Version of tracelift that wrote the row')),
  },
});

export const deadLettersTable = defineTable({
  name: 'tracelift_dead_letters',
  comment: 'Traces that could not be copied, with the reason; they never stop a window',
  sensitivity: 'facts',
  key: ['source_id', 'experiment_id', 'trace_id'],
  columns: {
    ...traceKeyColumns,
    source_hash: required(text('Version of the trace that failed; a changed version is tried at once')),
    start_time_ms: bigint('Start of the trace, epoch milliseconds; NULL where it could not be read'),
    stage: required(text('list, fetch or process: where it failed')),
    error_code: required(text('Code of the error catalogue')),
    message: required(text('What went wrong, without trace text')),
    attempts: required(bigint('How often this version was tried')),
    first_failed_at: required(timestamp('When it first failed')),
    last_failed_at: required(timestamp('When it last failed')),
    retry_after: timestamp(
      'Not tried again before this time, unless the trace changes; NULL: not tried again automatically',
    ),
    closed_at: timestamp('When the trace was copied after all; NULL while open'),
    observed_at: required(timestamp("When this version was listed, by the source's clock")),
  },
});

export const metaTable = defineTable({
  name: 'tracelift_meta',
  comment: 'Facts about these tables themselves, such as their schema version',
  sensitivity: 'facts',
  key: ['name'],
  columns: {
    name: required(text('Name of the fact')),
    value: required(json('Its value')),
    updated_at: required(timestamp('When it was written')),
  },
});
