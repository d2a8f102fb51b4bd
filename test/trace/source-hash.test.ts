import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceHash, storageTags } from '../../src/trace/source-hash.js';
import type { Assessment, TraceInfo } from '../../src/trace/trace.js';
import { assessment, traceInfo } from './arbitrary-trace.js';
import { anAssessment } from './sample-trace.js';

const reversed = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(map).reverse());

const anInfo: TraceInfo = {
  traceId: 'tr-1',
  experimentId: '1',
  clientRequestId: 'order-7',
  startTimeMs: 1_700_000_000_000,
  executionTimeMs: 1500,
  state: 'OK',
  requestPreview: 'question',
  responsePreview: 'answer',
  tags: { 'mlflow.traceName': 'rag' },
  metadata: { 'mlflow.trace.session': 's1' },
  assessments: [],
};

describe('source hash', () => {
  test('the source hash is a SHA-256 in hex', () => {
    expect(sourceHash(anInfo)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('source hash does not depend on the order of keys or assessments', () => {
    fc.assert(
      fc.property(traceInfo(), (info) => {
        const shuffled: TraceInfo = {
          ...info,
          tags: reversed(info.tags),
          metadata: reversed(info.metadata),
          assessments: info.assessments.map((item) => ({ ...item, metadata: reversed(item.metadata) })).reverse(),
        };
        expect(sourceHash(shuffled)).toBe(sourceHash(info));
      }),
    );
  });

  test('source hash does not depend on the order of keys inside an assessment value, but on what is a list and what an object', () => {
    const withValue = (value: Assessment['value']) =>
      sourceHash({ ...anInfo, assessments: [{ ...anAssessment, value }] });
    expect(withValue({ a: 1, b: { c: 2, d: 3 } })).toBe(withValue({ b: { d: 3, c: 2 }, a: 1 }));
    expect(withValue({ a: 1 })).not.toBe(withValue(['{}', ['a', 1]]));
    expect(withValue(['{}', ['a', 1]])).not.toBe(withValue(['[]', ['a', 1]]));
    expect(withValue('1')).not.toBe(withValue(1));
  });

  test.each<[string, Partial<TraceInfo>]>([
    ['state', { state: 'ERROR' }],
    ['start time', { startTimeMs: 1_700_000_000_001 }],
    ['duration', { executionTimeMs: 1501 }],
    ['duration that is not known yet', { executionTimeMs: null }],
    ['request preview', { requestPreview: null }],
    ['response preview', { responsePreview: '' }],
    ['client request id', { clientRequestId: 'order-8' }],
    ['tag', { tags: { 'mlflow.traceName': 'rag2' } }],
    ['new tag', { tags: { ...anInfo.tags, team: 'a' } }],
    ['metadata', { metadata: { 'mlflow.trace.session': 's2' } }],
    ['late assessment', { assessments: [anAssessment] }],
  ])('source hash changes with a changed %s', (_name, change) => {
    expect(sourceHash({ ...anInfo, ...change })).not.toBe(sourceHash(anInfo));
  });

  test('the source hash changes with every field of an assessment', () => {
    fc.assert(
      fc.property(assessment(), assessment(), (left, right) => {
        const before = sourceHash({ ...anInfo, assessments: [left] });
        for (const key of ['name', 'valid', 'lastUpdateTimeMs', 'rationale', 'errorCode', 'kind'] as const) {
          if (left[key] === right[key]) continue;
          expect(sourceHash({ ...anInfo, assessments: [{ ...left, [key]: right[key] }] })).not.toBe(before);
        }
      }),
    );
  });

  test('source hash ignores where the server stores the spans, so that archiving a trace is no change', () => {
    for (const tag of storageTags) {
      expect(sourceHash({ ...anInfo, tags: { ...anInfo.tags, [tag]: 'elsewhere' } })).toBe(sourceHash(anInfo));
    }
  });
});
