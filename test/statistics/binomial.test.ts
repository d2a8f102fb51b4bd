import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialProbability } from '../../src/statistics/binomial.js';

describe('binomial probabilities', () => {
  it('binomial probabilities sum to 1 over all counts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, p) => {
        let sum = 0;
        for (let k = 0; k <= n; k += 1) sum += binomialProbability(k, n, p, 1 - p);
        expect(sum).toBeCloseTo(1, 11);
      }),
    );
  });

  it('binomial probabilities are the textbook ones for four coins', () => {
    const coins = [0, 1, 2, 3, 4].map((k) => binomialProbability(k, 4, 0.5, 0.5) * 16);
    for (const [k, expected] of [1, 4, 6, 4, 1].entries()) expect(coins[k]).toBeCloseTo(expected, 12);
  });

  it('binomial probabilities stay exact where factorials have long overflowed', () => {
    // The middle of 1,000,000 coins by the series 1/sqrt(pi n/2) (1 - 1/(4 n) + 1/(32 n^2)).
    const n = 1_000_000;
    const expected = (1 - 1 / (4 * n) + 1 / (32 * n * n)) / Math.sqrt((Math.PI * n) / 2);
    expect(binomialProbability(n / 2, n, 0.5, 0.5) / expected).toBeCloseTo(1, 12);
  });

  it('binomial probabilities are certain where a success is impossible or certain', () => {
    expect(binomialProbability(0, 5, 0, 1)).toBe(1);
    expect(binomialProbability(1, 5, 0, 1)).toBe(0);
    expect(binomialProbability(5, 5, 1, 0)).toBe(1);
  });
});
