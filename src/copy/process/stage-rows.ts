/** The file that processing leaves in staging for the commit. */
import type { StagedTrace } from '../../tables/rows.js';
import type { Staging } from '../../targets/staging.js';
import type { StepAttempt } from '../attempt.js';
import { rowsKey } from '../staging-layout.js';
import type { ProcessedBatch } from './messages.js';

const maxNamedFailures = 10;

/** One file per attempt: an attempt that was given up but lives on can never touch what its successor staged. */
export async function stageRows(
  staging: Staging,
  batch: string,
  traces: AsyncIterable<StagedTrace>,
  { attempt, signal }: StepAttempt,
): Promise<ProcessedBatch> {
  const failedIds: string[] = [];
  const file = await staging.writeTraces(rowsKey(batch, attempt), noteFailures(traces, failedIds), signal);
  return { ...file, failedIds };
}

async function* noteFailures(traces: AsyncIterable<StagedTrace>, failedIds: string[]): AsyncGenerator<StagedTrace> {
  for await (const trace of traces) {
    if (trace.kind === 'dead-letter' && failedIds.length < maxNamedFailures) failedIds.push(trace.deadLetter.trace_id);
    yield trace;
  }
}
