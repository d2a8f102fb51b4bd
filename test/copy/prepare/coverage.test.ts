import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  coverageEndMs,
  gapsWithin,
  syncRange,
  unionIntervals,
  verifiedIntervals,
} from '../../../src/copy/prepare/coverage.js';
import type { WindowLook } from '../../../src/copy/prepare/coverage.js';

const anyInterval = fc
  .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 10 }))
  .map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }));

const passed = (fromMs: number, toMs: number): WindowLook => ({ fromMs, toMs, passed: true });
const failed = (fromMs: number, toMs: number): WindowLook => ({ fromMs, toMs, passed: false });

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

  it('ends at the first gap after the oldest window', () => {
    expect(coverageEndMs([])).toBeNull();
    expect(coverageEndMs([passed(20, 30), passed(0, 10), passed(10, 15)])).toBe(15);
  });

  it('has not begun where the oldest window did not pass', () => {
    expect(coverageEndMs([failed(0, 10), passed(10, 30)])).toBe(0);
    expect(coverageEndMs([failed(5, 10)])).toBe(5);
  });

  it('is taken back by a later look that finds something missing, and given again by one that does not', () => {
    const looks = [passed(0, 30), failed(10, 20)];
    expect(verifiedIntervals(looks)).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 20, toMs: 30 },
    ]);
    expect(coverageEndMs(looks)).toBe(10);
    expect(coverageEndMs([...looks, passed(8, 22)])).toBe(30);
  });

  it('holds exactly the instants whose last look passed', () => {
    const look = fc.tuple(anyInterval, fc.boolean()).map(([bounds, isPass]) => ({ ...bounds, passed: isPass }));
    fc.assert(
      fc.property(fc.array(look), fc.integer({ min: 0, max: 60 }), (looks, instant) => {
        const last = looks.findLast(({ fromMs, toMs }) => fromMs <= instant && instant < toMs);
        const isVerified = verifiedIntervals(looks).some(({ fromMs, toMs }) => fromMs <= instant && instant < toMs);
        expect(isVerified).toBe(last?.passed ?? false);
      }),
    );
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

  it('leaves no gap after any mix of outages, pauses, skipped, failed, half-done and successful runs', () => {
    const everyMs = 500;
    /** What becomes of a run: it never starts, ends before its first window, or ends after so many windows, some failed. */
    const run = fc.oneof(
      fc.constant(null),
      fc.record({ windows: fc.array(fc.boolean(), { maxLength: 4 }), isCutShort: fc.boolean() }),
    );
    const history = fc.array(run, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.boolean(), history, fc.integer({ min: 0, max: 2000 }), (isFirstPassed, runs, lookbackMs) => {
        const looks: WindowLook[] = [{ fromMs: 0, toMs: 1000, passed: isFirstPassed }];
        const rangeAt = (index: number) => {
          const scheduledMs = 2000 + index * everyMs;
          return syncRange({ scheduledMs, lookbackMs, lagMs: 100, coverageEndMs: coverageEndMs(looks) });
        };
        for (const [index, one] of runs.entries()) {
          if (one === null) continue;
          const { fromMs, toMs } = rangeAt(index);
          expect(fromMs).toBeLessThanOrEqual(toMs);
          const parts = one.windows.length + (one.isCutShort ? 1 : 0);
          const edge = (part: number): number => fromMs + Math.floor(((toMs - fromMs) * part) / Math.max(1, parts));
          one.windows.forEach((isPass, part) =>
            looks.push({ fromMs: edge(part), toMs: edge(part + 1), passed: isPass }),
          );
        }
        // Whatever happened, one run that passes closes every gap since the first backfill.
        const last = rangeAt(runs.length);
        looks.push({ ...last, passed: true });
        expect(verifiedIntervals(looks)).toEqual([{ fromMs: 0, toMs: last.toMs }]);
      }),
    );
  });
});
