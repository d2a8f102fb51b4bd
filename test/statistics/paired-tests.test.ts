import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapMeanInterval } from '../../src/statistics/bootstrap.js';
import { mcnemarTest, wilcoxonTest } from '../../src/statistics/paired-tests.js';
import golden from '../fixtures/statistics/distributions-golden.json' with { type: 'json' };

describe('paired tests give the names and numbers of MLflow’s compare_evaluations', () => {
  it.each(golden.paired.map((one) => [one.deltas.length, one] as const))(
    'Wilcoxon’s test and the bootstrap interval of %i pairs equal scipy as MLflow calls it',
    (_, { deltas, method, pvalue, low, high }) => {
      const test = wilcoxonTest(deltas);
      expect(test.method).toBe(method);
      expect(Math.abs(test.pvalue / pvalue - 1)).toBeLessThan(1e-10);
      const interval = bootstrapMeanInterval(deltas, 0.95);
      expect(interval.low).toBeCloseTo(low, 12);
      expect(interval.high).toBeCloseTo(high, 12);
    },
  );

  it('McNemar’s test is exact below 25 pairs that differ, and approximated from there on', () => {
    expect(mcnemarTest(0, 0)).toEqual({ method: 'mcnemar_exact', pvalue: 1 });
    expect(mcnemarTest(1, 7).method).toBe('mcnemar_exact');
    expect(mcnemarTest(1, 7).pvalue).toBeCloseTo(18 / 256, 14);
    for (const [improved = 0, regressed = 0, pvalue = 0] of golden.mcnemarChi2) {
      const test = mcnemarTest(improved, regressed);
      expect(test.method).toBe('mcnemar_chi2');
      expect(Math.abs(test.pvalue / pvalue - 1)).toBeLessThan(1e-10);
    }
  });
});

describe('paired tests', () => {
  it('the exact signed-rank test equals the count over all signs', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 }),
        fc.nat(),
        (sizes, seed) => {
          const differences = sizes.map((size, index) => ((seed >> index) % 2 === 0 ? size : -size));
          expect(wilcoxonTest(differences).pvalue).toBeCloseTo(countedPvalue(differences), 12);
        },
      ),
    );
  });

  it('differences of 0 change nothing, and nothing but them is no evidence', () => {
    expect(wilcoxonTest([0.3, 0, -0.1, 0, 0.7])).toEqual(wilcoxonTest([0.3, -0.1, 0.7]));
    expect(wilcoxonTest([0, 0])).toEqual({ method: 'wilcoxon_exact', pvalue: 1 });
  });

  it('a bootstrap of equal values is the value itself', () => {
    expect(bootstrapMeanInterval([0.25, 0.25, 0.25], 0.95)).toEqual({ low: 0.25, high: 0.25 });
  });
});

/** Share of the signs whose sum of ranks is at least as far from the middle. */
function countedPvalue(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs).toSorted((a, b) => a - b);
  const rankOf = (difference: number): number => sizes.indexOf(Math.abs(difference)) + 1;
  const total = (sizes.length * (sizes.length + 1)) / 2;
  const found = differences.reduce((sum, one) => sum + (one > 0 ? rankOf(one) : 0), 0);
  let extreme = 0;
  for (let signs = 0; signs < 2 ** sizes.length; signs += 1) {
    let sum = 0;
    for (let rank = 1; rank <= sizes.length; rank += 1) sum += (signs >> (rank - 1)) % 2 === 1 ? rank : 0;
    if (Math.min(sum, total - sum) <= Math.min(found, total - found)) extreme += 1;
  }
  return Math.min(1, extreme / 2 ** sizes.length);
}
