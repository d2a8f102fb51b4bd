import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { planPage, startCursor } from '../../../src/copy/list/cursor.js';
import type { ListedRow, ListingCursor } from '../../../src/copy/list/cursor.js';

interface Listing {
  readonly windows: { readonly fromMs: number; readonly toMs: number; readonly ids: string[] }[];
  readonly searches: number;
}

/** A source with MLflow's rules: ordered by time and id, offset tokens, a token whenever the page is full. */
function search(rows: readonly ListedRow[], fromMs: number, toMs: number, pageSize: number, token?: string) {
  const matching = rows
    .filter((row) => row.startTimeMs >= fromMs && row.startTimeMs < toMs)
    .toSorted((a, b) => a.startTimeMs - b.startTimeMs || (a.traceId < b.traceId ? -1 : 1));
  const offset = token === undefined ? 0 : Number(token);
  const page = matching.slice(offset, offset + pageSize);
  return {
    rows: page,
    bytes: page.length * 10,
    ...(page.length === pageSize ? { nextPageToken: String(offset + pageSize) } : {}),
  };
}

function listEverything(
  rows: readonly ListedRow[],
  limitMs: number,
  budget: { traces: number; bytes: number; pageSize: number },
): Listing {
  const windows: Listing['windows'] = [];
  let searches = 0;
  let fromMs = 0;
  while (fromMs < limitMs) {
    const ids: string[] = [];
    let bytes = 0;
    let cursor: ListingCursor = startCursor(fromMs);
    for (;;) {
      searches += 1;
      if (searches > 10_000) throw new Error('the listing does not end');
      const page = search(rows, cursor.lastMs, limitMs, budget.pageSize, cursor.pageToken);
      const window = {
        fromMs,
        limitMs,
        tracesTaken: ids.length,
        tracesLeft: budget.traces - ids.length,
        bytesLeft: budget.bytes - bytes,
      };
      const plan = planPage(window, cursor, page);
      ids.push(...plan.taken.map((row) => row.traceId));
      bytes += page.bytes;
      cursor = plan.next;
      if (plan.closeAtMs !== null) {
        windows.push({ fromMs, toMs: plan.closeAtMs, ids });
        fromMs = plan.closeAtMs;
        break;
      }
    }
  }
  return { windows, searches };
}

const anyRows = fc
  .array(fc.integer({ min: 0, max: 60 }), { maxLength: 120 })
  .map((times) =>
    times.map((startTimeMs, index) => ({ traceId: `tr-${String(index).padStart(4, '0')}`, startTimeMs })),
  );

const anyBudget = fc.record({
  traces: fc.integer({ min: 1, max: 40 }),
  bytes: fc.integer({ min: 10, max: 500 }),
  pageSize: fc.integer({ min: 1, max: 25 }),
});

describe('windows of a listing', () => {
  it('windows of a listing list every trace exactly once, whatever the page size, the budgets and the ties in time', () => {
    fc.assert(
      fc.property(anyRows, anyBudget, (rows, budget) => {
        const { windows } = listEverything(rows, 100, budget);
        const listed = windows.flatMap((window) => window.ids);
        expect(listed.toSorted()).toEqual(rows.map((row) => row.traceId).toSorted());
      }),
    );
  });

  it('windows of a listing tile the time of the run without gap, overlap or empty stretch', () => {
    fc.assert(
      fc.property(anyRows, anyBudget, (rows, budget) => {
        const { windows } = listEverything(rows, 100, budget);
        expect(windows[0]?.fromMs).toBe(0);
        expect(windows.at(-1)?.toMs).toBe(100);
        for (const [index, window] of windows.entries()) {
          expect(window.toMs).toBeGreaterThan(window.fromMs);
          if (index > 0) expect(window.fromMs).toBe(windows[index - 1]?.toMs);
        }
      }),
    );
  });

  it('windows of a listing hold only traces that start inside them', () => {
    fc.assert(
      fc.property(anyRows, anyBudget, (rows, budget) => {
        const timeOf = new Map(rows.map((row) => [row.traceId, row.startTimeMs]));
        for (const window of listEverything(rows, 100, budget).windows) {
          for (const id of window.ids) {
            expect(timeOf.get(id)).toBeGreaterThanOrEqual(window.fromMs);
            expect(timeOf.get(id)).toBeLessThan(window.toMs);
          }
        }
      }),
    );
  });

  it('windows of a listing get past one millisecond that fills many pages, by its token', () => {
    const sameTime = Array.from({ length: 23 }, (_, index) => ({ traceId: `same-${String(index)}`, startTimeMs: 5 }));
    const later = Array.from({ length: 9 }, (_, index) => ({
      traceId: `later-${String(index)}`,
      startTimeMs: 6 + index,
    }));
    const { windows } = listEverything([...sameTime, ...later], 100, { traces: 2, bytes: 1000, pageSize: 5 });
    expect(windows[0]?.ids.filter((id) => id.startsWith('same'))).toHaveLength(23);
    expect(windows.length).toBeGreaterThan(2);
  });

  it('windows of a listing lose nothing when a row that was already listed disappears between two pages', () => {
    const rows = Array.from({ length: 12 }, (_, index) => ({ traceId: `tr-${String(index)}`, startTimeMs: index }));
    const first = planPage(
      { fromMs: 0, limitMs: 100, tracesTaken: 0, tracesLeft: 100, bytesLeft: 1e9 },
      startCursor(0),
      search(rows, 0, 100, 5),
    );
    const without = rows.filter((row) => row.startTimeMs > 1);
    const second = search(without, first.next.lastMs, 100, 50, first.next.pageToken);
    const plan = planPage(
      { fromMs: 0, limitMs: 100, tracesTaken: 5, tracesLeft: 95, bytesLeft: 1e9 },
      first.next,
      second,
    );
    expect([...first.taken, ...plan.taken].map((row) => row.traceId)).toEqual(rows.map((row) => row.traceId));
  });

  it('windows of a listing take an id that a page repeats once, as it was listed last', () => {
    const rows = [
      { traceId: 'a', startTimeMs: 1, version: 'first' },
      { traceId: 'b', startTimeMs: 1, version: 'only' },
      { traceId: 'a', startTimeMs: 1, version: 'last' },
    ];
    const window = { fromMs: 0, limitMs: 100, tracesTaken: 0, tracesLeft: 10, bytesLeft: 1e9 };
    const { taken } = planPage(window, startCursor(0), { rows, bytes: 10 });
    expect(taken.map(({ traceId, version }) => [traceId, version])).toEqual([
      ['a', 'last'],
      ['b', 'only'],
    ]);
  });
});
