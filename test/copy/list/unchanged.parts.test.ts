import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { expectInvariants } from '../../contract/table-invariants.js';
import { spanReading, traceInfo } from '../../trace/arbitrary-trace.js';
import { openActivityBench } from '../activity-bench.js';
import type { ActivityBench } from '../activity-bench.js';

const numTraces = 150;
const dayMs = 86_400_000;

describe('a source that does not change', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
  });

  afterEach(() => bench.close());

  it('a source that does not change gives zero writes on every later run, whatever shape its traces have', async () => {
    const any = fc.tuple(traceInfo(), spanReading());
    fc.sample(any, { numRuns: numTraces, seed: 20260101 }).forEach(([info, reading], index) => {
      const traceId = `tr-${String(index).padStart(4, '0')}`;
      // Long ago, and not all at different times: what is not complete is settled.
      const startTimeMs = Date.UTC(2025, 0, 1) + Math.floor(index / 3);
      bench.source.add({
        info: { ...info, traceId, experimentId: '1', startTimeMs, executionTimeMs: 1 },
        reading: { ...reading, traceId },
      });
    });
    const prepared = await bench.prepare();
    const first = await bench.copy(prepared);
    expect(first.verified).toMatchObject({ state: 'complete', listed: numTraces, missing: 0 });
    const summary = await bench.warehouse.summary();
    expect(summary.traces + summary.openDeadLetters).toBe(numTraces);
    await expectInvariants(bench.warehouse);
    for (let round = 1; round <= 3; round += 1) {
      bench.source.clockMs += 1000;
      bench.source.spanReads.length = 0;
      const again = await bench.copy(await bench.prepare(), round);
      expect(again.page.batches).toEqual([]);
      expect(again.page.unchanged + again.page.deadSkipped).toBe(numTraces);
      expect(again.committed).toBeNull();
      expect(bench.source.spanReads).toEqual([]);
    }
    // Dead letters are tried again when their time has come, and nothing else is.
    bench.source.clockMs += dayMs * 2;
    const later = await bench.copy(await bench.prepare(), 4);
    expect(later.page.batches.reduce((sum, { traces }) => sum + traces, 0)).toBe(summary.openDeadLetters);
  });
});
