import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactSurvival } from '../../src/statistics/kolmogorov-exact.js';
import {
  effectiveSampleSize,
  isExact,
  kolmogorovSmirnovStatistic,
  kolmogorovSmirnovTest,
  minValuesForPvalue,
} from '../../src/statistics/kolmogorov-smirnov.js';
import { type QuantileSketch } from '../../src/statistics/quantiles.js';
import golden from '../fixtures/statistics/kolmogorov-golden.json' with { type: 'json' };
import { sketchOf, quantilesOf } from './sketches.js';

const ascending = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);
const sample = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 60 }).map(ascending);
const sketch = (sorted: readonly number[]): QuantileSketch => sketchOf(sorted)!;

describe('the two-sample Kolmogorov-Smirnov test', () => {
  it('the two-sample Kolmogorov-Smirnov test equals scipy.stats.ks_2samp by its limit for large windows, ties included', () => {
    const large = golden.ks2samp.filter(({ a, b }) => !isExact(a.length, b.length));
    expect(large.length).toBeGreaterThan(2);
    for (const { a, b, statistic, pvalue } of large) {
      const test = kolmogorovSmirnovTest(sketch(ascending(a)), sketch(ascending(b)), a.length, b.length);
      expect(test.statistic).toBeCloseTo(statistic, 14);
      expect(Math.abs(test.pvalue! - pvalue)).toBeLessThan(1e-12);
    }
  });

  it('the two-sample Kolmogorov-Smirnov test equals the exact scipy.stats.ks_2samp for small windows, read from a thousand quantiles', () => {
    expect(golden.ks2sampExact.length).toBeGreaterThan(40);
    for (const { a, b, statistic, pvalue } of golden.ks2sampExact) {
      expect(isExact(a.length, b.length)).toBe(true);
      const [first, second] = [quantilesOf(ascending(a))!, quantilesOf(ascending(b))!];
      const test = kolmogorovSmirnovTest(sketch(first), sketch(second), a.length, b.length);
      expect(test.statistic).toBeCloseTo(statistic, 14);
      const exact = exactSurvival(Math.round(statistic * a.length * b.length), a.length, b.length);
      expect(Math.abs(exact / pvalue - 1)).toBeLessThan(1e-9);
      expect(test.pvalue).toBe(Math.min(a.length, b.length) < minValuesForPvalue ? null : exact);
    }
  });

  it('the two-sample Kolmogorov-Smirnov test gives one value against one no p-value, since none could tell anything: it would be 1', () => {
    expect(kolmogorovSmirnovTest(sketch([1]), sketch([2]), 1, 1)).toEqual({ statistic: 1, pvalue: null });
    expect(kolmogorovSmirnovTest(sketch([1]), sketch([2]), 1, 100_000)).toEqual({ statistic: 1, pvalue: null });
    expect(exactSurvival(1, 1, 1)).toBe(1);
  });

  it('the two-sample Kolmogorov-Smirnov test gives back the p-values that the monitor of Databricks published for its rows', () => {
    const empty = sketch([0]);
    const published = [
      { d: 0.062, n: 1192, m: 1344, pvalue: 0.014853915612309707 },
      { d: 0.038, n: 941, m: 1192, pvalue: 0.4228041687817168 },
    ];
    for (const { d, n, m, pvalue } of published) {
      const shifted = sketch([...Array<number>(1000 - d * 1000).fill(0), ...Array<number>(d * 1000).fill(1)]);
      const test = kolmogorovSmirnovTest(empty, shifted, n, m);
      expect(test.statistic).toBe(d);
      expect(Math.abs(test.pvalue! - pvalue)).toBeLessThan(1e-12);
    }
  });

  it('the two-sample Kolmogorov-Smirnov test is the greatest distance of the two distribution functions, whichever comes first', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const share = (list: readonly number[], limit: number): number =>
          list.filter((value) => value <= limit).length / list.length;
        const distances = [...a, ...b].map((limit) => Math.abs(share(a, limit) - share(b, limit)));
        const statistic = kolmogorovSmirnovStatistic(sketch(a), sketch(b));
        expect(statistic).toBeCloseTo(Math.max(...distances), 12);
        expect(kolmogorovSmirnovStatistic(sketch(b), sketch(a))).toBe(statistic);
        expect(statistic).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('the two-sample Kolmogorov-Smirnov test finds nothing between equal distributions, whatever their sizes', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 4 }), (values, times) => {
        const repeated = ascending(Array.from({ length: times }, () => values).flat());
        const test = kolmogorovSmirnovTest(sketch(values), sketch(repeated), values.length, repeated.length);
        expect(test).toEqual({ statistic: 0, pvalue: values.length < minValuesForPvalue ? null : 1 });
      }),
    );
  });

  it('the two-sample Kolmogorov-Smirnov test finds everything between distributions that do not touch', () => {
    const test = kolmogorovSmirnovTest(sketch([1, 2, 3, 4, 5]), sketch([6, 7, 8, 9, 10]), 5, 5);
    // Two of the 252 orders of ten values.
    expect(test).toEqual({ statistic: 1, pvalue: expect.closeTo(2 / 252, 14) as number });
    const many = kolmogorovSmirnovTest(sketch([1]), sketch([2]), 5000, 5000);
    expect(many).toEqual({ statistic: 1, pvalue: 0 });
  });

  it('the two-sample Kolmogorov-Smirnov test loses at most a thousandth by the quantiles', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const exact = kolmogorovSmirnovStatistic(sketch(a), sketch(b));
        const sketched = kolmogorovSmirnovStatistic(sketch(quantilesOf(a)!), sketch(quantilesOf(b)!));
        expect(Math.abs(exact - sketched)).toBeLessThanOrEqual(0.001 + 1e-12);
      }),
    );
  });
});

describe('the effective sample size', () => {
  it('rounds halves to the even number, as numpy does, and is never 0', () => {
    expect(effectiveSampleSize(5, 5)).toBe(2);
    expect(effectiveSampleSize(7, 7)).toBe(4);
    expect(effectiveSampleSize(1, 1)).toBe(1);
    expect(effectiveSampleSize(1344, 1192)).toBe(632);
  });
});
