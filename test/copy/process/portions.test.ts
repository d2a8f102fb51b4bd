import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { limitsAfterDeaths, Portions, SeenSizes } from '../../../src/copy/process/portions.js';

const MIB = 1024 * 1024;

interface Sized {
  readonly bytes: number;
  readonly announced: number | null;
}

const unknown = (count: number, bytes: number): Sized[] =>
  Array.from({ length: count }, () => ({ bytes, announced: null }));

/** Reads everything that one attempt takes on: the number of traces of each portion, and what it left. */
function readAll(
  traces: readonly Sized[],
  limits = { maxBytes: 8 * MIB, maxTraces: traces.length },
  seen = new SeenSizes(),
): { readonly counts: number[]; readonly largestBytes: number; readonly rest: number } {
  const portions = new Portions(traces, ({ announced }) => announced, limits, seen);
  const counts: number[] = [];
  let largestBytes = 0;
  for (let portion = portions.next(); portion.length > 0; portion = portions.next()) {
    counts.push(portion.length);
    const sizes = portion.map(({ bytes }) => bytes);
    largestBytes = Math.max(
      largestBytes,
      sizes.reduce((sum, one) => sum + one, 0),
    );
    portions.read(sizes);
  }
  return { counts, largestBytes, rest: portions.rest.length };
}

describe('a batch in portions', () => {
  it('of announced size is read at once', () => {
    expect(readAll(Array.from({ length: 250 }, () => ({ bytes: 20_000, announced: 16_000 })))).toMatchObject({
      counts: [250],
      rest: 0,
    });
  });

  it('of large traces whose size nobody announces ends after a few of them and leaves the rest', () => {
    expect(readAll(unknown(100, 5 * MIB))).toMatchObject({ counts: [4], rest: 96 });
  });

  it('of large traces that were seen before is read one by one', () => {
    const seen = new SeenSizes();
    readAll(unknown(100, 5 * MIB), undefined, seen);
    expect(readAll(unknown(96, 5 * MIB), undefined, seen)).toMatchObject({ counts: [1, 1], rest: 94 });
  });

  it('of small traces is read in few portions, whatever is known of them', () => {
    const seen = new SeenSizes();
    expect(readAll(unknown(250, 16_000), undefined, seen)).toMatchObject({ counts: [4, 50, 50, 50, 50, 46], rest: 0 });
    expect(readAll(unknown(250, 16_000), undefined, seen)).toMatchObject({ counts: [50, 50, 50, 50, 50], rest: 0 });
  });

  it('a batch in portions reads at least one trace, however large, and soon asks for more again when they are small', () => {
    const seen = new SeenSizes();
    seen.observe(100 * MIB);
    expect(readAll(unknown(1, 100 * MIB), undefined, seen)).toMatchObject({ counts: [1], rest: 0 });
    for (let round = 0; round < 12; round += 1) readAll(unknown(1, 1000), undefined, seen);
    expect(readAll(unknown(60, 1000), undefined, seen).counts[0]).toBe(50);
  });

  it('a batch in portions is halved for each attempt before it that killed its worker', () => {
    expect(limitsAfterDeaths(250, 8 * MIB, 0)).toEqual({ maxTraces: 250, maxBytes: 8 * MIB });
    expect(limitsAfterDeaths(250, 8 * MIB, 2)).toEqual({ maxTraces: 63, maxBytes: 2 * MIB });
    expect(limitsAfterDeaths(3, 8 * MIB, 30)).toMatchObject({ maxTraces: 1 });
  });

  it('a batch in portions reads each trace once or leaves it, whatever the sizes are and are said to be', () => {
    const sized = fc.record({ bytes: fc.integer({ min: 0, max: 4000 }), announced: fc.constantFrom(null, 100, 5000) });
    fc.assert(
      fc.property(fc.array(sized, { maxLength: 80 }), fc.integer({ min: 1, max: 80 }), (traces, maxTraces) => {
        const { counts, rest } = readAll(traces, { maxBytes: 10_000, maxTraces });
        const taken = counts.reduce((sum, one) => sum + one, 0);
        expect(taken + rest).toBe(traces.length);
        expect(taken).toBeLessThanOrEqual(maxTraces);
        expect(traces.length === 0 || taken > 0).toBe(true);
      }),
    );
  });
});
