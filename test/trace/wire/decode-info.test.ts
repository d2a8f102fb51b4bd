import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json/json-value.js';
import { decodeInfo } from '../../../src/trace/wire/decode-info.js';
import type { TraceInfo } from '../../../src/trace/trace.js';
import { wireFixture } from './wire-fixtures.js';

const v3 = wireFixture('info-v3.json') as JsonObject;
const v2 = wireFixture('info-v2.json') as JsonObject;

function info(wire: JsonObject): TraceInfo {
  const decoding = decodeInfo(wire, '99');
  if (!decoding.ok) throw new Error(decoding.reason);
  return decoding.info;
}

describe('a trace info of MLflow 3', () => {
  it('a trace info of MLflow 3 keeps ids, times, state and previews', () => {
    expect(info(v3)).toMatchObject({
      traceId: 'tr-f96620718949de17b82684f0cb8c0123',
      experimentId: '7',
      clientRequestId: 'order-4711',
      startTimeMs: Date.UTC(2026, 10, 16, 12, 46, 16, 760),
      executionTimeMs: 1265,
      state: 'OK',
      requestPreview: 'What is tracing?',
      responsePreview: '',
    });
  });

  it('a trace info of MLflow 3 shows session and user alike, whether MLflow quoted them or not', () => {
    const { metadata } = info(v3);
    expect(metadata['mlflow.trace.session']).toBe('S1');
    expect(metadata['mlflow.trace.user']).toBe('plain-user');
    expect(metadata['mlflow.trace.tokenUsage']).toContain('"total_tokens": 111');
  });

  it('a trace info of MLflow 3 keeps every version of every assessment, and leaves out what is none', () => {
    const { assessments } = info(v3);
    expect(assessments.map((assessment) => assessment.assessmentId)).toStrictEqual(['a-1', 'a-2', 'a-3', 'a-4']);
    expect(assessments[0]).toStrictEqual({
      assessmentId: 'a-1',
      name: 'yesno',
      kind: 'feedback',
      spanId: '00f067aa0ba902b8',
      sourceType: 'LLM_JUDGE',
      sourceId: 'openai:/gpt-4o',
      createTimeMs: Date.UTC(2026, 10, 16, 12, 46, 18),
      lastUpdateTimeMs: Date.UTC(2026, 10, 16, 12, 46, 19, 1),
      value: 'yes',
      rationale: 'because',
      errorCode: null,
      errorMessage: null,
      errorStack: null,
      metadata: { 'mlflow.assessment.sourceRunId': 'run1' },
      valid: true,
      overrides: 'a-0',
    });
    expect(assessments[1]).toMatchObject({ value: null, errorCode: 'TIMEOUT', errorMessage: 'too slow', valid: false });
    expect(assessments[2]).toMatchObject({ kind: 'expectation', value: ['a', { b: 12345678901234567890n }] });
    expect(assessments[3]).toMatchObject({ kind: 'issue', value: 'wrong tone' });
  });

  it('a trace info of MLflow 3 has no duration while the trace is in progress', () => {
    expect(info({ ...v3, state: 'IN_PROGRESS', execution_duration: null })).toMatchObject({
      state: 'IN_PROGRESS',
      executionTimeMs: null,
    });
    expect(info({ ...v2, status: 'IN_PROGRESS', execution_time_ms: 0 }).executionTimeMs).toBeNull();
  });
});

describe('a trace info of MLflow 2', () => {
  it('a trace info of MLflow 2 gives the same model from the old names', () => {
    expect(info(v2)).toStrictEqual({
      traceId: 'f96620718949de17b82684f0cb8c0123',
      experimentId: '7',
      clientRequestId: null,
      startTimeMs: 1794833176760,
      executionTimeMs: 1265,
      state: 'ERROR',
      requestPreview: '{"q": "What is tracing?"}',
      responsePreview: '"an answer"',
      tags: { 'mlflow.traceName': 'rag', empty: '' },
      metadata: {
        'mlflow.traceInputs': '{"q": "What is tracing?"}',
        'mlflow.traceOutputs': '"an answer"',
        'mlflow.trace_schema.version': '2',
      },
      assessments: [],
    });
  });
});

describe('a strange trace info', () => {
  it('a strange trace info is refused only without a usable id or start time, and names what it can', () => {
    expect(decodeInfo('text', '7')).toMatchObject({ ok: false, traceId: null });
    expect(decodeInfo({ request_time: '2026-01-01T00:00:00Z' }, '7')).toMatchObject({
      ok: false,
      traceId: null,
      startTimeMs: Date.UTC(2026, 0, 1),
    });
    expect(decodeInfo({ trace_id: 'tr-1', request_time: 'soon' }, '7')).toMatchObject({ ok: false, traceId: 'tr-1' });
    expect(decodeInfo({ trace_id: 'tr-1', timestamp_ms: 9e15 }, '7')).toMatchObject({ ok: false, traceId: 'tr-1' });
  });

  it('a strange trace info never throws, and keeps its id whatever its other fields are', () => {
    const anything = fc.jsonValue() as fc.Arbitrary<JsonObject[string]>;
    const fields = fc.record({
      state: anything,
      execution_duration: anything,
      trace_metadata: anything,
      tags: anything,
      assessments: fc.oneof(
        anything,
        fc.array(fc.record({ assessment_id: anything, feedback: anything, source: anything })),
      ),
      trace_location: anything,
      request_preview: anything,
    });
    fc.assert(
      fc.property(fields, (strange) => {
        const decoding = decodeInfo({ ...strange, trace_id: 'tr-1', request_time: '2026-01-01T00:00:00Z' }, '7');
        expect(decoding).toMatchObject({ ok: true, info: { traceId: 'tr-1', startTimeMs: Date.UTC(2026, 0, 1) } });
      }),
    );
  });
});
