/**
 * Fills a real MLflow server with traces through its own API, fast: many traces per OTLP request.
 * Used by tests and benchmarks.
 */
import { ensureExperiment, exportSpans, startTrace } from './mlflow-api.js';
import { makeSeedTrace, type SeedShape, type SeedTrace, seededChance } from './seed-content.js';
import type { JsonObject } from '../../src/json/json-value.js';

export * from './mlflow-api.js';
export * from './seed-content.js';

export interface SeedOptions extends SeedShape {
  readonly address: string;
  readonly experimentName: string;
  readonly numTraces: number;
  /** Default 1. Another seed in the same experiment adds other traces. */
  readonly seed?: number;
  /** Number of the first trace; continue a series by it. Default 0. */
  readonly firstIndex?: number;
  /** Start of trace number 0, epoch milliseconds. Default: 2026-01-01T00:00:00Z. */
  readonly startTimeMs?: number;
  /** Between two starts, milliseconds. 0 puts all into one millisecond. Default 1,000. */
  readonly spacingMs?: number;
  /** Judge, code and human feedback on every trace: one more request per trace. Default false. */
  readonly withAssessments?: boolean;
  /** Default 50. */
  readonly tracesPerRequest?: number;
  readonly onProgress?: (numDone: number) => void;
}

export interface Seeded {
  readonly experimentId: string;
  /** In order of start. */
  readonly traceIds: readonly string[];
  /** Makes trace number `index` again, with its texts. */
  traceAt(index: number): SeedTrace;
}

/** 2026-01-01T00:00:00Z */
export const defaultSeedStartMs = 1_767_225_600_000;

export async function seedTraces(options: SeedOptions): Promise<Seeded> {
  const { address, experimentName, numTraces, seed = 1, firstIndex = 0 } = options;
  const { startTimeMs = defaultSeedStartMs, spacingMs = 1_000, tracesPerRequest = 50 } = options;
  const experimentId = await ensureExperiment(address, experimentName);
  const traceAt = (index: number): SeedTrace =>
    makeSeedTrace(experimentId, seed, index, startTimeMs + index * spacingMs, options);
  const traceIds: string[] = [];
  for (let done = 0; done < numTraces; done += tracesPerRequest) {
    const count = Math.min(tracesPerRequest, numTraces - done);
    const traces = Array.from({ length: count }, (_, offset) => traceAt(firstIndex + done + offset));
    await exportSpans(address, experimentId, traces);
    if (options.withAssessments === true) await inTurns(traces, (trace) => assess(address, experimentId, trace));
    traceIds.push(...traces.map((trace) => trace.traceId));
    options.onProgress?.(done + count);
  }
  return { experimentId, traceIds, traceAt };
}

/** Four requests at a time: a server on SQLite takes no more. */
async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const take = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all([take(), take(), take(), take()]);
}

/** One request completes the info and adds all assessments, as MLflow's client does at the end of a trace. */
async function assess(address: string, experimentId: string, trace: SeedTrace): Promise<void> {
  await startTrace(address, {
    trace_id: trace.traceId,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
    request_time: new Date(trace.startTimeMs).toISOString(),
    execution_duration: `${(trace.executionTimeMs / 1000).toFixed(3)}s`,
    state: trace.isError ? 'ERROR' : 'OK',
    client_request_id: `order-${trace.index}`,
    tags: { 'mlflow.traceName': 'answer_question', team: trace.index % 2 === 0 ? 'search' : 'support' },
    // OTLP ingestion alone leaves this out; MLflow's client writes it.
    trace_metadata: { 'mlflow.trace.sizeStats': `{"total_size_bytes": 16000, "num_spans": ${trace.spans.length}}` },
    assessments: seedAssessments(trace),
  });
}

/** What {@link seedTraces} attaches to a trace. */
export function seedAssessments(trace: SeedTrace): JsonObject[] {
  const chance = seededChance(`${trace.traceId}/assessments`);
  const at = new Date(trace.startTimeMs + 60_000).toISOString();
  const judge = { source: { source_type: 'LLM_JUDGE', source_id: 'openai:/gpt-4o' }, create_time: at };
  const common = { trace_id: trace.traceId, last_update_time: at, valid: true };
  const assessments: JsonObject[] = [
    {
      ...judge,
      assessment_name: 'relevance',
      feedback: { value: chance() < 0.8 ? 'yes' : 'no' },
      rationale: 'because',
    },
    { ...judge, assessment_name: 'groundedness', feedback: { value: Math.round(chance() * 100) / 100 } },
    {
      assessment_name: 'latency ok',
      source: { source_type: 'CODE', source_id: 'latency.py' },
      create_time: at,
      feedback: { value: trace.executionTimeMs < 3_000 },
    },
  ];
  if (trace.index % 10 === 0) {
    const source = { source_type: 'HUMAN', source_id: 'reviewer@example.com' };
    assessments.push({ assessment_name: 'relevance', source, create_time: at, feedback: { value: 'no' } });
    assessments.push({ assessment_name: 'expected_answer', source, create_time: at, expectation: { value: '42' } });
  }
  if (trace.index % 25 === 0) {
    const error = { error_code: 'RATE_LIMITED', error_message: 'the judge gave up' };
    assessments.push({ ...judge, assessment_name: 'safety', feedback: { error } });
  }
  return assessments.map((assessment) => ({ ...common, ...assessment }));
}
