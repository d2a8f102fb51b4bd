import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { coverageEndMs, unionIntervals, verifiedIntervals } from '../../../src/copy/prepare/coverage.js';
import type { Interval, WindowCheck } from '../../../src/copy/prepare/coverage.js';

const anyInterval = fc
  .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 10 }))
  .map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }));

const passed = (fromMs: number, toMs: number): WindowCheck => ({ fromMs, toMs, passed: true });
const failed = (fromMs: number, toMs: number): WindowCheck => ({ fromMs, toMs, passed: false });

/** Stretches inside `[fromMs, toMs)` that no interval covers. */
function gapsWithin(range: Interval, intervals: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let cursorMs = range.fromMs;
  for (const covered of unionIntervals(intervals)) {
    if (covered.toMs <= cursorMs) continue;
    if (covered.fromMs >= range.toMs) break;
    if (covered.fromMs > cursorMs) gaps.push({ fromMs: cursorMs, toMs: covered.fromMs });
    cursorMs = Math.max(cursorMs, covered.toMs);
  }
  if (cursorMs < range.toMs) gaps.push({ fromMs: cursorMs, toMs: range.toMs });
  return gaps;
}

describe('coverage', () => {
  it('coverage contains exactly the instants that some interval contains', () => {
    fc.assert(
      fc.property(fc.array(anyInterval), fc.integer({ min: 0, max: 60 }), (intervals, instant) => {
        const inside = (list: readonly { fromMs: number; toMs: number }[]) =>
          list.some((interval) => interval.fromMs <= instant && instant < interval.toMs);
        expect(inside(unionIntervals(intervals))).toBe(inside(intervals));
      }),
    );
  });

  it('coverage together with its gaps fills any range', () => {
    fc.assert(
      fc.property(fc.array(anyInterval), anyInterval, (intervals, range) => {
        const gaps = gapsWithin(range, intervals);
        expect(gapsWithin(range, [...intervals, ...gaps])).toEqual([]);
      }),
    );
  });

  it('coverage ends at the first gap after the oldest window', () => {
    expect(coverageEndMs([])).toBeNull();
    expect(coverageEndMs([passed(20, 30), passed(0, 10), passed(10, 15)])).toBe(15);
  });

  it('coverage has not begun where the oldest window did not pass', () => {
    expect(coverageEndMs([failed(0, 10), passed(10, 30)])).toBe(0);
    expect(coverageEndMs([failed(5, 10)])).toBe(5);
  });

  it('coverage is taken back by a later verification that finds something missing, and given again by one that does not', () => {
    const checks = [passed(0, 30), failed(10, 20)];
    expect(verifiedIntervals(checks)).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 20, toMs: 30 },
    ]);
    expect(coverageEndMs(checks)).toBe(10);
    expect(coverageEndMs([...checks, passed(8, 22)])).toBe(30);
  });

  it('coverage holds exactly the instants whose last verification passed', () => {
    const check = fc.tuple(anyInterval, fc.boolean()).map(([bounds, isPass]) => ({ ...bounds, passed: isPass }));
    fc.assert(
      fc.property(fc.array(check), fc.integer({ min: 0, max: 60 }), (checks, instant) => {
        const last = checks.findLast(({ fromMs, toMs }) => fromMs <= instant && instant < toMs);
        const isVerified = verifiedIntervals(checks).some(({ fromMs, toMs }) => fromMs <= instant && instant < toMs);
        expect(isVerified).toBe(last?.passed ?? false);
      }),
    );
  });
});
