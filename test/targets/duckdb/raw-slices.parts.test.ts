/** Raw is merged a few files at a time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawSlices } from '../../../src/targets/duckdb/raw-slices.js';

const maxTraces = 250;
const maxBytes = 8 * 1024 * 1024;

const empty = { numSpans: 0, numAssessments: 0, numDocuments: 0, numAttachments: 0, numDeadLetters: 0, bytes: 1 };

const files = fc.array(fc.record({ numTraces: fc.nat(400), bytes: fc.nat(12 * 1024 * 1024) }), { maxLength: 60 });

const cut = (shapes: readonly { readonly numTraces: number; readonly bytes: number }[]): string[][] => {
  const named = shapes.map((shape, index) => ({ ...shape, key: `page/${String(index).padStart(3, '0')}` }));
  const locations = named.map(({ key }) => `/staging/${key}`);
  return rawSlices(
    { files: named.map(({ key, numTraces }) => ({ ...empty, key, numTraces })), locations },
    new Map(named.map(({ bytes }, index) => [locations[index] ?? '', bytes])),
  );
};

describe('the slices of a commit', () => {
  test('the slices of a commit hold every file once, in the order of the listing', () => {
    fc.assert(
      fc.property(files, (shapes) => {
        const expected = shapes.map((_, index) => `/staging/page/${String(index).padStart(3, '0')}`);
        expect(cut(shapes).flat()).toEqual(expected);
      }),
    );
  });

  test('the slices of a commit stay within 250 traces and 8 MiB of text, but for one file that is larger by itself', () => {
    fc.assert(
      fc.property(files, (shapes) => {
        for (const slice of cut(shapes)) {
          if (slice.length === 1) continue;
          const chosen = slice.map((location) => shapes[Number(location.slice(-3))]);
          expect(chosen.reduce((sum, one) => sum + (one?.numTraces ?? 0), 0)).toBeLessThanOrEqual(maxTraces);
          expect(chosen.reduce((sum, one) => sum + (one?.bytes ?? 0), 0)).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });
});
