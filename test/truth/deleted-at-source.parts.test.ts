import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { reconcile } from '../../src/copy/reconcile/reconcile.js';
import { planRepairs } from '../../src/copy/reconcile/rules.js';
import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { storedTrace } from '../fakes/memory-source.js';

describe('traces that were deleted at the source', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
    bench.source.add(...[1, 2, 3, 4, 5].map((index) => storedTrace(index)));
    await copy();
  });

  afterEach(() => bench.close());

  const copy = async (): ReturnType<ActivityBench['copy']> => bench.copy(await bench.prepare());
  const remove = (index: number): void => {
    bench.source.clockMs += 1000;
    bench.source.traces.delete(storedTrace(index).info.traceId);
  };
  const marked = async (): Promise<unknown> => {
    const sql = `SELECT trace_id, epoch_ms(deleted_at_source) FROM genai_processed_traces_gold
                 WHERE deleted_at_source IS NOT NULL ORDER BY trace_id`;
    return (await bench.warehouse.query(sql, { limit: 9 })).rows;
  };
  const compare = async (mayMark = false): ReturnType<typeof reconcile> => {
    const { source, warehouse } = bench;
    const { run, fromMs, toMs } = await bench.prepare();
    const budget = { traces: 5000, bytes: 1e9 };
    const options = { fromMs, toMs, pageSize: 500, budget, deep: false, mayMark };
    return reconcile({ source, warehouse, scope: run.scope }, options);
  };

  it('traces that were deleted at the source are marked by the verification of their window, which keeps their rows, and keep the time of the first mark', async () => {
    remove(3);
    const deletedMs = bench.source.clockMs;
    expect((await copy()).verified).toMatchObject({ state: 'complete', extra: 1 });
    expect(await marked()).toEqual([[storedTrace(3).info.traceId, deletedMs]]);
    bench.source.clockMs += 1000;
    expect((await copy()).verified).toMatchObject({ state: 'complete', extra: 0 });
    expect(await marked()).toEqual([[storedTrace(3).info.traceId, deletedMs]]);
  });

  it.each([
    ['a later time', 1000],
    ['a time that a clock put back', -1000],
  ])('traces that were deleted at the source lose their mark when they return at %s', async (_, stepMs) => {
    remove(3);
    await copy();
    bench.source.clockMs += stepMs;
    bench.source.add(storedTrace(3));
    expect((await copy()).verified).toMatchObject({ state: 'complete', listed: 5, landed: 5 });
    expect(await marked()).toEqual([]);
  });

  it('traces that were deleted at the source are found by reconcile, whose repair marks them, and so are those that return', async () => {
    remove(3);
    const report = await compare();
    expect(report.totals).toMatchObject({ missing: 0, extra: 1 });
    expect(planRepairs(report.windows)).toHaveLength(1);
    await copy();
    expect((await compare()).totals).toMatchObject({ missing: 0, moving: 0, extra: 0 });
    bench.source.clockMs += 1000;
    bench.source.add(storedTrace(3));
    const returned = await compare();
    expect(returned.totals).toMatchObject({ missing: 0, moving: 1 });
    expect(planRepairs(returned.windows)).toHaveLength(1);
    await copy();
    expect((await compare()).totals).toMatchObject({ moving: 0, extra: 0 });
  });

  it('traces that were deleted at the source are marked by reconcile itself where it holds the tables, and lose their mark when they return', async () => {
    remove(3);
    const deletedMs = bench.source.clockMs;
    const report = await compare(true);
    expect(report.totals).toMatchObject({ missing: 0, extra: 1, marked: 1 });
    expect(planRepairs(report.windows)).toEqual([]);
    expect(await marked()).toEqual([[storedTrace(3).info.traceId, deletedMs]]);
    expect((await compare(true)).totals).toMatchObject({ extra: 0, marked: 0 });
    bench.source.clockMs += 1000;
    bench.source.add(storedTrace(3));
    expect((await compare(true)).totals).toMatchObject({ missing: 0, moving: 0, landed: 5 });
    expect(await marked()).toEqual([]);
  });

  it('deleted at the source, the oldest ones too, are in the range of a backfill that names no start', async () => {
    remove(1);
    expect((await copy()).verified).toMatchObject({ state: 'complete', extra: 1 });
    expect((await bench.prepare()).fromMs).toBe(storedTrace(2).info.startTimeMs);
  });

  it('traces that were deleted at the source are not concluded from a source that lists nothing', async () => {
    for (const index of [1, 2, 3, 4, 5]) remove(index);
    expect((await copy()).verified).toMatchObject({ state: 'suspicious', extra: 0 });
    expect(await marked()).toEqual([]);
  });

  it('traces that were deleted at the source are not those whose start merely moved out of the window', async () => {
    const { traceId } = storedTrace(3).info;
    bench.source.add(storedTrace(3, { traceId, startTimeMs: bench.source.clockMs + 5000 }));
    await copy();
    expect(await marked()).toEqual([]);
  });
});
