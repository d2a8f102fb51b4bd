import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { reconcile, reconcileBounds } from '../../../src/copy/reconcile/reconcile.js';
import type { ReconcileOptions, ReconcileParts } from '../../../src/copy/reconcile/reconcile.js';
import { isAnythingMissing } from '../../../src/copy/reconcile/report.js';
import type { ReconcileReport } from '../../../src/copy/reconcile/report.js';
import type { Warehouse } from '../../../src/targets/warehouse.js';
import { openActivityBench } from '../activity-bench.js';
import type { ActivityBench } from '../activity-bench.js';
import { feedback, storedTrace } from '../../fakes/memory-source.js';

const numTraces = 60;
/** The server counts spans in its database alone. */
const tags = { 'mlflow.traceName': 'chat', 'mlflow.trace.spansLocation': 'TRACKING_STORE' };
const scope = { sourceId: 'memory', experimentId: '1' };

describe('a reconciliation of a source in memory with real tables', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
    bench.source.add(...Array.from({ length: numTraces }, (_, index) => storedTrace(index, { tags })));
    await bench.copy(await bench.prepare());
  });

  afterEach(async () => bench.close());

  const idOf = (index: number): string => storedTrace(index).info.traceId;

  async function compare(
    part: Partial<ReconcileOptions> = {},
    parts: Partial<ReconcileParts> = {},
  ): Promise<ReconcileReport> {
    const both = { source: bench.source, warehouse: bench.warehouse, scope, ...parts };
    const bounds = await reconcileBounds(both, {}, 0);
    const budget = { traces: 25, bytes: 1e9 };
    return reconcile(both, { ...bounds, pageSize: 10, budget, deep: false, mayMark: false, ...part });
  }

  /** The warehouse as if it had lost the gold rows of these traces. */
  const without = (...indexes: number[]): Warehouse => {
    const lost = new Set(indexes.map(idOf));
    const { warehouse } = bench;
    return Object.assign(Object.create(warehouse) as Warehouse, {
      landed: async (...args: Parameters<Warehouse['landed']>) =>
        (await warehouse.landed(...args)).filter((one) => !lost.has(one.traceId)),
      landedBetween: async (...args: Parameters<Warehouse['landedBetween']>) =>
        (await warehouse.landedBetween(...args)).filter((traceId) => !lost.has(traceId)),
      readRaw: (...args: Parameters<Warehouse['readRaw']>) => warehouse.readRaw(...args),
      openDeadLetters: (...args: Parameters<Warehouse['openDeadLetters']>) => warehouse.openDeadLetters(...args),
      summary: (...args: Parameters<Warehouse['summary']>) => warehouse.summary(...args),
    });
  };

  it('a reconciliation of a source in memory with real tables finds a fresh copy complete, in windows that tile the range', async () => {
    const report = await compare();
    expect(report.totals).toMatchObject({
      listed: numTraces,
      landed: numTraces,
      missing: 0,
      moving: 0,
      extra: 0,
      countedTraces: numTraces,
      countedSpans: 2 * numTraces,
      landedSpans: 2 * numTraces,
    });
    expect(isAnythingMissing(report.totals)).toBe(false);
    expect(report.windows.length).toBeGreaterThan(1);
    expect(report.windows[0]?.fromMs).toBe(report.fromMs);
    expect(report.windows.at(-1)?.toMs).toBe(report.toMs);
    for (const [index, window] of report.windows.entries()) {
      if (index > 0) expect(window.fromMs).toBe(report.windows[index - 1]?.toMs);
    }
  });

  it('a reconciliation of a source in memory with real tables reads nothing but the listing where the numbers agree', async () => {
    bench.source.spanReads.length = 0;
    await compare({ deep: true });
    expect(bench.source.spanReads).toEqual([]);
  });

  it('a reconciliation of a source in memory with real tables names traces that came later as missing, changed ones as moving, and ends when they are copied', async () => {
    bench.source.add(storedTrace(1000, { startTimeMs: storedTrace(10).info.startTimeMs }));
    bench.source.add(storedTrace(5, { assessments: [feedback('relevance', 1)] }));
    const report = await compare();
    expect(report.windows.map(({ state }) => state)).toEqual([
      'incomplete',
      ...report.windows.slice(1).map(() => 'complete'),
    ]);
    expect(report.windows[0]).toMatchObject({ missingIds: [idOf(1000)], movingIds: [idOf(5)] });
    expect(isAnythingMissing(report.totals)).toBe(true);
    bench.source.clockMs += 1000;
    await bench.copy(await bench.prepare());
    expect((await compare()).totals).toMatchObject({ missing: 0, moving: 0, landed: numTraces + 1 });
  });

  it('a reconciliation of a source in memory with real tables names rows that the tables have lost', async () => {
    const report = await compare({}, { warehouse: without(40, 41) });
    expect(report.totals.missing).toBe(2);
    expect(report.windows.flatMap(({ missingIds }) => missingIds)).toEqual([idOf(40), idOf(41)]);
  });

  it('a reconciliation of a source in memory with real tables counts rows that the source no longer has as extra, but not those whose time moved', async () => {
    bench.source.traces.delete(idOf(9));
    const moved = storedTrace(11, { startTimeMs: storedTrace(50).info.startTimeMs });
    bench.source.add(moved);
    const report = await compare();
    expect(report.totals).toMatchObject({ extra: 1, missing: 0, moving: 1 });
    expect(report.windows[0]?.extraIds).toEqual([idOf(9)]);
    expect(isAnythingMissing(report.totals)).toBe(false);
  });

  it('a reconciliation of a source in memory with real tables sees rows before the oldest trace that the source still has', async () => {
    for (let index = 0; index < 5; index += 1) bench.source.traces.delete(idOf(index));
    expect((await compare()).totals.extra).toBe(5);
  });

  it('a reconciliation of a source in memory with real tables concludes nothing from a source that suddenly lists nothing', async () => {
    bench.source.traces.clear();
    const report = await compare();
    expect(report.totals).toMatchObject({ listed: 0, extra: 0, suspicious: 1 });
    expect(isAnythingMissing(report.totals)).toBe(true);
  });

  it('a reconciliation of a source in memory with real tables concludes nothing where the source counts another number than it lists, even the second time', async () => {
    bench.source.countTraces = async () => 99;
    const report = await compare();
    expect(new Set(report.windows.map(({ state }) => state))).toEqual(new Set(['suspicious']));
  });

  it('a reconciliation of a source in memory with real tables takes a trace that comes between listing and counting for what it is', async () => {
    const count = bench.source.countTraces.bind(bench.source);
    let calls = 0;
    bench.source.countTraces = async (...args) => {
      calls += 1;
      if (calls === 1) bench.source.add(storedTrace(2000, { startTimeMs: storedTrace(3).info.startTimeMs }));
      return count(...args);
    };
    const report = await compare();
    expect(report.windows[0]).toMatchObject({ state: 'incomplete', missingIds: [idOf(2000)] });
  });

  it('a reconciliation of a source in memory with real tables works without counts, for servers that have none', async () => {
    bench.source.countTraces = async () => null;
    bench.source.countSpans = async () => null;
    expect((await compare()).totals).toMatchObject({ landed: numTraces, countedTraces: null, suspicious: 0 });
  });

  it('a reconciliation of a source in memory with real tables compares spans one by one where their numbers differ, and names the traces', async () => {
    const late = bench.source.traces.get(idOf(7));
    if (late === undefined) throw new Error('trace 7 was added above');
    const [root] = late.reading.spans;
    if (root === undefined) throw new Error('it has a root');
    late.reading = {
      ...late.reading,
      spans: [...late.reading.spans, { ...root, spanId: 'late', parentSpanId: root.spanId }],
    };
    const shallow = await compare();
    expect(shallow.totals).toMatchObject({
      countedSpans: 2 * numTraces + 1,
      landedSpans: 2 * numTraces,
      missingSpans: 0,
    });
    const report = await compare({ deep: true });
    expect(report.windows[0]?.spans).toMatchObject({ missingSpans: 1, extraSpans: 0, differingIds: [idOf(7)] });
    expect(report.windows.slice(1).every(({ spans }) => spans === null)).toBe(true);
    expect(isAnythingMissing(report.totals)).toBe(true);
  });

  it('a reconciliation of a source in memory with real tables counts dead letters as accounted for', async () => {
    const poisoned = storedTrace(3000, { startTimeMs: storedTrace(40).info.startTimeMs });
    bench.source.add({ ...poisoned, isPoisoned: true });
    expect((await compare()).totals).toMatchObject({ missing: 1 });
    await bench.copy(await bench.prepare());
    expect((await compare()).totals).toMatchObject({ missing: 0, deadLettered: 1, landed: numTraces });
  });

  it('a reconciliation of a source in memory with real tables has no windows for an experiment that is empty on both sides', async () => {
    const report = await compare({}, { scope: { ...scope, experimentId: 'none' } });
    expect(report.windows).toEqual([]);
    expect(isAnythingMissing(report.totals)).toBe(false);
  });
});
