/** Small traces written by hand, for examples. */
import { noPrices } from '../../src/prices/price-list.js';
import type { JsonObject } from '../../src/json/json-value.js';
import type { LandedTraceRows } from '../../src/tables/rows.js';
import type { Assessment, Span, SpanReading, TraceInfo } from '../../src/trace/trace.js';
import { buildTraceRows } from '../../src/trace/process-trace.js';
import { sourceHash } from '../../src/trace/source-hash.js';
import { examineTrace } from '../../src/trace/examine-trace.js';
import type { ProcessingOptions } from '../../src/trace/processing-options.js';

export const options: ProcessingOptions = {
  encoding: 'cl100k_base',
  dimensions: [],
  metrics: [],
  prices: noPrices,
  userIdHashKey: null,
};

export const anInfo: TraceInfo = {
  traceId: 'tr-1',
  experimentId: '7',
  clientRequestId: null,
  startTimeMs: 1_700_000_000_000,
  executionTimeMs: 1000,
  state: 'OK',
  requestPreview: null,
  responsePreview: null,
  tags: {},
  metadata: {},
  assessments: [],
};

export const anAssessment: Assessment = {
  assessmentId: 'a-1',
  name: 'correctness',
  kind: 'feedback',
  spanId: null,
  sourceType: 'LLM_JUDGE',
  sourceId: 'judge',
  createTimeMs: 1,
  lastUpdateTimeMs: 2,
  value: 'yes',
  rationale: null,
  errorCode: null,
  errorMessage: null,
  errorStack: null,
  metadata: {},
  valid: true,
  overrides: null,
};

const originNs = 1_700_000_000_000_000_000n;

/** @param times start and end in milliseconds after the start of the trace */
export function aSpan(id: string, parent: string | null, times: [number, number], attributes: JsonObject): Span {
  return {
    spanId: id,
    parentSpanId: parent,
    name: id,
    startTimeNs: originNs + BigInt(times[0]) * 1_000_000n,
    endTimeNs: originNs + BigInt(times[1]) * 1_000_000n,
    status: 'OK',
    statusMessage: null,
    otelKind: null,
    scope: null,
    links: [],
    attributes,
    events: [],
  };
}

export const complete = (spans: readonly Span[]): SpanReading => ({ traceId: 'tr-1', spanState: 'complete', spans });

export function build(info: TraceInfo, reading: SpanReading, settings = options): LandedTraceRows {
  return buildTraceRows({
    scope: { sourceId: 'prod', experimentId: info.experimentId, experimentName: 'checkout' },
    examined: examineTrace(info, reading, settings.prices),
    sourceHash: sourceHash(info),
    observedAtMs: 1_700_000_100_000,
    spansObservedAtMs: 1_700_000_100_000,
    tokenCounts: { request: 3, response: null },
    options: settings,
  });
}
