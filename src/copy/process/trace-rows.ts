/** From a trace as it was read to its rows: tokens counted, then everything that follows from the trace alone. */
import type { CallOptions } from '../../sources/trace-source.js';
import type { StagedTrace } from '../../tables/rows.js';
import type { TraceScope } from '../../tables/trace-key.js';
import { buildTraceRows, examineTrace } from '../../trace/process-trace.js';
import type { SpanReading, TraceInfo } from '../../trace/trace.js';
import type { ActivityDependencies } from '../dependencies.js';

/** A trace with its spans, in one version. */
export interface ReadTrace {
  readonly scope: TraceScope;
  readonly info: TraceInfo;
  readonly reading: SpanReading;
  readonly sourceHash: string;
  /** The source's clock when this version was listed, epoch milliseconds. */
  readonly observedAtMs: number;
}

export async function traceRows(
  worker: ActivityDependencies,
  { scope, info, reading, sourceHash, observedAtMs }: ReadTrace,
  options: Required<CallOptions>,
): Promise<StagedTrace> {
  const examined = examineTrace(info, reading);
  const tokenCounts = {
    request: await countTokens(worker, examined.prose.request, options),
    response: await countTokens(worker, examined.prose.response, options),
  };
  return buildTraceRows({ scope, examined, sourceHash, observedAtMs, tokenCounts, options: worker.processing });
}

async function countTokens(
  { tokenCounter }: ActivityDependencies,
  text: string | null,
  options: Required<CallOptions>,
): Promise<number | null> {
  if (text === null) return null;
  return tokenCounter.countNow(text) ?? (await tokenCounter.count(text, options));
}
