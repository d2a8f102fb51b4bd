import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromRawRow, rawRow } from '../../src/trace/raw-form.js';
import { readRawJson } from '../../src/trace/raw-json.js';
import { writeJson } from '../../src/json/write-json.js';
import { sourceHash } from '../../src/trace/source-hash.js';
import type { Span, SpanReading, TraceInfo } from '../../src/trace/trace.js';
import { jsonValue, spanReading, traceInfo } from './arbitrary-trace.js';

const scope = { sourceId: 'prod', experimentId: '7', experimentName: 'checkout' };
const noTexts = { request: null, response: null };

const anInfo: TraceInfo = {
  traceId: 'tr-1',
  experimentId: '7',
  clientRequestId: null,
  startTimeMs: 1_700_000_000_123,
  executionTimeMs: null,
  state: 'IN_PROGRESS',
  requestPreview: null,
  responsePreview: null,
  tags: {},
  metadata: {},
  assessments: [],
};

const aSpan: Span = {
  spanId: '00000000000000a1',
  parentSpanId: null,
  name: 'root',
  startTimeNs: 1_712_345_678_901_234_567n,
  endTimeNs: null,
  status: 'UNSET',
  statusMessage: null,
  otelKind: null,
  scope: null,
  links: [],
  attributes: {},
  events: [],
};

const version = { observedAtMs: 1_700_000_100_000, spansObservedAtMs: 1_700_000_050_000, sourceHash: 'h' };

function readBack(info: TraceInfo, reading: SpanReading): { info: TraceInfo; reading: SpanReading } {
  const { spansObservedAtMs, ...readAgain } = fromRawRow(rawRow(scope, info, reading, noTexts, version));
  expect(spansObservedAtMs).toBe(version.spansObservedAtMs);
  return readAgain;
}

const withAttributes = (attributes: Span['attributes']): SpanReading => ({
  traceId: 'tr-1',
  spanState: 'complete',
  spans: [{ ...aSpan, attributes }],
});

describe('raw form', () => {
  test('the raw form gives back exactly the trace that was read', () => {
    fc.assert(
      fc.property(traceInfo(), spanReading(), (info, reading) => {
        expect(readBack(info, reading)).toStrictEqual({ info, reading });
      }),
    );
  });

  test('a trace read back from its raw form has the same source hash', () => {
    fc.assert(
      fc.property(traceInfo(), spanReading(), (info, reading) => {
        expect(sourceHash(readBack(info, reading).info)).toBe(sourceHash(info));
      }),
    );
  });

  test('raw form keeps JSON values exactly: large integers, large doubles, minus zero', () => {
    fc.assert(
      fc.property(jsonValue(), (value) => {
        expect(readRawJson(writeJson(value))).toStrictEqual(value);
      }),
    );
    for (const value of [2 ** 53, 1e20, -1e20, 123456789012345680000, 1e21, 5e-324, -0, 2n ** 64n, -(2n ** 53n)]) {
      expect(readRawJson(writeJson(value))).toStrictEqual(value);
    }
  });

  test('raw form has the same texts in whatever order the source lists tags and metadata', () => {
    const texts = (map: Record<string, string>): (string | null)[] => {
      const row = rawRow(scope, { ...anInfo, tags: map, metadata: map }, withAttributes({}), noTexts, version);
      return [row.tags, row.trace_metadata];
    };
    expect(texts({ b: '1', 'a.c': '2', a: '3' })).toEqual(texts({ a: '3', b: '1', 'a.c': '2' }));
  });

  test('raw form is readable by SQL: span times are digit strings and large integers plain digits', () => {
    const row = rawRow(scope, anInfo, withAttributes({ id: 12_345_678_901_234_567_890n }), noTexts, version);
    expect(JSON.parse(row.spans ?? '')).toMatchObject([{ span_id: '00000000000000a1', end_time_ns: null }]);
    expect(row.spans).toContain('"start_time_ns":"1712345678901234567"');
    expect(row.spans).toContain('"id":12345678901234567890');
  });

  test('raw form tells spans that were never read from spans that do not exist', () => {
    const never = rawRow(scope, anInfo, { traceId: 'tr-1', spanState: 'unknown', spans: [] }, noTexts, version);
    const none = rawRow(scope, anInfo, { traceId: 'tr-1', spanState: 'missing', spans: [] }, noTexts, version);
    expect([never.spans, never.num_spans]).toEqual([null, null]);
    expect([none.spans, none.num_spans]).toEqual(['[]', 0]);
  });

  test('raw form replaces what no database holds, and only once', () => {
    const dirty = withAttributes({ text: 'a\ud800b', score: Number.NaN });
    const { reading } = readBack({ ...anInfo, requestPreview: '\udfff' }, dirty);
    expect(reading.spans[0]?.attributes).toEqual({ text: 'a\ufffdb', score: 'NaN' });
    expect(readBack(anInfo, reading).reading).toStrictEqual(reading);
  });

  test('the raw form keeps values as deep as the source may send them', () => {
    let deep: Span['attributes'] = {};
    for (let depth = 0; depth < 998; depth++) deep = { a: deep };
    expect(readBack(anInfo, withAttributes(deep)).reading).toStrictEqual(withAttributes(deep));
  });

  test('the raw form stores times in microseconds', () => {
    const row = rawRow(scope, anInfo, withAttributes({}), noTexts, version);
    expect(row.start_time).toBe(1_700_000_000_123_000);
    expect(row.observed_at).toBe(1_700_000_100_000_000);
    expect(row.spans_observed_at).toBe(1_700_000_050_000_000);
    expect(rawRow(scope, { ...anInfo, startTimeMs: 8.64e15 }, withAttributes({}), noTexts, version).start_time).toBe(
      8_640_000_000_000_000_000n,
    );
  });
});
