import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { coverageEndMs, verifiedIntervals } from '../../../src/copy/prepare/coverage.js';
import type { WindowCheck } from '../../../src/copy/prepare/coverage.js';
import { askedRange, syncRange, upTo } from '../../../src/copy/prepare/rules.js';

describe('the range of a run', () => {
  it('the range of a run ends where the lag begins, however much later the caller wants it', () => {
    expect(askedRange(100, 5000, 1000, 60_000)).toEqual({ fromMs: 100, toMs: 1000 });
    expect(askedRange(100, null, 1000, 60_000)).toEqual({ fromMs: 100, toMs: 1000 });
    expect(askedRange(100, 500, 1000, 60_000)).toEqual({ fromMs: 100, toMs: 500 });
  });

  it('the range of a run is refused where nothing of it has passed', () => {
    const second = '1970-01-01T00:00:01.000Z';
    const parameters = { from: second, to: second, lagMinutes: 1 };
    expect(() => askedRange(1000, 5000, 1000, 60_000)).toThrow(
      expect.objectContaining({ code: 'RangeEmpty', parameters }),
    );
  });

  it('the range of a run is empty, and never runs backwards, where nothing is due', () => {
    expect(upTo({ fromMs: 2000, toMs: 3000 }, 1000)).toEqual({ fromMs: 1000, toMs: 1000 });
  });
});

describe('the range of a scheduled run', () => {
  it('the range of a scheduled run checks back as asked when coverage reaches that far', () => {
    const range = syncRange({ scheduledMs: 10_000, lookbackMs: 2000, lagMs: 100, coverageEndMs: 9000 });
    expect(range).toEqual({ fromMs: 8000, toMs: 9900 });
  });

  it('the range of a scheduled run begins where verified coverage ends after an outage, so that no hole is left', () => {
    const range = syncRange({ scheduledMs: 10_000, lookbackMs: 2000, lagMs: 100, coverageEndMs: 3000 });
    expect(range.fromMs).toBe(3000);
  });

  it('the range of a scheduled run leaves no gap after any mix of outages, pauses, skipped, failed, half-done and successful runs', () => {
    const everyMs = 500;
    /** What becomes of a run: it never starts, ends before its first window, or ends after so many windows, some failed. */
    const run = fc.oneof(
      fc.constant(null),
      fc.record({ windows: fc.array(fc.boolean(), { maxLength: 4 }), isCutShort: fc.boolean() }),
    );
    const history = fc.array(run, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.boolean(), history, fc.integer({ min: 0, max: 2000 }), (isFirstPassed, runs, lookbackMs) => {
        const checks: WindowCheck[] = [{ fromMs: 0, toMs: 1000, passed: isFirstPassed }];
        const rangeAt = (index: number) => {
          const scheduledMs = 2000 + index * everyMs;
          return syncRange({ scheduledMs, lookbackMs, lagMs: 100, coverageEndMs: coverageEndMs(checks) });
        };
        for (const [index, one] of runs.entries()) {
          if (one === null) continue;
          const { fromMs, toMs } = rangeAt(index);
          expect(fromMs).toBeLessThanOrEqual(toMs);
          const parts = one.windows.length + (one.isCutShort ? 1 : 0);
          const edge = (part: number): number => fromMs + Math.floor(((toMs - fromMs) * part) / Math.max(1, parts));
          one.windows.forEach((isPass, part) =>
            checks.push({ fromMs: edge(part), toMs: edge(part + 1), passed: isPass }),
          );
        }
        // Whatever happened, one run that passes closes every gap since the first backfill.
        const last = rangeAt(runs.length);
        checks.push({ ...last, passed: true });
        expect(verifiedIntervals(checks)).toEqual([{ fromMs: 0, toMs: last.toMs }]);
      }),
    );
  });
});
