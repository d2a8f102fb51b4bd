import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kolmogorovSurvival } from '../../src/statistics/kolmogorov-distribution.js';
import golden from '../fixtures/statistics/kolmogorov-golden.json' with { type: 'json' };

describe('the survival function of the Kolmogorov-Smirnov statistic', () => {
  it('the survival function of the Kolmogorov-Smirnov statistic equals scipy.stats.kstwo.sf to 1e-12 for every size from 1 to 50 million', () => {
    const sizes = new Set(golden.kstwoSf.map(([, n]) => n));
    expect(sizes.size).toBeGreaterThan(20);
    const worst = Math.max(...golden.kstwoSf.map(([d = 0, n = 0, p = 0]) => Math.abs(kolmogorovSurvival(d, n) - p)));
    expect(worst).toBeLessThan(1e-12);
  });

  it('the survival function of the Kolmogorov-Smirnov statistic keeps eight digits of probabilities as small as 1e-100', () => {
    const tails = golden.kstwoSf.filter(([, , p = 0]) => p > 1e-100 && p < 1e-3);
    expect(tails.length).toBeGreaterThan(50);
    for (const [d = 0, n = 0, p = 0] of tails) expect(Math.abs(kolmogorovSurvival(d, n) / p - 1)).toBeLessThan(1e-8);
  });

  it('the survival function of the Kolmogorov-Smirnov statistic is a probability that never grows with the statistic', () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300_000 }));
    const statistics = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(size, statistics, (n, [a, b]) => {
        const greater = kolmogorovSurvival(Math.max(a, b), n);
        const smaller = kolmogorovSurvival(Math.min(a, b), n);
        expect(greater).toBeGreaterThanOrEqual(0);
        expect(smaller).toBeLessThanOrEqual(1);
        // Where two methods meet they differ by the error of the coarser one.
        expect(greater).toBeLessThanOrEqual(smaller + 1e-6);
      }),
      { numRuns: 300 },
    );
  });

  it('the survival function of the Kolmogorov-Smirnov statistic is certain for no distance and impossible for the greatest one', () => {
    expect(kolmogorovSurvival(0, 12)).toBe(1);
    expect(kolmogorovSurvival(1, 12)).toBe(0);
  });

  it('the survival function of the Kolmogorov-Smirnov statistic answers NaN, not a number, where there is no sample', () => {
    expect(kolmogorovSurvival(0.5, 0)).toBeNaN();
    expect(kolmogorovSurvival(Number.NaN, 5)).toBeNaN();
  });
});
