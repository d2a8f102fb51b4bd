import { describe, expect, it } from 'vitest';

import { planBatches } from '../../../src/copy/list/batches.js';
import { diffPage, isSettled } from '../../../src/copy/list/diff.js';
import type { DifferingTrace, OpenDeadLetter, LandedVersion } from '../../../src/copy/list/diff.js';

const rule = { nowMs: 1_000_000, settleMs: 1000 };
const landed = (traceId: string, sourceHash: string, part: Partial<LandedVersion> = {}): LandedVersion => ({
  traceId,
  sourceHash,
  spanState: 'complete',
  startTimeMs: 999_900,
  executionTimeMs: 50,
  numAssessments: 0,
  observedAtMs: 1_000_000,
  numSpans: 2,
  isDeletedAtSource: false,
  ...part,
});

const differing = (landedVersion: LandedVersion): DifferingTrace => ({
  traceId: landedVersion.traceId,
  landed: landedVersion,
  deadLetter: null,
});
const unknown = (traceId: string): DifferingTrace => ({ traceId, landed: null, deadLetter: null });
const failed = (deadLetter: OpenDeadLetter, of: LandedVersion | null = null): DifferingTrace => ({
  traceId: deadLetter.traceId,
  landed: of,
  deadLetter,
});

describe('the difference of a page', () => {
  it('the difference of a page is empty for traces that are landed in exactly the listed version', () => {
    const page = diffPage([{ traceId: 'a', sourceHash: '1' }], [], rule);
    expect(page).toEqual({ toCopy: [], unchanged: 1, deadSkipped: 0 });
  });

  it('the difference of a page takes a trace that is there again after it was marked as deleted, though nothing else of it changed', () => {
    const listed = ['a', 'b'].map((traceId) => ({ traceId, sourceHash: '1' }));
    const deleted = { isDeletedAtSource: true };
    const found = [
      differing(landed('a', '1', deleted)),
      differing(landed('b', '1', { ...deleted, spanState: 'partial', startTimeMs: 0 })),
    ];
    const page = diffPage(listed, found, rule);
    expect(page.toCopy.map(({ trace, difference }) => [trace.traceId, difference])).toEqual([
      ['a', 'info'],
      ['b', 'spans'],
    ]);
  });

  it('the difference of a page takes unknown traces as new, and of changed infos with complete spans the info alone', () => {
    const page = diffPage(
      [
        { traceId: 'a', sourceHash: '1' },
        { traceId: 'b', sourceHash: '2' },
      ],
      [unknown('a'), differing(landed('b', '1'))],
      rule,
    );
    expect(page.toCopy.map((one) => [one.trace.traceId, one.difference])).toEqual([
      ['a', 'new'],
      ['b', 'info'],
    ]);
  });

  it('the difference of a page revisits traces with incomplete spans until they are settled, then accepts them', () => {
    const listed = [{ traceId: 'a', sourceHash: '1' }];
    const young = landed('a', '1', { spanState: 'partial' });
    const old = landed('a', '1', { spanState: 'partial', startTimeMs: 0 });
    expect(diffPage(listed, [differing(young)], rule).toCopy[0]?.difference).toBe('spans');
    expect(diffPage(listed, [differing(old)], rule).unchanged).toBe(1);
  });

  it('the difference of a page fetches spans again when an info changes whose spans were never complete', () => {
    const page = diffPage(
      [{ traceId: 'a', sourceHash: '2' }],
      [differing(landed('a', '1', { spanState: 'missing', startTimeMs: 0 }))],
      rule,
    );
    expect(page.toCopy[0]?.difference).toBe('spans');
  });

  it('the difference of a page reads all spans again where the run is asked to, also complete and settled ones', () => {
    const listed = [
      { traceId: 'complete', sourceHash: '1' },
      { traceId: 'settled', sourceHash: '1' },
      { traceId: 'changed', sourceHash: '2' },
      { traceId: 'new', sourceHash: '1' },
    ];
    const settled = landed('settled', '1', { spanState: 'partial', startTimeMs: 0 });
    const all = [differing(settled), differing(landed('changed', '1')), unknown('new')];
    const page = diffPage(listed, all, { ...rule, rereadIds: new Set(listed.map(({ traceId }) => traceId)) });
    expect(page.toCopy.map(({ difference }) => difference)).toEqual(['spans', 'spans', 'spans', 'new']);
  });

  it('the difference of a page processes rows of other rules again from raw, unless there is more to do for their trace', () => {
    const ids = ['same', 'settled', 'changed', 'growing', 'own'];
    const listed = ids.map((traceId) => ({ traceId, sourceHash: traceId === 'changed' ? '2' : '1' }));
    const found = [
      differing(landed('settled', '1', { spanState: 'partial', startTimeMs: 0 })),
      differing(landed('changed', '1')),
      differing(landed('growing', '1', { spanState: 'partial' })),
    ];
    const page = diffPage(listed, found, { ...rule, reprocessIds: new Set(ids.slice(0, 4)) });
    expect(page.toCopy.map(({ difference }) => difference)).toEqual(['rules', 'rules', 'info', 'spans']);
    expect(page.unchanged).toBe(1);
  });

  it('the difference of a page leaves dead letters alone until their time, unless the trace changed', () => {
    const listed = [{ traceId: 'a', sourceHash: '1' }];
    const dead = { traceId: 'a', sourceHash: '1', retryAfterMs: 2_000_000 };
    expect(diffPage(listed, [failed(dead)], rule)).toMatchObject({ deadSkipped: 1, toCopy: [] });
    expect(diffPage(listed, [failed(dead, landed('a', '1'))], rule)).toMatchObject({ deadSkipped: 1, toCopy: [] });
    expect(diffPage(listed, [failed({ ...dead, retryAfterMs: 1 })], rule).toCopy).toHaveLength(1);
    expect(diffPage(listed, [failed({ ...dead, retryAfterMs: null })], rule).deadSkipped).toBe(1);
    expect(diffPage([{ traceId: 'a', sourceHash: '2' }], [failed(dead)], rule).toCopy).toHaveLength(1);
    expect(diffPage(listed, [failed(dead)], { ...rule, retryDeadLetters: true }).toCopy).toHaveLength(1);
  });

  it('the difference of a page calls a trace in progress settled only when it started long ago', () => {
    expect(isSettled(landed('a', '1', { spanState: 'missing', executionTimeMs: null }), rule)).toBe(false);
    expect(isSettled(landed('a', '1', { spanState: 'missing', executionTimeMs: null, startTimeMs: 0 }), rule)).toBe(
      true,
    );
  });
});

describe('batches', () => {
  it('batches keep the order, the limits, and give an oversized item a batch of its own', () => {
    const batches = planBatches([1, 2, 50, 3, 4, 5], (size) => size, { maxTraces: 2, maxBytes: 10 });
    expect(batches).toEqual([[1, 2], [50], [3, 4], [5]]);
  });
});
