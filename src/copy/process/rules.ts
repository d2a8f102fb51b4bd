/** What a trace that cannot be copied leaves behind. Pure; imports types only. */
import type { StagedTrace } from '../../tables/rows.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { TraceVersion } from '../list/diff.js';

/** Where it failed, by which code, and what people read. Without trace text. */
export interface TraceFailure {
  readonly stage: 'list' | 'fetch' | 'process';
  readonly code: string;
  readonly message: string;
}

/**
 * @param startTimeMs epoch milliseconds; null where the source does not tell
 * @param observedAtMs the source's clock when this version was listed, epoch milliseconds
 */
export function deadLetterOf(
  scope: TraceScope,
  { traceId, sourceHash }: TraceVersion,
  startTimeMs: number | null,
  observedAtMs: number,
  failure: TraceFailure,
): StagedTrace {
  return {
    kind: 'dead-letter',
    deadLetter: {
      source_id: scope.sourceId,
      experiment_id: scope.experimentId,
      trace_id: traceId,
      source_hash: sourceHash,
      start_time_ms: startTimeMs,
      stage: failure.stage,
      error_code: failure.code,
      message: failure.message,
      observed_at: observedAtMs * 1000,
    },
  };
}
