import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numQuantiles, quantileAt, shareUpTo, sketchOfWeighted, sketchTotal } from '../../src/statistics/quantiles.js';
import { sketchOf, quantilesOf } from './sketches.js';

const values = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 300 })
  .map((list) => list.toSorted((a, b) => a - b));

describe('quantiles', () => {
  it('quantiles are one thousand values that occur, in ascending order, however few there are', () => {
    fc.assert(
      fc.property(values, (sorted) => {
        const quantiles = quantilesOf(sorted) ?? [];
        expect(quantiles).toHaveLength(numQuantiles);
        expect(quantiles.every((value) => sorted.includes(value))).toBe(true);
        expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
      }),
    );
  });

  it('quantiles favour neither end: those of mirrored values are the mirrored quantiles', () => {
    const odd = values.filter((list) => list.length % 2 === 1);
    fc.assert(
      fc.property(odd, (sorted) => {
        const mirrored = quantilesOf(sorted.map((value) => 7 - value).toReversed()) ?? [];
        expect(mirrored.map((value) => 7 - value).toReversed()).toEqual(quantilesOf(sorted));
      }),
    );
  });

  it('quantiles give every value of a small sample its fair share, to within one quantile', () => {
    const quantiles = quantilesOf([1, 2, 3]) ?? [];
    for (const value of [1, 2, 3]) {
      expect(Math.abs(quantiles.filter((quantile) => quantile === value).length - 1000 / 3)).toBeLessThan(1);
    }
  });

  it('quantiles do not exist where there is no value', () => {
    expect(quantilesOf([])).toBeNull();
    expect(sketchOf([])).toBeNull();
  });
});

describe('a sketch', () => {
  it('a sketch says which share lies at or below any limit, exactly', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -60, max: 60 }), (sorted, limit) => {
        const sketch = sketchOf(sorted)!;
        expect(shareUpTo(sketch, limit, true)).toBe(sorted.filter((value) => value <= limit).length / sorted.length);
        expect(shareUpTo(sketch, limit, false)).toBe(sorted.filter((value) => value < limit).length / sorted.length);
      }),
    );
  });

  it('a sketch gives the smallest value below which a share lies', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 10 }), (sorted, tenths) => {
        const sketch = sketchOf(sorted)!;
        const quantile = quantileAt(sketch, tenths / 10);
        expect(shareUpTo(sketch, quantile, true) * 10 + 1e-9).toBeGreaterThanOrEqual(tenths);
        expect(shareUpTo(sketch, quantile, false) * 10).toBeLessThan(tenths);
      }),
    );
  });

  it('a sketch is the same whether repeated values come one by one or counted', () => {
    const counted = sketchOfWeighted([
      { value: 1, weight: 2 },
      { value: 4, weight: 1 },
    ]);
    expect(sketchOf([1, 1, 4])).toEqual(counted);
    expect(sketchTotal(counted!)).toBe(3);
  });

  it('quantiles of values with infinities are right', () => {
    const sketch = sketchOf([-Infinity, 0, Infinity])!;
    expect(shareUpTo(sketch, 0, true)).toBeCloseTo(2 / 3, 12);
    expect(quantileAt(sketch, 1)).toBe(Infinity);
  });
});
