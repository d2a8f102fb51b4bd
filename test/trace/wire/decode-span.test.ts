import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/json/json-value.js';
import {
  announcedBytes,
  announcedSpans,
  decodeSpan,
  decodeSpans,
  spanStateOf,
} from '../../../src/trace/wire/decode-span.js';
import type { Span, TraceInfo } from '../../../src/trace/trace.js';
import { wireFixture } from './wire-fixtures.js';

const expectedSpans: Span[] = [
  {
    spanId: '9e5a0f594829d15f',
    parentSpanId: null,
    name: 'rag_pipeline',
    startTimeNs: 1794831176760570112n,
    endTimeNs: 1794831178025570113n,
    status: 'OK',
    statusMessage: null,
    otelKind: null,
    scope: null,
    links: [],
    attributes: {
      'mlflow.spanType': 'CHAIN',
      'mlflow.spanInputs': {
        query: 'größe "x"',
        id: 9007199254740993n,
        ratio: NaN,
        flags: [true, null],
        none: null,
        empty: {},
      },
      'mlflow.spanOutputs': '123',
    },
    events: [],
  },
  {
    spanId: '00f067aa0ba902b8',
    parentSpanId: '9e5a0f594829d15f',
    name: 'tool',
    startTimeNs: 1794831176760570112n,
    endTimeNs: null,
    status: 'ERROR',
    statusMessage: 'failed',
    otelKind: null,
    scope: null,
    links: [],
    attributes: { 'mlflow.spanType': 'TOOL' },
    events: [{ name: 'exception', timeNs: 1794831177000000001n, attributes: { 'exception.type': 'ValueError' } }],
  },
];

function infoWith(metadata: Record<string, string>): TraceInfo {
  return {
    traceId: 'tr-1',
    experimentId: '1',
    clientRequestId: null,
    startTimeMs: 0,
    executionTimeMs: 1,
    state: 'OK',
    requestPreview: null,
    responsePreview: null,
    tags: {},
    metadata,
    assessments: [],
  };
}

const announcing = (numSpans: number): TraceInfo =>
  infoWith({ 'mlflow.trace.sizeStats': `{"total_size_bytes": 5448, "num_spans": ${numSpans}}` });

describe('spans of one trace', () => {
  it.each(['spans-otlp.json', 'spans-artifact.json', 'spans-3.5.0.json', 'spans-schema-2.json'])(
    'spans of one trace are the same in all four encodings: %s',
    (name) => {
      expect(decodeSpans(wireFixture(name))).toStrictEqual({ spans: expectedSpans, numRefused: 0 });
    },
  );

  it('spans of one trace are left out and counted where they have no id', () => {
    const [root] = wireFixture('spans-otlp.json') as [JsonObject];
    expect(decodeSpans([root, { ...root, span_id: 'x' }, 'text'])).toMatchObject({ numRefused: 2 });
    expect(decodeSpans(undefined)).toStrictEqual({ spans: [], numRefused: 0 });
  });

  it('spans of one trace keep attributes that only look like JSON as the text they are', () => {
    const wire = { span_id: '9e5a0f594829d15f', start_time: 1, attributes: { a: '{broken', b: 'plain', c: 5, d: '' } };
    expect(decodeSpan(wire)?.attributes).toStrictEqual({ a: '{broken', b: 'plain', c: 5, d: '' });
  });

  it('decoding spans never throws, whatever their fields are', () => {
    const anything = fc.jsonValue() as fc.Arbitrary<JsonValue>;
    const wire = fc.record({
      attributes: anything,
      events: anything,
      status: anything,
      name: anything,
      context: anything,
    });
    fc.assert(
      fc.property(wire, (strange) => {
        const span = decodeSpan({ ...strange, span_id: '9e5a0f594829d15f', start_time: 1 });
        expect(span?.spanId).toBe('9e5a0f594829d15f');
      }),
    );
  });
});

describe('the span state of a trace', () => {
  const [root, child] = expectedSpans as [Span, Span];
  const read = (spans: Span[], numRefused = 0): { spans: Span[]; numRefused: number } => ({ spans, numRefused });

  it('the span state of a trace is complete with a finished root and all announced spans, or with a finished root where none are announced', () => {
    expect(spanStateOf(announcing(2), read([root, child]))).toBe('complete');
    expect(spanStateOf(infoWith({}), read([root]))).toBe('complete');
  });

  it('the span state of a trace is partial with fewer spans than announced, an open or absent root, or a span that could not be read', () => {
    expect(spanStateOf(announcing(3), read([root, child]))).toBe('partial');
    expect(spanStateOf(announcing(1), read([{ ...root, endTimeNs: null }]))).toBe('partial');
    expect(spanStateOf(announcing(1), read([child]))).toBe('partial');
    expect(spanStateOf(announcing(1), read([root], 1))).toBe('partial');
  });

  it('the span state of a trace without any span is missing', () => {
    expect(spanStateOf(announcing(0), read([]))).toBe('missing');
  });

  it('the span state of a trace knows the announced count and size, and that they may be absent or damaged', () => {
    expect(announcedSpans(announcing(7))).toBe(7);
    expect(announcedBytes(announcing(7))).toBe(5448);
    expect(announcedBytes(infoWith({ 'mlflow.trace.sizeBytes': '99' }))).toBe(99);
    expect(announcedBytes(infoWith({}))).toBeNull();
    expect(announcedSpans(infoWith({ 'mlflow.trace.sizeStats': '{"num_spans": 7' }))).toBeNull();
  });
});
