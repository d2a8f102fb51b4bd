/**
 * Rows of the statements of reads.ts, into the forms of the warehouse port. Imports the port only.
 *
 * Integers come as the database can give them exactly: numbers, bigints or their text.
 */
import { spanStatesInOrder } from '../../tables/commit-rules.js';
import type { LandedVersion, OpenDeadLetter } from '../../copy/list/diff.js';
import type { VersionComparison, GoldSummary } from '../warehouse.js';
import type { SqlRow } from './rows.js';

/** A text column of a row; '' for NULL. */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

export function integerOrNull(row: SqlRow, column: string): number | null {
  const value = row[column];
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' ? Number(value) : null;
}

function bigintOrNull(row: SqlRow, column: string): bigint | null {
  const value = row[column];
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' ? BigInt(value) : null;
}

/** Whole milliseconds of a column that holds microseconds, rounded down. */
function msOrNull(row: SqlRow, column: string): number | null {
  const micros = integerOrNull(row, column);
  return micros === null ? null : Math.floor(micros / 1000);
}

export const doubleOrNull = (row: SqlRow, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' ? value : null;
};

export const asLanded = (row: SqlRow): LandedVersion => ({
  traceId: textOf(row, 'trace_id'),
  sourceHash: textOf(row, 'source_hash'),
  spanState: spanStatesInOrder.find((state) => state === row['span_state']) ?? 'unknown',
  startTimeMs: integerOrNull(row, 'start_time_ms') ?? 0,
  executionTimeMs: integerOrNull(row, 'execution_time_ms'),
  numSpans: integerOrNull(row, 'num_spans'),
  numAssessments: integerOrNull(row, 'num_assessments') ?? 0,
  observedAtMs: msOrNull(row, 'observed_at') ?? 0,
  isDeletedAtSource: row['is_deleted'] === true,
});

export const asDeadLetter = (row: SqlRow): OpenDeadLetter => ({
  traceId: textOf(row, 'trace_id'),
  sourceHash: textOf(row, 'source_hash'),
  retryAfterMs: msOrNull(row, 'retry_after'),
});

/** @param traceIds those that were asked for, in their order: an id may be stored with characters replaced */
export function asVersionComparison(rows: readonly SqlRow[], traceIds: readonly string[]): VersionComparison {
  const same = rows.find((row) => row['is_same'] === true);
  return {
    differing: rows
      .filter((row) => row !== same)
      .map((row) => ({
        traceId: traceIds[integerOrNull(row, 'place') ?? -1] ?? '',
        landed: textOf(row, 'trace_id') === '' ? null : asLanded(row),
        deadLetter: textOf(row, 'dead_trace_id') === '' ? null : asDeadLetter(deadLetterIn(row)),
      })),
    numSame: same === undefined ? 0 : (integerOrNull(same, 'num_versions') ?? 0),
  };
}

const deadLetterIn = (row: SqlRow): SqlRow => ({
  trace_id: row['dead_trace_id'],
  source_hash: row['dead_source_hash'],
  retry_after: row['dead_retry_after'],
});

/** `totals`: the one row of `goldTotals`, with `count_<n>` and `mean_<n>` for the n-th metric. */
export function asSummary(totals: SqlRow, metricColumns: readonly string[], openDeadLetters: number): GoldSummary {
  return {
    traces: integerOrNull(totals, 'traces') ?? 0,
    firstStartMs: integerOrNull(totals, 'first_start_ms'),
    lastStartMs: integerOrNull(totals, 'last_start_ms'),
    inputTokens: bigintOrNull(totals, 'input_tokens'),
    outputTokens: bigintOrNull(totals, 'output_tokens'),
    totalTokens: bigintOrNull(totals, 'total_tokens'),
    tokenCountRequest: bigintOrNull(totals, 'token_count_request'),
    tokenCountResponse: bigintOrNull(totals, 'token_count_response'),
    costUsd: doubleOrNull(totals, 'cost_usd'),
    errorTraces: integerOrNull(totals, 'error_traces') ?? 0,
    metrics: metricColumns.map((column, index) => ({
      column,
      count: integerOrNull(totals, `count_${index}`) ?? 0,
      mean: doubleOrNull(totals, `mean_${index}`),
    })),
    openDeadLetters,
  };
}
