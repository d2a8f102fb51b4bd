import { describe, expect, it } from 'vitest';
import { binomialProbability, evenCoinTest } from '../../src/statistics/binomial.js';
import { benjaminiHochberg } from '../../src/statistics/false-discovery.js';
import { betaQuantile, regularizedBeta } from '../../src/statistics/incomplete-beta.js';
import { chiSquaredSurvival, upperGamma } from '../../src/statistics/incomplete-gamma.js';
import { normalQuantile, normalSurvival } from '../../src/statistics/normal.js';
import { exactInterval, wilsonInterval } from '../../src/statistics/proportions.js';
import { studentQuantile, studentSurvival, studentTest } from '../../src/statistics/student-t.js';
import golden from '../fixtures/statistics/distributions-golden.json' with { type: 'json' };

/** Greatest relative difference between what is computed and what scipy gives in the last column. */
function worst(rows: readonly (readonly number[])[], compute: (...parameters: number[]) => number): number {
  expect(rows.length).toBeGreaterThan(0);
  return Math.max(
    ...rows.map((row) => {
      const expected = row.at(-1) ?? Number.NaN;
      const found = compute(...row.slice(0, -1));
      return found === expected ? 0 : Math.abs(found - expected) / Math.max(Math.abs(expected), 1e-300);
    }),
  );
}

describe('distributions equal those of scipy', () => {
  it('the upper incomplete gamma function equals scipy to ten digits', () => {
    expect(golden.upperGamma.length).toBeGreaterThan(70);
    expect(worst(golden.upperGamma, upperGamma)).toBeLessThan(1e-10);
  });

  it('the incomplete beta function equals scipy to ten digits', () => {
    expect(golden.regularizedBeta.length).toBeGreaterThan(700);
    expect(worst(golden.regularizedBeta, (a, b, x) => regularizedBeta(a, b, x))).toBeLessThan(1e-10);
  });

  it('tails of the normal distribution equal scipy to ten digits', () => {
    expect(worst(golden.normalSurvival, normalSurvival)).toBeLessThan(1e-10);
    expect(worst(golden.normalQuantile, normalQuantile)).toBeLessThan(1e-13);
  });

  it('tails and quantiles of Student’s t equal scipy to ten digits, also for broken degrees of freedom', () => {
    expect(worst(golden.studentSurvival, studentSurvival)).toBeLessThan(1e-10);
    expect(worst(golden.studentQuantile, studentQuantile)).toBeLessThan(1e-10);
  });

  it('intervals of shares equal those of scipy, Wilson’s and the exact ones', () => {
    for (const [k = 0, n = 0, confidence = 0, ...bounds] of golden.proportions) {
      const found = [wilsonInterval(k, n, confidence), exactInterval(k, n, confidence)];
      const flat = found.flatMap(({ low, high }) => [low, high]);
      for (const [index, bound] of bounds.entries()) expect(flat[index]).toBeCloseTo(bound, 12);
    }
  });

  it('the test of an even coin equals scipy for every number of successes', () => {
    expect(worst(golden.evenCoin, evenCoinTest)).toBeLessThan(1e-12);
  });

  it('q-values equal scipy, and what was not tested does not count', () => {
    for (const [pvalues = [], qvalues = []] of golden.falseDiscovery) {
      const withGaps = benjaminiHochberg([null, ...pvalues, null]);
      expect([withGaps[0], withGaps.at(-1)]).toEqual([null, null]);
      for (const [index, q] of qvalues.entries()) expect(withGaps[index + 1]).toBeCloseTo(q, 13);
    }
    expect(benjaminiHochberg([])).toEqual([]);
  });
});

describe('distributions at their edges', () => {
  it('probabilities of arguments that are none are NaN, never 0', () => {
    expect(upperGamma(Number.NaN, 1)).toBeNaN();
    expect(regularizedBeta(1, Number.NaN, 0.5)).toBeNaN();
    expect(normalQuantile(1.1)).toBeNaN();
    expect(studentSurvival(Number.NaN, 3)).toBeNaN();
  });

  it('certain and impossible events have probability 1 and 0', () => {
    expect([upperGamma(2, 0), upperGamma(2, Number.POSITIVE_INFINITY), chiSquaredSurvival(0, 3)]).toEqual([1, 0, 1]);
    expect([regularizedBeta(2, 3, 0), regularizedBeta(2, 3, 1), betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([
      0, 1, 0, 1,
    ]);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect([studentTest(0, 4), studentQuantile(1, 4)]).toEqual([1, Number.POSITIVE_INFINITY]);
  });

  it('quantiles of t for endless degrees of freedom are those of the normal distribution', () => {
    expect(studentQuantile(0.975, Number.POSITIVE_INFINITY)).toBe(normalQuantile(0.975));
    expect(studentSurvival(1.2, Number.POSITIVE_INFINITY)).toBe(normalSurvival(1.2));
  });

  it('the quantile of a beta distribution leads back to its probability', () => {
    for (const p of [1e-9, 0.2, 0.975]) expect(regularizedBeta(3, 40, betaQuantile(p, 3, 40))).toBeCloseTo(p, 13);
  });

  it('probabilities of a binomial distribution add up to the tail that the beta function gives', () => {
    let tail = 0;
    for (let k = 0; k <= 12; k += 1) tail += binomialProbability(k, 40, 0.3, 0.7);
    expect(1 - tail).toBeCloseTo(regularizedBeta(13, 28, 0.3), 13);
  });
});
