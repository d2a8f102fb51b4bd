import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { feedback, storedTrace } from '../fakes/memory-source.js';

const hourMs = 3_600_000;

describe('a source whose clock is wrong', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
    bench.source.add(storedTrace(1), storedTrace(2), storedTrace(3));
  });

  afterEach(() => bench.close());

  const judge = (verdict: number): void => {
    for (const index of [1, 2, 3]) {
      bench.source.add(storedTrace(index, { assessments: [feedback('grade', verdict)] }));
    }
  };
  const grades = async (): Promise<unknown[]> => {
    const sql = 'SELECT metric_grade FROM genai_processed_traces_gold ORDER BY trace_id';
    return (await bench.warehouse.query(sql, { limit: 9 })).rows.flat();
  };

  it.each([
    ['two hours ahead and is corrected', 2 * hourMs, 0],
    ['right, and behind a load balancer with a replica two hours behind', 0, -2 * hourMs],
  ])('that was %s holds back no newer verdict', async (_, firstMs, thenMs) => {
    const { source } = bench;
    const rightMs = source.clockMs;
    const prepared = await bench.prepare();
    source.clockMs = rightMs + firstMs;
    judge(0.2);
    expect((await bench.copy(prepared)).verified).toMatchObject({ state: 'complete' });
    source.clockMs = rightMs + thenMs + 60_000;
    judge(0.9);
    expect((await bench.copy(prepared)).verified).toMatchObject({ state: 'complete', missing: 0 });
    expect(await grades()).toEqual([0.9, 0.9, 0.9]);
    judge(0.5);
    expect((await bench.copy(prepared)).verified).toMatchObject({ state: 'complete', missing: 0 });
    expect(await grades()).toEqual([0.5, 0.5, 0.5]);
  });

  it('a source clock that steps back by seconds is healed by the repair of the window, which calls its rows by their right name', async () => {
    const { source } = bench;
    const prepared = await bench.prepare();
    judge(0.2);
    await bench.copy(prepared);
    source.clockMs -= 30_000;
    judge(0.9);
    const first = await bench.copy(prepared);
    expect(first.verified).toMatchObject({ state: 'incomplete', missing: 3, outdated: 3 });
    expect((await bench.copy(prepared, 1)).verified).toMatchObject({ state: 'complete', missing: 0 });
    expect(await grades()).toEqual([0.9, 0.9, 0.9]);
  });

  it('a source whose clock is wrong lets a run that listed earlier put no older version over a newer one', async () => {
    const { source } = bench;
    const prepared = await bench.prepare();
    judge(0.9);
    await bench.copy(prepared);
    // Another run listed half a minute before, and commits only now.
    source.clockMs -= 30_000;
    judge(0.2);
    await bench.copy(prepared);
    expect(await grades()).toEqual([0.9, 0.9, 0.9]);
  });

  it('a source clock that is ahead verifies nothing that has not come yet', async () => {
    const { source } = bench;
    const nowMs = Date.now();
    source.clockMs = nowMs + 24 * hourMs;
    source.add(storedTrace(4, { startTimeMs: nowMs - hourMs }));
    const prepared = await bench.prepare();
    expect(prepared.toMs).toBeLessThanOrEqual(Date.now());
    await bench.copy(prepared);
    const sql = 'SELECT max(epoch_ms(observed_at)) FROM genai_processed_traces_gold';
    const [[observedMs]] = (await bench.warehouse.query(sql, { limit: 1 })).rows as [[number]];
    expect(observedMs).toBeLessThanOrEqual(Date.now());
  });

  it('a source clock that was ahead leaves no hole: coverage beyond the time of its verification counts for nothing', async () => {
    const { source } = bench;
    const prepared = await bench.prepare();
    const { verified } = await bench.copy(prepared);
    const beforeMs = Date.now();
    await bench.run('recordWindow', {
      ...{ run: prepared.run, workflowId: 'w', firstRunId: 'r', windowIndex: 0, changed: 1, repairRounds: 0 },
      ...{ fromMs: prepared.fromMs, toMs: beforeMs + 24 * hourMs, startedAtMs: beforeMs, verified },
    });
    source.clockMs = Date.now() + hourMs;
    const next = await bench.prepare({
      range: { kind: 'scheduled', scheduledMs: beforeMs + hourMs, lookbackMs: 1000 },
      clockMs: beforeMs + hourMs,
    });
    expect(next.fromMs).toBeGreaterThanOrEqual(beforeMs);
    expect(next.fromMs).toBeLessThanOrEqual(beforeMs + 60_000);
    expect(next.toMs).toBe(beforeMs + hourMs);
  });
});
