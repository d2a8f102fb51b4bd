import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchWindows,
  planComparisons,
  planProfiles,
  type CurrentWindow,
  type StoredWindow,
} from '../../src/monitor/plan.js';

const hourMs = 3_600_000;
const current = (hour: number, fingerprint: string): CurrentWindow => ({
  granularity: '1 hour',
  fromMs: hour * hourMs,
  fingerprint,
  numSlices: 1,
});
const stored = (hour: number, profile: string | null, drift: string | null = null): StoredWindow => ({
  granularity: '1 hour',
  fromMs: hour * hourMs,
  profileFingerprint: profile,
  driftFingerprint: drift,
});
const hours = (windows: readonly { fromMs: number }[]): number[] => windows.map(({ fromMs }) => fromMs / hourMs);

describe('which windows are profiled', () => {
  it('which windows are profiled are new ones and those whose rows changed, oldest first', () => {
    const plan = planProfiles([current(3, 'c'), current(1, 'a'), current(2, 'b2')], [stored(1, 'a'), stored(2, 'b')]);
    expect(hours(plan.profile)).toEqual([2, 3]);
    expect(plan.remove).toEqual([]);
  });

  it('which windows are profiled leave windows without rows to be removed', () => {
    const plan = planProfiles([current(1, 'a')], [stored(1, 'a'), stored(2, 'b'), stored(3, null)]);
    expect(plan.profile).toEqual([]);
    expect(hours(plan.remove)).toEqual([2, 3]);
  });

  it('which windows are profiled are none when nothing changed, whatever the windows', () => {
    const windows = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.string()), {
      selector: ([hour]) => hour,
    });
    fc.assert(
      fc.property(windows, (list) => {
        const plan = planProfiles(
          list.map(([hour, fingerprint]) => current(hour, fingerprint)),
          list.map(([hour, fingerprint]) => stored(hour, fingerprint)),
        );
        expect(plan).toEqual({ profile: [], remove: [] });
      }),
    );
  });
});

describe('which windows are compared', () => {
  it('which windows are compared are those whose own profile or the one before changed', () => {
    const first = planComparisons([stored(1, 'a'), stored(2, 'b'), stored(3, 'c')]);
    expect(first.map(({ previous }) => previous && previous.fromMs / hourMs)).toEqual([null, 1, 2]);
    const after = first.map(({ fromMs, driftFingerprint }) =>
      stored(fromMs / hourMs, ['', 'a', 'b2', 'c'][fromMs / hourMs] ?? null, driftFingerprint),
    );
    expect(hours(planComparisons(after))).toEqual([2, 3]);
  });

  it('which windows are compared lose their drift when the window before is gone', () => {
    const [comparison] = planComparisons([stored(2, 'b', 'a -> b')]);
    expect(comparison?.previous).toBeNull();
  });

  it('which windows are compared are compared again where an earlier version computed their drift in another way', () => {
    const [comparison] = planComparisons([stored(1, 'a'), stored(2, 'b', 'a -> b')]).filter(({ previous }) => previous);
    expect(comparison?.fromMs).toBe(2 * hourMs);
  });

  it('which windows are compared never reach across a gap or across granularities', () => {
    const day: StoredWindow = { granularity: '1 day', fromMs: 0, profileFingerprint: 'd', driftFingerprint: null };
    const plan = planComparisons([stored(1, 'a'), stored(3, 'c'), day]);
    expect(plan.map(({ previous }) => previous)).toEqual([null, null, null]);
  });

  it('windows that were compared are not compared again', () => {
    const windows = [stored(1, 'a'), stored(2, 'b'), stored(4, 'd')];
    const compared = planComparisons(windows).map((window) => ({
      ...window,
      profileFingerprint: windows.find(({ fromMs }) => fromMs === window.fromMs)?.profileFingerprint ?? null,
    }));
    expect(planComparisons(compared)).toEqual([]);
  });
});

describe('batches of windows', () => {
  const windows = fc.array(fc.integer({ min: 1, max: 40 }));

  it('batches of windows hold every window once, in order, and stay under the limit unless one window alone exceeds it', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 1, max: 60 }), (list, maxRows) => {
        const items = list.map((rows, index) => ({ ...current(index, ''), rows }));
        const batches = batchWindows(items, ({ rows }) => rows, maxRows);
        expect(batches.flatMap((batch) => batch.windows)).toEqual(items);
        for (const { windows: batch } of batches) {
          const rows = batch.reduce((sum, item) => sum + item.rows, 0);
          expect(batch.length === 1 || rows <= maxRows).toBe(true);
        }
      }),
    );
  });

  it('batches of windows hold one granularity each', () => {
    const day = { granularity: '1 day' as const, fromMs: 0 };
    expect(batchWindows([current(0, ''), current(1, ''), day], () => 1, 100)).toHaveLength(2);
  });
});
