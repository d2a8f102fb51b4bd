/** From a trace as it was read to its rows: tokens counted, then everything that follows from the trace alone. */
import type { StagedTrace } from '../../tables/rows.js';
import { buildTraceRows } from '../../trace/process-trace.js';
import type { ExperimentScope, SpanReading, TraceInfo } from '../../trace/trace.js';
import type { ActivityDependencies } from '../dependencies.js';
import type { LiveCall } from '../../call-options.js';
import { examineTrace } from '../../trace/examine-trace.js';

/** A trace with its spans, in one version. */
export interface ReadTrace {
  readonly scope: ExperimentScope;
  readonly info: TraceInfo;
  readonly reading: SpanReading;
  readonly sourceHash: string;
  /** The source's clock when this version was listed, epoch milliseconds. */
  readonly observedAtMs: number;
  /** The same of the version that the spans were read for. */
  readonly spansObservedAtMs: number;
}

export async function traceRows(
  worker: ActivityDependencies,
  { info, reading, ...version }: ReadTrace,
  options: LiveCall,
): Promise<StagedTrace> {
  const examined = examineTrace(info, reading, worker.processing.prices);
  const tokenCounts = {
    request: await countTokens(worker, examined.prose.request, options),
    response: await countTokens(worker, examined.prose.response, options),
  };
  return buildTraceRows({ ...version, examined, tokenCounts, options: worker.processing });
}

async function countTokens(
  { tokenCounter }: ActivityDependencies,
  text: string | null,
  options: LiveCall,
): Promise<number | null> {
  if (text === null) return null;
  return tokenCounter.countNow(text) ?? (await tokenCounter.count(text, options));
}
