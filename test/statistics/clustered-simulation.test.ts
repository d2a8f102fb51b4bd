import { describe, expect, it } from 'vitest';
import { clusteredDifference, clusteredMean, type ClusteredMean } from '../../src/statistics/clustered-mean.js';
import { normalQuantile } from '../../src/statistics/normal.js';

/** Uniform numbers in (0, 1), the same for every run (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

const numSessions = 60;
const tracesPerSession = 8;
/** Share of the variance that the traces of a session have in common. */
const withinSession = 0.3;

/** Sessions of judged traces around a mean: what a session is like shows in all of its traces. */
function release(random: () => number, mean: number): number[][] {
  return Array.from({ length: numSessions }, () => {
    const session = Math.sqrt(withinSession) * normalQuantile(random());
    return Array.from(
      { length: tracesPerSession },
      () => mean + 0.2 * (session + Math.sqrt(1 - withinSession) * normalQuantile(random())),
    );
  });
}

function estimate(sessions: readonly (readonly number[])[]): ClusteredMean {
  const values = sessions.flat();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squaredResiduals = sessions
    .map((session) => session.reduce((sum, value) => sum + value - mean, 0))
    .reduce((sum, residual) => sum + residual ** 2, 0);
  return clusteredMean({ numClusters: sessions.length, numValues: values.length, mean, squaredResiduals })!;
}

/** Shares over 1,000 comparisons of two releases whose true difference is known. */
function simulate(trueDifference: number, asSessions: boolean): { alarms: number; covered: number } {
  const random = uniform(20260101);
  const numDraws = 1_000;
  let alarms = 0;
  let covered = 0;
  for (let draw = 0; draw < numDraws; draw += 1) {
    const [before, after] = [release(random, 0.85), release(random, 0.85 + trueDifference)].map((sessions) =>
      estimate(asSessions ? sessions : sessions.flat().map((value) => [value])),
    );
    const found = clusteredDifference(before!, after!, 0.95)!;
    if (found.pvalue < 0.05) alarms += 1;
    if (found.interval.low <= trueDifference && trueDifference <= found.interval.high) covered += 1;
  }
  return { alarms: alarms / numDraws, covered: covered / numDraws };
}

describe('comparisons over sessions keep what they promise, 60 sessions of 8 traces each, correlation 0.3', () => {
  it('where nothing changed at most 6 % of the comparisons say otherwise, at a nominal 5 %', () => {
    const { alarms, covered } = simulate(0, true);
    expect(alarms).toBeLessThanOrEqual(0.06);
    expect(covered).toBeGreaterThanOrEqual(0.93);
    expect(covered).toBeLessThanOrEqual(0.97);
  });

  it('95 % intervals of a real change hold it in 93 to 97 % of the comparisons', () => {
    const { covered } = simulate(-0.04, true);
    expect(covered).toBeGreaterThanOrEqual(0.93);
    expect(covered).toBeLessThanOrEqual(0.97);
  });

  it('traces taken for independent would raise a false alarm in more than a fifth of the comparisons', () => {
    expect(simulate(0, false).alarms).toBeGreaterThan(0.2);
  });
});
