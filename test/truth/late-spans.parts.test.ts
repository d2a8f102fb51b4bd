import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isAnythingMissing } from '../../src/copy/reconcile/report.js';
import { reconcile } from '../../src/copy/reconcile/reconcile.js';
import { decodeSpans, spanStateOf } from '../../src/trace/wire/decode-span.js';
import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { storedTrace } from '../fakes/memory-source.js';
import type { StoredTrace } from '../fakes/memory-source.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

describe('spans that come after their trace was copied', () => {
  let bench: ActivityBench;
  let trace: StoredTrace;

  beforeEach(async () => {
    bench = await openActivityBench();
  });

  afterEach(() => bench.close());

  /** Lists the root alone; its children come later. @param agoMs how long before now the trace began */
  const rootOnly = (agoMs: number, metadata: Record<string, string> = {}): void => {
    trace = storedTrace(1, { startTimeMs: bench.source.clockMs - agoMs, metadata });
    const [root] = trace.reading.spans;
    bench.source.add({ info: trace.info, reading: { ...trace.reading, spans: [root!] } });
  };
  const childrenCome = (metadata?: Record<string, string>): void => {
    bench.source.add({ ...trace, info: { ...trace.info, metadata: metadata ?? trace.info.metadata } });
  };
  const copy = async (): ReturnType<ActivityBench['copy']> =>
    bench.copy(await bench.prepare({ settings: { settleMs: hourMs } }));
  const gold = async (): Promise<unknown> => {
    const sql = 'SELECT num_spans, total_tokens, span_state FROM genai_processed_traces_gold';
    return (await bench.warehouse.query(sql, { limit: 1 })).rows[0];
  };

  it('spans that come after their trace was copied are read within the settling time, although nothing in the info tells of them', async () => {
    rootOnly(10 * minuteMs);
    await copy();
    expect(await gold()).toEqual([1, null, 'partial']);
    childrenCome();
    bench.source.clockMs += minuteMs;
    await copy();
    expect(await gold()).toEqual([2, 15, 'partial']);
  });

  it('spans that come after their trace was copied are read once more behind the settling time, and then the trace is left alone', async () => {
    rootOnly(10 * minuteMs);
    await copy();
    childrenCome();
    bench.source.clockMs += 5 * hourMs;
    await copy();
    expect(await gold()).toEqual([2, 15, 'complete']);
    const reads = bench.source.spanReads.length;
    bench.source.clockMs += minuteMs;
    await copy();
    expect(bench.source.spanReads).toHaveLength(reads);
  });

  it.each([
    ['token usage', { 'mlflow.trace.tokenUsage': '{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}' }],
    ['cost', { 'mlflow.trace.cost': '{"total_cost": 0.1}' }],
  ])(
    'spans that come after their trace was copied are read however old the trace is, where the %s of its info changed',
    async (_, metadata) => {
      rootOnly(24 * hourMs);
      await copy();
      expect(await gold()).toEqual([1, null, 'complete']);
      childrenCome(metadata);
      await copy();
      expect(await gold()).toEqual([2, 15, 'complete']);
    },
  );

  it('spans that come after their trace was copied are not asked for again where only a tag or an assessment changed', async () => {
    rootOnly(24 * hourMs);
    await copy();
    const reads = bench.source.spanReads.length;
    bench.source.add({ ...trace, info: { ...trace.info, tags: { ...trace.info.tags, team: 'search' } } });
    await copy();
    expect(bench.source.spanReads).toHaveLength(reads);
  });

  it('spans that come after their trace was copied are dated: spans_observed_at moves when spans are read, and stays where only the info changed', async () => {
    const readAt = async (): Promise<unknown> => {
      const sql = `SELECT epoch_ms(g.spans_observed_at), epoch_ms(r.spans_observed_at), epoch_ms(max(s.spans_observed_at))
                   FROM genai_processed_traces_gold g JOIN genai_raw_traces r USING (trace_id)
                   JOIN genai_trace_spans s USING (trace_id) GROUP BY ALL`;
      return (await bench.warehouse.query(sql, { limit: 2 })).rows;
    };
    rootOnly(24 * hourMs);
    const readMs = bench.source.clockMs;
    await copy();
    expect(await readAt()).toEqual([[readMs, readMs, readMs]]);
    bench.source.clockMs += minuteMs;
    trace = { ...trace, info: { ...trace.info, tags: { ...trace.info.tags, team: 'search' } } };
    const [root] = trace.reading.spans;
    bench.source.add({ ...trace, reading: { ...trace.reading, spans: [root!] } });
    expect((await copy()).committed).toMatchObject({ updated: 1 });
    expect(await readAt()).toEqual([[readMs, readMs, readMs]]);
    bench.source.clockMs += minuteMs;
    childrenCome({ 'mlflow.trace.cost': '{"total_cost": 0.1}' });
    await copy();
    const againMs = bench.source.clockMs;
    expect(await readAt()).toEqual([[againMs, againMs, againMs]]);
  });

  it('spans that come after their trace was copied are counted by the verification of a window, which is then not complete', async () => {
    rootOnly(24 * hourMs);
    expect((await copy()).verified).toMatchObject({ state: 'complete', lateSpans: 0 });
    childrenCome();
    expect((await copy()).verified).toMatchObject({ state: 'moving', lateSpans: 1 });
  });

  it('spans that come after their trace was copied are read by the same run that counted them, however settled their trace is, and no other spans are', async () => {
    const others = Array.from({ length: 200 }, (_, index) =>
      storedTrace(10 + index, { startTimeMs: bench.source.clockMs - 24 * hourMs - index * 60 * minuteMs }),
    );
    bench.source.add(...others);
    rootOnly(48 * hourMs);
    await copy();
    childrenCome();
    const { verified } = await copy();
    expect(verified).toMatchObject({ state: 'moving', lateSpans: 1 });
    const reads = bench.source.spanReads.length;
    const prepared = await bench.prepare();
    const again = await bench.copy(prepared, 1, verified.lateWithin);
    expect(again.verified).toMatchObject({ state: 'complete', lateSpans: 0, lateWithin: [] });
    expect(bench.source.spanReads.length - reads).toBeLessThanOrEqual(50);
    const sql = `SELECT num_spans FROM genai_processed_traces_gold WHERE trace_id = '${trace.info.traceId}'`;
    expect((await bench.warehouse.query(sql, { limit: 1 })).rows).toEqual([[2]]);
  });

  it('spans that come after their trace was copied never let reconcile say complete over more spans at the source than in the tables', async () => {
    rootOnly(24 * hourMs);
    const prepared = await bench.prepare();
    await copy();
    const { source, warehouse } = bench;
    const reconciled = (deep: boolean): ReturnType<typeof reconcile> =>
      reconcile(
        { source, warehouse, scope: prepared.run.scope },
        {
          ...{ fromMs: prepared.fromMs, toMs: prepared.toMs, pageSize: 500, deep, mayMark: false },
          budget: { traces: 5000, bytes: 1e9 },
        },
      );
    expect(isAnythingMissing((await reconciled(true)).totals)).toBe(false);
    childrenCome();
    expect((await reconciled(true)).totals).toMatchObject({ missingSpans: 1, unexplainedSpans: 0 });
    expect(isAnythingMissing((await reconciled(false)).totals)).toBe(true);
    // The server counts no spans that lie in artifacts: equal sums prove nothing then.
    source.countSpans = () => Promise.resolve(1);
    expect((await reconciled(true)).totals).toMatchObject({ countedSpans: 1, landedSpans: 1, missingSpans: 1 });
    // A span that the source counts and does not serve.
    rootOnly(24 * hourMs);
    source.countSpans = () => Promise.resolve(2);
    const { totals } = await reconciled(true);
    expect(totals).toMatchObject({ countedSpans: 2, landedSpans: 1, missingSpans: 0, unexplainedSpans: 1 });
    expect(isAnythingMissing(totals)).toBe(true);
  });
});

describe('a span whose start is 0 or left out', () => {
  it('a span whose start is 0 or left out is a span: protobuf leaves out what is zero', () => {
    const wire = [
      { span_id: 'nloPWUgp0V8=', name: 'zero', start_time_unix_nano: 0, end_time_unix_nano: 5 },
      { span_id: 'nloPWUgp0V9=', name: 'omitted', end_time_unix_nano: 5 },
    ];
    const decoding = decodeSpans(wire);
    expect(decoding.spans.map(({ name, startTimeNs }) => [name, startTimeNs])).toEqual([
      ['zero', 0n],
      ['omitted', 0n],
    ]);
    expect(spanStateOf(storedTrace(1).info, decoding)).toBe('complete');
  });

  it('a span whose start is 0 or left out has a row without a duration, and takes none away from its neighbours', async () => {
    const bench = await openActivityBench();
    const trace = storedTrace(1);
    const [root, call] = trace.reading.spans;
    bench.source.add({ ...trace, reading: { ...trace.reading, spans: [root!, { ...call!, startTimeNs: 0n }] } });
    await bench.copy(await bench.prepare());
    const sql = 'SELECT name, duration_ms, year(start_time) FROM genai_trace_spans ORDER BY name';
    expect((await bench.warehouse.query(sql, { limit: 9 })).rows).toEqual([
      ['chat', 500, 2026],
      ['model', null, 2026],
    ]);
    const times = 'SELECT num_spans, execution_time_ms, total_tokens FROM genai_processed_traces_gold';
    expect((await bench.warehouse.query(times, { limit: 1 })).rows).toEqual([[2, 500, 15]]);
    await bench.close();
  });
});
