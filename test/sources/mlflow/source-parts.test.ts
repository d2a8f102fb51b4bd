import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canBeSearched, hasIdIn, startsWithin } from '../../../src/sources/mlflow/search-filter.js';
import { publicAddress, sourceIdOf } from '../../../src/sources/mlflow/source-options.js';
import { planSpanBatches, TraceSizeEstimate } from '../../../src/sources/mlflow/span-batches.js';
import type { TraceInfo } from '../../../src/trace/trace.js';

describe('search filters', () => {
  it('search filters hold whole milliseconds only', () => {
    expect(startsWithin(1712345678901, 1712345688901)).toBe(
      'timestamp_ms >= 1712345678901 AND timestamp_ms < 1712345688901',
    );
    for (const bad of [NaN, 1.5, Infinity]) expect(() => startsWithin(0, bad)).toThrow(/whole number/);
  });

  it('an id never becomes part of the language of a search filter', () => {
    expect(hasIdIn(['tr-1'])).toBe("request_id = 'tr-1'");
    expect(hasIdIn(['tr-1', 'tr-2'])).toBe("request_id IN ('tr-1','tr-2')");
    fc.assert(
      fc.property(fc.string(), (id) => {
        if (canBeSearched(id)) expect(hasIdIn([id])).toBe(`request_id = '${id}'`);
        else expect(() => hasIdIn([id])).toThrow();
        expect(canBeSearched(`${id}'`)).toBe(false);
      }),
    );
  });
});

describe('the address of a server', () => {
  it('the address of a server is shown without credentials, query and trailing slash', () => {
    expect(publicAddress('https://me:secret@mlflow.example.com/prefix/?a=b#c')).toBe(
      'https://mlflow.example.com/prefix',
    );
  });

  it('the address of a server names the server, one name for the own machine', () => {
    expect(sourceIdOf('http://127.0.0.1:5000/')).toBe('localhost:5000');
    expect(sourceIdOf('http://localhost:5000')).toBe('localhost:5000');
    expect(sourceIdOf('https://MLflow.Example.com/team/')).toBe('mlflow.example.com/team');
  });
});

describe('batches of span requests', () => {
  const infoOf = (bytes: number | null, index: number): TraceInfo => ({
    traceId: `tr-${index}`,
    experimentId: '1',
    clientRequestId: null,
    startTimeMs: 0,
    executionTimeMs: null,
    state: 'OK',
    requestPreview: null,
    responsePreview: null,
    tags: {},
    metadata: bytes === null ? {} : { 'mlflow.trace.sizeBytes': String(bytes) },
    assessments: [],
  });

  it('batches of span requests hold every trace once, in order, and stay within count and size unless one trace alone is larger', () => {
    const size = fc.option(fc.nat(5_000_000));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 200 }), (sizes) => {
        const infos = sizes.map(infoOf);
        const batches = planSpanBatches(infos, 64 * 1024);
        expect(batches.flat()).toStrictEqual(infos);
        for (const batch of batches) {
          const bytes = batch.map((info) => Number(info.metadata['mlflow.trace.sizeBytes'] ?? 0));
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(32);
          if (batch.length > 1) expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(2 * 1024 * 1024);
        }
      }),
    );
  });

  it('batches of span requests become small soon after large answers were seen, and large again when they were an exception', () => {
    const estimate = new TraceSizeEstimate();
    const unknown = Array.from({ length: 32 }, (_, index) => infoOf(null, index));
    const sizeOfFirst = (): number => planSpanBatches(unknown, estimate.bytesPerTrace)[0]!.length;
    expect(sizeOfFirst()).toBe(32);
    estimate.observe(32, 32 * 5_000_000);
    expect(sizeOfFirst()).toBe(1);
    for (let answer = 0; answer < 50; answer++) estimate.observe(1, 30_000);
    expect(sizeOfFirst()).toBe(32);
  });
});
