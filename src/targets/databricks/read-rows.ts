/** Rows as the SQL client gives them, into the forms of the warehouse port. Imports the port and the client. */
import type { SpanState } from '../../tables/trace-key.js';
import type { Comparison, GoldSummary } from '../warehouse.js';
import type { DifferingTrace, LandedVersion, OpenDeadLetter, TraceVersion } from '../../copy/list/diff.js';
import { textOf, type SqlRow } from './sql-client.js';

const integerOrNull = (row: SqlRow, column: string): number | null => {
  const text = textOf(row, column);
  return text === '' ? null : Number(text);
};

/** Whole milliseconds of a column that holds microseconds, rounded down. */
function msOrNull(row: SqlRow, column: string): number | null {
  const micros = integerOrNull(row, column);
  return micros === null ? null : Math.floor(micros / 1000);
}

export const asLanded = (row: SqlRow): LandedVersion => ({
  traceId: textOf(row, 'trace_id'),
  sourceHash: textOf(row, 'source_hash'),
  spanState: textOf(row, 'span_state') as SpanState,
  startTimeMs: Number(textOf(row, 'start_time_ms')),
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

/** The parameter of `differingVersions`. */
export const versionsJson = (versions: readonly TraceVersion[]): string =>
  JSON.stringify(
    versions.map(({ traceId, sourceHash }) => ({ trace_id: traceId.toWellFormed(), source_hash: sourceHash })),
  );

/** @param asked in the order of the parameter: an id may be stored with characters replaced */
export function asComparison(rows: readonly SqlRow[], asked: readonly TraceVersion[]): Comparison {
  const same = rows.find((row) => row['is_same'] === true);
  return {
    differing: rows.filter((row) => row !== same).map((row) => asDiffering(row, asked)),
    numSame: same === undefined ? 0 : Number(textOf(same, 'num_versions')),
  };
}

function asDiffering(row: SqlRow, asked: readonly TraceVersion[]): DifferingTrace {
  const deadLetter = {
    trace_id: row['dead_trace_id'],
    source_hash: row['dead_source_hash'],
    retry_after: row['dead_retry_after'],
  };
  return {
    traceId: asked[Number(textOf(row, 'place'))]?.traceId ?? '',
    landed: textOf(row, 'trace_id') === '' ? null : asLanded(row),
    deadLetter: textOf(deadLetter, 'trace_id') === '' ? null : asDeadLetter(deadLetter),
  };
}

const bigintOrNull = (row: SqlRow, column: string): bigint | null => {
  const text = textOf(row, column);
  return text === '' ? null : BigInt(text);
};

const doubleOrNull = (row: SqlRow, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' ? value : null;
};

/** `totals`: the one row of `goldSummary`, with `count_<n>` and `mean_<n>` for the n-th metric. */
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
