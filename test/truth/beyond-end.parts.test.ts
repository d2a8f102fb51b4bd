import { readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { receipt as receiptView } from '../../src/cli/receipt.js';
import { paintFor } from '../../src/cli/terminal/text.js';
import { findBeyondEnd } from '../../src/copy/list/beyond-end.js';
import { emptyTotals } from '../../src/copy/run.js';
import type { RunReceipt } from '../../src/copy/close/receipt.js';
import { reconcile, reconcileBounds } from '../../src/copy/reconcile/reconcile.js';
import { TraceliftError } from '../../src/errors/index.js';
import { tracelift } from '../cli/command-line.js';
import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { storedTrace } from '../fakes/memory-source.js';

const lagMs = 300_000;
const far = Date.UTC(9999, 11, 31, 23, 59, 59);
const budget = { traces: 5000, bytes: 1e9 };

describe('traces that start beyond the end of a run', () => {
  let bench: ActivityBench;
  const id = (index: number): string => storedTrace(index).info.traceId;

  beforeEach(async () => {
    bench = await openActivityBench();
    const { clockMs } = bench.source;
    bench.source.add(
      storedTrace(1),
      storedTrace(2, { startTimeMs: clockMs + 86_400_000 }),
      storedTrace(3, { startTimeMs: Date.UTC(2163, 0, 1) }),
      storedTrace(4, { startTimeMs: far }),
    );
  });

  afterEach(() => bench.close());

  const others = (): string[] => [id(4), id(3), id(2)];

  it('traces that start beyond the end of a run are counted and named in the receipt of the run and in its summary', async () => {
    const prepared = await bench.prepare();
    const { verified } = await bench.copy(prepared);
    expect(verified).toMatchObject({ state: 'complete', listed: 1 });
    const closed = await bench.finish(prepared, { verified });
    const expected = { fromMs: prepared.toMs, traces: 3, isExact: true, traceIds: others(), lastStartMs: far };
    expect(closed.beyondEnd).toEqual(expected);
    const receipt = JSON.parse(await readFile(closed.receiptPath, 'utf8')) as RunReceipt;
    expect(receipt.beyondEnd).toEqual(expected);
    const result = {
      ...{ experimentId: '1', experimentName: 'support-bot', sourceId: 'memory', monitor: null, receiptPath: '/r' },
      ...{ fromMs: prepared.fromMs, toMs: prepared.toMs, totals: emptyTotals, idsDigest: verified.idsDigest },
      ...{ otherVersions: 0, beyondEnd: closed.beyondEnd ?? null, askedToMs: Date.UTC(2200, 0, 1) },
    };
    const text = receiptView(result, paintFor(false));
    expect(text).toContain('3 traces start at or after');
    for (const traceId of others()) expect(text).toContain(traceId);
    expect(text).toContain('not to 2200-01-01');
  });

  it.each(['SourceUnreachable', 'SourceUnauthorized'] as const)(
    'traces that start beyond the end of a run are looked for again by another command where the source says %s when the run ends: the run is finished all the same',
    async (code) => {
      const prepared = await bench.prepare();
      const { verified } = await bench.copy(prepared);
      bench.source.searchPage = () =>
        Promise.reject(new TraceliftError(code, { address: 'memory', reason: 'closed', status: 401 }));
      const closed = await bench.finish(prepared, { verified });
      expect(closed.beyondEnd).toBeNull();
      expect(JSON.parse(await readFile(closed.receiptPath, 'utf8'))).toMatchObject({
        beyondEnd: null,
        outcome: 'finished',
      });
      const result = {
        ...{ experimentId: '1', experimentName: 'support-bot', sourceId: 'memory', monitor: null, receiptPath: '/r' },
        ...{ fromMs: prepared.fromMs, toMs: prepared.toMs, totals: emptyTotals, idsDigest: verified.idsDigest },
        ...{ otherVersions: 0, beyondEnd: null, askedToMs: null },
      };
      expect(receiptView(result, paintFor(false))).toContain('tracelift plan --experiment 1');
    },
  );

  it('traces that start beyond the end of a run are counted and named by reconcile', async () => {
    const { source, warehouse } = bench;
    await warehouse.prepare();
    const parts = { source, warehouse, scope: { sourceId: 'memory', experimentId: '1' } };
    const bounds = await reconcileBounds(parts, { toMs: Date.UTC(2200, 0, 1) }, 0);
    const report = await reconcile(parts, { ...bounds, pageSize: 500, budget, deep: false, mayMark: false });
    expect(report.beyondEnd).toMatchObject({ traces: 3, traceIds: others() });
  });

  it('traces that start beyond the end of a run are counted and named by plan, which also says that its end is not the one asked for', async () => {
    const runtime = { source: () => Promise.resolve({ name: 'default', source: bench.source }) };
    const env = { MLFLOW_TRACKING_URI: 'http://mlflow' };
    const { stdout } = await tracelift(['plan', '--experiment', '1', '--to', '2200-01-01T00:00:00Z'], { runtime, env });
    expect(stdout).toContain('not to 2200-01-01');
    expect(stdout).toContain('3 traces start at or after');
    expect(stdout).toContain(others().join(', '));
  });

  it('traces that start beyond the end of a run are named before those that began just now, however many these are, and ten at the most', async () => {
    const { clockMs } = bench.source;
    const live = Array.from({ length: 600 }, (_, index) =>
      storedTrace(100 + index, { startTimeMs: clockMs - lagMs + index }),
    );
    bench.source.add(...live);
    const found = await findBeyondEnd(bench.source, '1', clockMs - lagMs);
    expect(found).toMatchObject({ traces: 603, isExact: true, lastStartMs: far });
    expect(found.traceIds.slice(0, 3)).toEqual(others());
    expect(found.traceIds).toHaveLength(10);
  });
});
