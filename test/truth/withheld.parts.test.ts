import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { feedback, storedTrace } from '../fakes/memory-source.js';

const numTraces = 40;
const indexes = Array.from({ length: numTraces }, (_, index) => index);

describe('a source that suddenly shows less', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
    assess(indexes, [feedback('grade', 0.9), feedback('safety', 'yes')]);
    const { verified } = await bench.copy(await bench.prepare());
    expect(verified).toMatchObject({ state: 'complete', landed: numTraces, suspicion: null });
  });

  afterEach(() => bench.close());

  const assess = (of: readonly number[], assessments: ReturnType<typeof feedback>[]): void => {
    bench.source.clockMs += 1000;
    bench.source.add(...of.map((index) => storedTrace(index, { assessments })));
  };
  const count = async (what: string): Promise<unknown> =>
    (await bench.warehouse.query(`SELECT ${what} FROM genai_processed_traces_gold`, { limit: 1 })).rows[0]?.[0];

  it.each([
    ['no assessments', []],
    ['only some of the assessments', [feedback('safety', 'yes')]],
  ])(
    'a source that suddenly shows less shows %s of most traces: all are kept, the window is suspicious, the traces are named',
    async (_, left) => {
      assess(indexes, left);
      for (const round of [0, 1]) {
        const { verified, committed } = await bench.copy(await bench.prepare(), round);
        expect(committed).toBeNull();
        expect(verified).toMatchObject({
          ...{ state: 'suspicious', missing: 0, landed: numTraces },
          suspicion: { of: 'assessments', count: numTraces },
        });
        expect(verified.suspicion?.traceIds).toHaveLength(10);
      }
      expect(await count('count(metric_grade)::INT')).toBe(numTraces);
      const sql = 'SELECT count(*)::INT FROM genai_trace_assessments WHERE is_current AND deleted_at IS NULL';
      expect((await bench.warehouse.query(sql, { limit: 1 })).rows).toEqual([[2 * numTraces]]);
    },
  );

  it('changes beside withheld assessments are copied, and what is withheld is kept', async () => {
    assess(indexes.slice(0, 30), []);
    bench.source.add(
      storedTrace(35, { state: 'ERROR', assessments: [feedback('grade', 0.1), feedback('safety', 'no')] }),
    );
    bench.source.add(storedTrace(numTraces));
    const { verified, committed } = await bench.copy(await bench.prepare());
    expect(committed).toMatchObject({ inserted: 1, updated: 1 });
    expect(verified).toMatchObject({ state: 'suspicious', missing: 0, suspicion: { of: 'assessments', count: 30 } });
    expect(await count('count(metric_grade)::INT')).toBe(numTraces);
    expect(await count('min(metric_grade)')).toBe(0.1);
  });

  it('a source that shows all again after it withheld some is copied as ever', async () => {
    assess(indexes, []);
    await bench.copy(await bench.prepare());
    assess(indexes, [feedback('grade', 0.5), feedback('safety', 'yes')]);
    expect((await bench.copy(await bench.prepare())).verified).toMatchObject({ state: 'complete', suspicion: null });
    expect(await count('max(metric_grade)')).toBe(0.5);
  });

  /** A copy by a run that was told that what is gone was deleted on purpose. */
  const accept = async (): ReturnType<ActivityBench['copy']> =>
    bench.copy(await bench.prepare({ settings: { acceptDeletions: true } }));

  it('lost most assessments on purpose: a run that accepts deletions takes them away', async () => {
    assess(indexes, [feedback('safety', 'yes')]);
    expect((await bench.copy(await bench.prepare())).verified).toMatchObject({ state: 'suspicious' });
    expect((await accept()).verified).toMatchObject({ state: 'complete', suspicion: null });
    expect(await count('count(metric_grade)::INT')).toBe(0);
    expect((await bench.copy(await bench.prepare())).verified).toMatchObject({ state: 'complete' });
  });

  it.each([
    ['most', 30],
    ['all', numTraces],
  ])(
    'lost %s traces on purpose: a run that accepts deletions marks them, and the window is no longer suspicious',
    async (_, lost) => {
      for (const index of indexes.slice(0, lost)) bench.source.traces.delete(storedTrace(index).info.traceId);
      for (const round of [0, 1]) {
        const { verified } = await bench.copy(await bench.prepare(), round);
        expect(verified).toMatchObject({ state: 'suspicious', extra: 0, suspicion: { of: 'traces', count: lost } });
      }
      expect((await accept()).verified).toMatchObject({ state: 'complete', extra: lost, suspicion: null });
      expect(await count('count(deleted_at_source)::INT')).toBe(lost);
      expect((await bench.copy(await bench.prepare())).verified).toMatchObject({ state: 'complete', extra: 0 });
    },
  );

  it('a source that suddenly shows less hides traces that a look-up by id still finds: these stay, also where deletions are accepted', async () => {
    const { source } = bench;
    const search = source.searchPage.bind(source);
    source.searchPage = async (request) => ({ ...(await search(request)), infos: [] });
    const { verified } = await accept();
    expect(verified).toMatchObject({ state: 'suspicious', extra: 0, suspicion: { of: 'traces', count: numTraces } });
    expect(await count('count(deleted_at_source)::INT')).toBe(0);
  });

  it('a source that suddenly shows less loses the assessments of a few traces only: these were deleted', async () => {
    assess(indexes.slice(0, 3), []);
    const { verified } = await bench.copy(await bench.prepare());
    expect(verified).toMatchObject({ state: 'complete', suspicion: null });
    expect(await count('count(metric_grade)::INT')).toBe(numTraces - 3);
  });

  it('a source that suddenly shows less lists most traces no more, although as many new ones came: nothing is concluded, and they are named', async () => {
    for (const index of indexes.slice(10)) bench.source.traces.delete(storedTrace(index).info.traceId);
    bench.source.add(...indexes.map((index) => storedTrace(100 + index)));
    const { verified } = await bench.copy(await bench.prepare());
    expect(verified).toMatchObject({ state: 'suspicious', extra: 0, suspicion: { of: 'traces', count: 30 } });
    expect(verified.suspicion?.traceIds).toContain(storedTrace(10).info.traceId);
    expect(await count('count(*)::INT')).toBe(2 * numTraces);
  });
});
