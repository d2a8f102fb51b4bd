/** Rows as DuckDB gives them, into the forms of the warehouse port. Imports the port only. */
import type { SpanState } from '../../tables/trace-key.js';
import type { Comparison, GoldSummary } from '../warehouse.js';
import type { LandedVersion, OpenDeadLetter } from '../../copy/list/diff.js';

type Integer = number | bigint;

export interface LandedFacts {
  readonly trace_id: string;
  readonly source_hash: string;
  readonly span_state: SpanState;
  readonly start_time_ms: Integer;
  readonly execution_time_ms: Integer | null;
  readonly num_spans: Integer | null;
  readonly num_assessments: Integer;
  readonly observed_at_ms: Integer;
  readonly is_deleted: boolean;
}

const numberOrNull = (value: Integer | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

export const asLanded = (row: LandedFacts): LandedVersion => ({
  traceId: row.trace_id,
  sourceHash: row.source_hash,
  spanState: row.span_state,
  startTimeMs: Number(row.start_time_ms),
  executionTimeMs: numberOrNull(row.execution_time_ms),
  numSpans: numberOrNull(row.num_spans),
  numAssessments: Number(row.num_assessments),
  observedAtMs: Number(row.observed_at_ms),
  isDeletedAtSource: row.is_deleted,
});

export interface DeadLetterFacts {
  readonly trace_id: string;
  readonly source_hash: string;
  readonly retry_after_ms: Integer | null;
}

export const asDeadLetter = (row: DeadLetterFacts): OpenDeadLetter => ({
  traceId: row.trace_id,
  sourceHash: row.source_hash,
  retryAfterMs: numberOrNull(row.retry_after_ms),
});

/** Of `differingVersions`; nothing but their number is known of those that are the same. */
export interface ComparedFacts {
  readonly is_same: boolean;
  /** From 1. */
  readonly place: Integer | null;
  readonly num_versions: Integer;
  readonly landed: LandedFacts | null;
  readonly dead: DeadLetterFacts | null;
}

/** @param traceIds those that were asked for, in their order: an id may be stored with characters replaced */
export function asComparison(rows: readonly ComparedFacts[], traceIds: readonly string[]): Comparison {
  const differing = rows
    .filter((row) => !row.is_same)
    .map(({ place, landed, dead }) => ({
      traceId: traceIds[Number(place) - 1] ?? '',
      landed: landed === null ? null : asLanded(landed),
      deadLetter: dead === null ? null : asDeadLetter(dead),
    }));
  return { differing, numSame: Number(rows.find((row) => row.is_same)?.num_versions ?? 0) };
}

/** The one row of `goldTotals`. */
export type Totals = Readonly<Record<string, Integer | null>>;

const bigintOrNull = (value: Integer | null | undefined): bigint | null =>
  value === null || value === undefined ? null : BigInt(value);

export function asSummary(totals: Totals, metricColumns: readonly string[], openDeadLetters: number): GoldSummary {
  return {
    traces: Number(totals['traces'] ?? 0),
    firstStartMs: numberOrNull(totals['first_start_ms']),
    lastStartMs: numberOrNull(totals['last_start_ms']),
    inputTokens: bigintOrNull(totals['input_tokens']),
    outputTokens: bigintOrNull(totals['output_tokens']),
    totalTokens: bigintOrNull(totals['total_tokens']),
    tokenCountRequest: bigintOrNull(totals['token_count_request']),
    tokenCountResponse: bigintOrNull(totals['token_count_response']),
    costUsd: numberOrNull(totals['cost_usd']),
    errorTraces: Number(totals['error_traces'] ?? 0),
    metrics: metricColumns.map((column, index) => ({
      column,
      count: Number(totals[`count_${index}`] ?? 0),
      mean: numberOrNull(totals[`mean_${index}`]),
    })),
    openDeadLetters,
  };
}
