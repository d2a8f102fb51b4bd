import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyBinShare, populationStabilityIndex } from '../../src/statistics/population-stability.js';
import { type QuantileSketch } from '../../src/statistics/quantiles.js';
import { sketchOf } from './sketches.js';

const sketch = (values: readonly number[]): QuantileSketch => sketchOf(values.toSorted((a, b) => a - b))!;
const sample = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 60 });
const share = (n: number, value: number): number[] => Array<number>(n).fill(value);

describe('the population stability index', () => {
  it('the population stability index is the textbook sum over the deciles of the earlier window', () => {
    const previous = Array.from({ length: 100 }, (_, i) => i);
    // All values of the lowest tenth have moved into the highest one.
    const current = previous.map((value) => (value < 10 ? 95 : value));
    const expected = (emptyBinShare - 0.1) * Math.log(emptyBinShare / 0.1) + 0.1 * Math.log(0.2 / 0.1);
    expect(populationStabilityIndex(sketch(previous), sketch(current))).toBeCloseTo(expected, 12);
  });

  it('the population stability index is 0 for equal distributions, whatever their sizes', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 4 }), (values, times) => {
        const repeated = Array.from({ length: times }, () => values).flat();
        expect(populationStabilityIndex(sketch(values), sketch(repeated))).toBeCloseTo(0, 12);
        expect(populationStabilityIndex(sketch(values), sketch(values))).toBe(0);
      }),
    );
  });

  it('the population stability index is finite and never negative', () => {
    fc.assert(
      fc.property(sample, sample, (previous, current) => {
        const index = populationStabilityIndex(sketch(previous), sketch(current));
        expect(index).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(index)).toBe(true);
      }),
    );
  });

  it('the population stability index grows as more of the values move away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }), (a, b) => {
        const before = sketch(share(100, 1));
        const moved = (n: number): number =>
          populationStabilityIndex(before, sketch([...share(100 - n, 1), ...share(n, 0)]));
        expect(moved(Math.min(a, b))).toBeLessThanOrEqual(moved(Math.max(a, b)));
      }),
    );
  });

  it('the population stability index sees a constant that becomes another constant, in either direction', () => {
    const ones = sketch(share(50, 1));
    expect(populationStabilityIndex(ones, sketch(share(50, 0)))).toBeGreaterThan(5);
    expect(populationStabilityIndex(ones, sketch(share(50, 2)))).toBeGreaterThan(5);
  });

  it('the population stability index sees a share of passes that falls from 90 to 60 percent', () => {
    const before = sketch([...share(10, 0), ...share(90, 1)]);
    const after = sketch([...share(40, 0), ...share(60, 1)]);
    const expected = 0.3 * Math.log(0.4 / 0.1) + (0.6 - 0.9) * Math.log(0.6 / 0.9);
    expect(populationStabilityIndex(before, after)).toBeCloseTo(expected, 12);
  });
});
