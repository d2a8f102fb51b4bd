import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusteredDifference,
  clusteredMean,
  clustersToDecide,
  intervalOf,
  type ClusteredMean,
  type ClusteredSums,
} from '../../src/statistics/clustered-mean.js';
import { studentQuantile } from '../../src/statistics/student-t.js';

/** What a warehouse would compute of sessions with these values. */
function sumsOf(sessions: readonly (readonly number[])[]): ClusteredSums {
  const values = sessions.flat();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const residuals = sessions.map((session) => session.reduce((sum, value) => sum + value - mean, 0));
  return {
    numClusters: sessions.length,
    numValues: values.length,
    mean,
    squaredResiduals: residuals.reduce((sum, residual) => sum + residual ** 2, 0),
  };
}

const estimate = (sessions: readonly (readonly number[])[]): ClusteredMean => clusteredMean(sumsOf(sessions))!;

describe('the mean over sessions', () => {
  it('with one value per session it is the mean with its usual standard error and interval', () => {
    const values = [0.2, 0.9, 0.4, 0.7, 0.1];
    const found = estimate(values.map((value) => [value]));
    const mean = 0.46;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4;
    expect(found.mean).toBeCloseTo(mean, 14);
    expect(found.standardError).toBeCloseTo(Math.sqrt(variance / 5), 14);
    const half = studentQuantile(0.975, 4) * Math.sqrt(variance / 5);
    expect(intervalOf(found, 0.95)!.low).toBeCloseTo(mean - half, 13);
    expect(intervalOf(found, 0.95)!.high).toBeCloseTo(mean + half, 13);
  });

  it('copies of a trace in its session do not make the mean surer', () => {
    const once = [[0.1], [0.6], [0.8], [0.3]];
    const copied = once.map(([value = 0]) => [value, value, value]);
    expect(estimate(copied).standardError).toBeCloseTo(estimate(once).standardError!, 14);
  });

  it('of one session or none nothing is said about its uncertainty', () => {
    expect(estimate([[1, 2, 3]])).toEqual({ mean: 2, standardError: null, degreesOfFreedom: 0 });
    expect(intervalOf(estimate([[1, 2, 3]]), 0.95)).toBeNull();
    expect(clusteredMean({ numClusters: 0, numValues: 0, mean: Number.NaN, squaredResiduals: 0 })).toBeNull();
  });
});

describe('the difference of two means over sessions', () => {
  const before = estimate([[0.9, 0.8], [0.7], [0.95, 0.85, 0.9], [0.6]]);
  const after = estimate([[0.5, 0.6], [0.4, 0.5], [0.7], [0.3]]);

  it('it excludes 0 from its interval exactly where its p-value is below 5 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }), {
          minLength: 2,
          maxLength: 8,
        }),
        fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }), {
          minLength: 2,
          maxLength: 8,
        }),
        (a, b) => {
          const found = clusteredDifference(estimate(a), estimate(b), 0.95);
          fc.pre(found !== null && Math.abs(found.pvalue - 0.05) > 1e-9);
          const excludesZero = found.interval.low > 0 || found.interval.high < 0;
          expect(excludesZero).toBe(found.pvalue < 0.05);
        },
      ),
    );
  });

  it('swapped groups give the same p-value and the opposite difference', () => {
    const there = clusteredDifference(before, after, 0.95)!;
    const back = clusteredDifference(after, before, 0.95)!;
    expect(back.pvalue).toBeCloseTo(there.pvalue, 15);
    expect(back.difference).toBe(-there.difference);
    expect(back.interval.low).toBeCloseTo(-there.interval.high, 14);
  });

  it('where nothing varies, or of one session, nothing is concluded', () => {
    expect(clusteredDifference(estimate([[1], [1]]), estimate([[0], [0]]), 0.95)).toBeNull();
    expect(clusteredDifference(before, estimate([[1, 0]]), 0.95)).toBeNull();
  });

  it('half the margin needs four times the sessions', () => {
    const found = clusteredDifference(before, after, 0.95)!;
    const wide = clustersToDecide(found, 4, 0.1);
    expect(Math.abs(clustersToDecide(found, 4, 0.05) - 4 * wide)).toBeLessThanOrEqual(4);
  });
});
