import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  oldestWindowMs,
  previousWindow,
  windowEndMs,
  windowKey,
  windowStartMs,
  type Granularity,
} from '../../src/monitor/windows.js';

const granularity = fc.constantFrom<Granularity>('1 hour', '1 day');
const instant = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2150, 0, 1) });

describe('windows of the monitor', () => {
  it('windows of the monitor tile time: every instant is in exactly one, and each ends where the next begins', () => {
    fc.assert(
      fc.property(granularity, instant, (length, atMs) => {
        const window = { granularity: length, fromMs: windowStartMs(length, atMs) };
        expect(window.fromMs).toBeLessThanOrEqual(atMs);
        expect(windowEndMs(window)).toBeGreaterThan(atMs);
        expect(windowEndMs(previousWindow(window))).toBe(window.fromMs);
        expect(windowStartMs(length, window.fromMs)).toBe(window.fromMs);
      }),
    );
  });

  it('windows of the monitor begin at full hours and at midnight UTC, also before 1970', () => {
    expect(windowStartMs('1 hour', Date.UTC(1969, 6, 20, 20, 17))).toBe(Date.UTC(1969, 6, 20, 20));
    expect(windowStartMs('1 day', Date.UTC(2026, 2, 29, 23, 59, 59, 999))).toBe(Date.UTC(2026, 2, 29));
  });

  it('windows of one hour reach 30 days back, of one day through all history', () => {
    const nowMs = Date.UTC(2026, 4, 31, 12, 34);
    expect(oldestWindowMs('1 hour', nowMs)).toBe(Date.UTC(2026, 4, 1, 12));
    expect(oldestWindowMs('1 day', nowMs)).toBeNull();
  });

  it('windows of the monitor have keys of their own', () => {
    expect(windowKey({ granularity: '1 hour', fromMs: 0 })).not.toBe(windowKey({ granularity: '1 day', fromMs: 0 }));
  });
});
