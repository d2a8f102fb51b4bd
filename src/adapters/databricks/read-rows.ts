/** Rows as the SQL client gives them, into the forms of the warehouse port. Imports the port and the client. */
import type { SpanState } from '../../domain/trace/model.js';
import type { GoldSummary, LandedTrace, OpenDeadLetter } from '../../ports/warehouse.js';
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

export const asLanded = (row: SqlRow): LandedTrace => ({
  traceId: textOf(row, 'trace_id'),
  sourceHash: textOf(row, 'source_hash'),
  spanState: textOf(row, 'span_state') as SpanState,
  processVersion: textOf(row, 'process_version'),
  startTimeMs: Number(textOf(row, 'start_time_ms')),
  executionTimeMs: integerOrNull(row, 'execution_time_ms'),
  observedAtMs: msOrNull(row, 'observed_at') ?? 0,
  numSpans: integerOrNull(row, 'num_spans'),
});

export const asDeadLetter = (row: SqlRow): OpenDeadLetter => ({
  traceId: textOf(row, 'trace_id'),
  sourceHash: textOf(row, 'source_hash'),
  attempts: Number(textOf(row, 'attempts')),
  retryAfterMs: msOrNull(row, 'retry_after'),
});

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
