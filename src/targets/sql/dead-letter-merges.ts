/** MERGE of dead letters: new failures, then those that are over. Imports the tables and the dialect only. */
import { dailyRetryCodes, deadLetterRetry } from '../../tables/commit-rules.js';
import { stagedTraceSchema, traceKeyNames } from '../../tables/staged-trace.js';
import type { CommitRelations, CommitTables } from './commit-relations.js';
import type { Dialect } from './dialect.js';
import { prefixed, copyNumber, insertRow, mergeStatement, sameKey, updateSet } from './fragments.js';

const fields = Object.keys(stagedTraceSchema.dead_letter.fields);

/**
 * Counts failures per version of a trace. A failure is ignored where the trace is landed by the same observation or a
 * newer one, whether before or by this commit.
 */
export function mergeFailures(
  { deadLetters, gold }: CommitTables,
  relations: CommitRelations,
  dialect: Dialect,
): string {
  const source = failuresQuery(gold, relations);
  const isSame = 't.source_hash = s.source_hash AND t.closed_at IS NULL';
  const attempts = `CASE WHEN ${isSame} THEN t.attempts + 1 ELSE 1 END`;
  const staged = fields.map((name) => [name, `s.${name}`] as const);
  const closing = [
    ['last_failed_at', 's.observed_at'],
    ['closed_at', 'NULL'],
  ] as const;
  return mergeStatement(deadLetters, source, traceKeyNames, [
    {
      when:
        'MATCHED AND (s.observed_at > t.observed_at ' +
        'OR (s.observed_at = t.observed_at AND s.source_hash > t.source_hash))',
      then: updateSet([
        ...staged,
        ...closing,
        ['attempts', attempts],
        ['first_failed_at', `CASE WHEN ${isSame} THEN t.first_failed_at ELSE s.observed_at END`],
        ['retry_after', retryAfter(attempts, dialect)],
      ]),
    },
    {
      when: 'NOT MATCHED',
      then: insertRow([
        ...traceKeyNames.map((name) => [name, `s.${name}`] as const),
        ...staged,
        ...closing,
        ['attempts', '1'],
        ['first_failed_at', 's.observed_at'],
        ['retry_after', retryAfter('1', dialect)],
      ]),
    },
  ]);
}

/** The newest failure of each trace that no observation of the same time or later has landed. */
function failuresQuery(gold: string, relations: CommitRelations): string {
  const values = fields.map((name) => `dead_letter.${name} AS ${name}`);
  return `
WITH failed AS (
  SELECT row_id, ${[...traceKeyNames, ...values].join(', ')} FROM ${relations.staged} WHERE dead_letter IS NOT NULL
),
numbered AS (
  SELECT failed.*, ${copyNumber(traceKeyNames, [
    'observed_at DESC',
    'source_hash DESC',
    'error_code DESC',
    'row_id DESC',
  ])} AS copy FROM failed
)
SELECT ${prefixed('f', [...traceKeyNames, ...fields])}
FROM numbered f
LEFT JOIN ${relations.decisions} d ON ${sameKey('f', 'd')}
LEFT JOIN ${gold} g ON ${sameKey('f', 'g')}
WHERE f.copy = 1
  AND (d.trace_id IS NULL OR f.observed_at > d.newest_observed_at)
  AND (g.trace_id IS NULL OR f.observed_at > g.observed_at)`;
}

/** When a failed version is tried again, by `deadLetterRetry`. The exponent is bounded so that no power overflows. */
function retryAfter(attempts: string, dialect: Dialect): string {
  const { firstMinutes, factor, maxMinutes } = deadLetterRetry;
  const daily = dailyRetryCodes.map((code) => dialect.constant(code)).join(', ');
  const doubled = `least(${firstMinutes} * power(${factor}, least(${attempts} - 1, 20)), ${maxMinutes})`;
  const minutes = `CASE WHEN s.error_code IN (${daily}) THEN ${maxMinutes} ELSE ${doubled} END`;
  return dialect.plusMinutes('s.observed_at', minutes);
}

/** Closes what has landed since, by the observation that landed it. */
export function mergeRecoveries({ deadLetters }: CommitTables, relations: CommitRelations): string {
  const source = `SELECT ${[...traceKeyNames, 'newest_observed_at'].join(', ')} FROM ${relations.decisions}`;
  return mergeStatement(deadLetters, source, traceKeyNames, [
    {
      when: 'MATCHED AND t.closed_at IS NULL AND s.newest_observed_at >= t.observed_at',
      then: updateSet([['closed_at', 's.newest_observed_at']]),
    },
  ]);
}
