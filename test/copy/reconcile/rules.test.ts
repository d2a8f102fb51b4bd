import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { unionIntervals } from '../../../src/copy/prepare/coverage.js';
import { judgeCopy, maxRepairs, planRepairs } from '../../../src/copy/reconcile/rules.js';
import type { CopyEvidence } from '../../../src/copy/reconcile/rules.js';

const versions = (...pairs: [string, string][]): Map<string, string> => new Map(pairs);

function evidence(part: Partial<CopyEvidence>): CopyEvidence {
  const listed = part.listed ?? versions();
  return { listed, landed: versions(), dead: versions(), landedInWindow: 0, counted: listed.size, ...part };
}

describe('the verdict on a copy at any time', () => {
  it('the verdict on a copy at any time is complete when everything listed is landed, or a dead letter, in its listed version', () => {
    const verdict = judgeCopy(
      evidence({ listed: versions(['a', '1'], ['b', '2']), landed: versions(['a', '1']), dead: versions(['b', '2']) }),
    );
    expect(verdict).toEqual({
      state: 'complete',
      listed: 2,
      landed: 1,
      deadLettered: 1,
      missing: [],
      moved: [],
    });
  });

  it('the verdict on a copy at any time calls a trace missing only where no version of it is anywhere, and moved where an older one is', () => {
    const listed = versions(['gone', '1'], ['newer', '2'], ['failed before', '2'], ['same', '1']);
    const landed = versions(['newer', '1'], ['same', '1']);
    const verdict = judgeCopy(evidence({ listed, landed, dead: versions(['failed before', '1']) }));
    expect(verdict).toMatchObject({ state: 'incomplete', missing: ['gone'], moved: ['newer', 'failed before'] });
  });

  it('the verdict on a copy at any time passes with changes alone, since the next run takes them', () => {
    const verdict = judgeCopy(evidence({ listed: versions(['a', '2']), landed: versions(['a', '1']) }));
    expect(verdict).toMatchObject({ state: 'moving', missing: [], moved: ['a'] });
  });

  it('the verdict on a copy at any time concludes nothing where the source lists much less than is landed, or another number than it counts', () => {
    expect(judgeCopy(evidence({ landedInWindow: 3 })).state).toBe('suspicious');
    const all = { listed: versions(['a', '1']), landed: versions(['a', '1']), landedInWindow: 1 };
    expect(judgeCopy(evidence({ ...all, counted: 2 })).state).toBe('suspicious');
    expect(judgeCopy(evidence({ ...all, counted: null })).state).toBe('complete');
  });

  it('the verdict on a copy at any time accounts for every listed trace exactly once', () => {
    const side = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('1', '2'));
    fc.assert(
      fc.property(side, side, side, (listed, landed, dead) => {
        const of = (one: Record<string, string>): Map<string, string> => new Map(Object.entries(one));
        const verdict = judgeCopy(evidence({ listed: of(listed), landed: of(landed), dead: of(dead) }));
        const { missing, moved } = verdict;
        expect(verdict.landed + verdict.deadLettered + missing.length + moved.length).toBe(verdict.listed);
        for (const id of missing) expect(landed[id] ?? dead[id]).toBeUndefined();
      }),
    );
  });
});

const tiles = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })), {
    maxLength: 60,
    size: 'max',
  })
  .map((parts) => {
    let toMs = 0;
    return parts.map(([length, missing, moving]) => ({ fromMs: toMs, toMs: (toMs += length), missing, moving }));
  });

describe('the plan of a repair', () => {
  it('the plan of a repair joins touching windows and leaves complete ones out', () => {
    const window = (fromMs: number, missing: number, moving = 0) => ({ fromMs, toMs: fromMs + 10, missing, moving });
    expect(planRepairs([window(0, 1), window(10, 0, 2), window(20, 0), window(30, 3)])).toEqual([
      { fromMs: 0, toMs: 20 },
      { fromMs: 30, toMs: 40 },
    ]);
    expect(planRepairs([window(0, 0)])).toEqual([]);
  });

  it('the plan of a repair closes the smallest gaps first where there are too many stretches', () => {
    const starts = [0, 100, 120, ...Array.from({ length: maxRepairs - 2 }, (_, index) => 1000 * (index + 1))];
    const repairs = planRepairs(starts.map((fromMs) => ({ fromMs, toMs: fromMs + 10, missing: 1, moving: 0 })));
    expect(repairs).toHaveLength(maxRepairs);
    expect(repairs.slice(0, 3)).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 100, toMs: 130 },
      { fromMs: 1000, toMs: 1010 },
    ]);
  });

  it('the plan of a repair covers every window with a difference, in few runs, and never more than lies between the first and the last', () => {
    fc.assert(
      fc.property(tiles, (windows) => {
        const repairs = planRepairs(windows);
        const wanted = windows.filter(({ missing, moving }) => missing + moving > 0);
        expect(repairs.length).toBeLessThanOrEqual(maxRepairs);
        expect(unionIntervals(repairs)).toEqual(repairs);
        for (const { fromMs, toMs } of wanted) {
          expect(repairs.some((repair) => repair.fromMs <= fromMs && toMs <= repair.toMs)).toBe(true);
        }
        expect(repairs[0]?.fromMs).toBe(wanted[0]?.fromMs);
        expect(repairs.at(-1)?.toMs).toBe(wanted.at(-1)?.toMs);
      }),
    );
  });
});
