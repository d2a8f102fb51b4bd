import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { coverageEndMs, gapsWithin, syncRange, unionIntervals } from '../../../src/domain/window/coverage.js';
import { combineDigests, emptyDigest } from '../../../src/domain/window/digest.js';
import { pathSegment, runPrefix } from '../../../src/domain/window/staging-key.js';
import { judgeWindow } from '../../../src/domain/window/verdict.js';

const versions = (...pairs: [string, string][]): Map<string, string> => new Map(pairs);
const nothing = versions();

describe('the verdict on a window', () => {
  it('is complete when everything listed is landed or a dead letter in its listed version', () => {
    const listed = versions(['a', '1'], ['b', '2']);
    const verdict = judgeWindow({
      first: listed,
      second: listed,
      landed: versions(['a', '1']),
      dead: versions(['b', '2']),
      landedInWindow: 1,
    });
    expect(verdict).toMatchObject({ state: 'complete', listed: 2, landed: 1, deadLettered: 1, missing: [], moved: [] });
  });

  it('is incomplete when a trace of the first listing is nowhere', () => {
    const listed = versions(['a', '1']);
    const verdict = judgeWindow({ first: listed, second: listed, landed: nothing, dead: nothing, landedInWindow: 0 });
    expect(verdict).toMatchObject({ state: 'incomplete', missing: ['a'] });
  });

  it('is moving when only traces differ that appeared or changed after the first listing', () => {
    const verdict = judgeWindow({
      first: versions(['a', '1']),
      second: versions(['a', '2'], ['new', '1']),
      landed: versions(['a', '1']),
      dead: nothing,
      landedInWindow: 1,
    });
    expect(verdict).toMatchObject({ state: 'moving', moved: ['a', 'new'] });
  });

  it('counts as to be landed, in a moving window, what is in the tables in no version', () => {
    const evidence = { first: versions(['a', '1']), landedInWindow: 1, landed: versions(['a', '1']) };
    const appeared = { second: versions(['a', '2'], ['new', '1']), dead: nothing };
    expect(judgeWindow({ ...evidence, ...appeared }).missing).toEqual(['new']);
    expect(judgeWindow({ ...evidence, ...appeared, dead: versions(['new', '0']) }).missing).toEqual([]);
  });

  it('is suspicious when the source lists nothing, or less than half, of what is landed', () => {
    const empty = { first: nothing, second: nothing, landed: nothing, dead: nothing };
    expect(judgeWindow({ ...empty, landedInWindow: 1 }).state).toBe('suspicious');
    expect(judgeWindow({ ...empty, landedInWindow: 0 }).state).toBe('complete');
    const few = versions(...Array.from({ length: 9 }, (_, index): [string, string] => [String(index), '1']));
    expect(judgeWindow({ first: few, second: few, landed: few, dead: nothing, landedInWindow: 20 }).state).toBe(
      'suspicious',
    );
    expect(judgeWindow({ first: few, second: few, landed: few, dead: nothing, landedInWindow: 19 }).state).toBe(
      'complete',
    );
  });
});

const anyInterval = fc
  .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 10 }))
  .map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }));

describe('coverage', () => {
  it('contains exactly the instants that some interval contains', () => {
    fc.assert(
      fc.property(fc.array(anyInterval), fc.integer({ min: 0, max: 60 }), (intervals, instant) => {
        const inside = (list: readonly { fromMs: number; toMs: number }[]) =>
          list.some((interval) => interval.fromMs <= instant && instant < interval.toMs);
        expect(inside(unionIntervals(intervals))).toBe(inside(intervals));
      }),
    );
  });

  it('together with its gaps fills any range', () => {
    fc.assert(
      fc.property(fc.array(anyInterval), anyInterval, (intervals, range) => {
        const gaps = gapsWithin(range, intervals);
        expect(gapsWithin(range, [...intervals, ...gaps])).toEqual([]);
      }),
    );
  });

  it('ends at the first gap after the oldest verified window', () => {
    expect(coverageEndMs([])).toBeNull();
    expect(
      coverageEndMs([
        { fromMs: 20, toMs: 30 },
        { fromMs: 0, toMs: 10 },
        { fromMs: 10, toMs: 15 },
      ]),
    ).toBe(15);
  });
});

describe('the range of a scheduled run', () => {
  it('looks back as asked when coverage reaches that far', () => {
    const range = syncRange({ scheduledMs: 10_000, lookbackMs: 2000, lagMs: 100, coverageEndMs: 9000 });
    expect(range).toEqual({ fromMs: 8000, toMs: 9900 });
  });

  it('begins where verified coverage ends after an outage, so that no hole is left', () => {
    const range = syncRange({ scheduledMs: 10_000, lookbackMs: 2000, lagMs: 100, coverageEndMs: 3000 });
    expect(range.fromMs).toBe(3000);
  });

  it('leaves no gap after any mix of skipped, failed and successful runs', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 0, max: 3000 }), (runs, lookbackMs) => {
        const verified = [{ fromMs: 0, toMs: 1000 }];
        for (const [index, succeeds] of runs.entries()) {
          const scheduledMs = 2000 + index * 500;
          const range = syncRange({ scheduledMs, lookbackMs, lagMs: 100, coverageEndMs: coverageEndMs(verified) });
          expect(range.fromMs).toBeLessThanOrEqual(range.toMs);
          if (succeeds) verified.push(range);
        }
        expect(unionIntervals(verified)).toHaveLength(1);
      }),
    );
  });
});

describe('digests of id sets', () => {
  it('do not depend on order and cancel an id against itself', () => {
    const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(digest, digest, (left, right) => {
        expect(combineDigests(left, right)).toBe(combineDigests(right, left));
        expect(combineDigests(combineDigests(left, right), right)).toBe(left);
        expect(combineDigests(left, emptyDigest)).toBe(left);
      }),
    );
  });
});

describe('names of staged files', () => {
  it('are safe path segments for any text and differ for texts that look alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(pathSegment(text)).toMatch(/^[a-z0-9][a-z0-9-]{1,59}$/);
      }),
    );
    expect(pathSegment('A/b')).not.toBe(pathSegment('a-b'));
    expect(pathSegment('../..')).not.toContain('.');
    expect(runPrefix('trace/backfill', 'run')).toMatch(/^trace-backfill-[0-9a-f]+\/run-[0-9a-f]+$/);
  });
});
