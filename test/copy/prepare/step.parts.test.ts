import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TraceliftError } from '../../../src/errors/index.js';
import { silentLog } from '../../../src/log.js';
import { storedTrace } from '../../fakes/memory-source.js';
import { openActivityBench } from '../activity-bench.js';
import type { ActivityBench } from '../activity-bench.js';

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TraceliftError) return error.code;
    throw error;
  }
  return 'no failure';
}

describe('preflight', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
  });

  afterEach(() => bench.close());

  it.each([
    ['two minutes behind', -120_000, 1],
    ['two minutes ahead', 120_000, 1],
    ['half a minute behind', -30_000, 0],
  ])(
    'preflight warns once of a source whose clock is %s, and takes the earlier time',
    async (_, offsetMs, numWarnings) => {
      const warnings: unknown[] = [];
      const log = { ...silentLog, warn: (...warning: unknown[]) => void warnings.push(warning) };
      const skewed = await openActivityBench({ log });
      try {
        const clockMs = Date.now();
        skewed.source.clockMs = clockMs + offsetMs;
        const prepared = await skewed.prepare({ clockMs });
        expect(prepared.toMs).toBe(Math.min(skewed.source.clockMs, clockMs));
        expect(warnings).toHaveLength(numWarnings);
        if (numWarnings > 0) expect(JSON.stringify(warnings)).toContain('the earlier one decides');
      } finally {
        await skewed.close();
      }
    },
  );

  /** The same experiment id, made at another time. */
  const made = (createdAtMs: number | null): void => {
    const { experiments } = bench.source;
    experiments.push({ ...experiments.pop()!, createdAtMs });
  };

  it('preflight refuses another server under the old name once rows have landed, and goes on where it is told to', async () => {
    bench.source.add(storedTrace(1));
    made(1000);
    await bench.copy(await bench.prepare());
    made(2000);
    expect(await codeOf(bench.prepare())).toBe('SourceChanged');
    await bench.prepare({ settings: { acceptChangedSource: true } });
    expect(await codeOf(bench.prepare())).toBe('no failure');
    made(1000);
    expect(await codeOf(bench.prepare())).toBe('SourceChanged');
  });

  it('preflight takes another server under the old name while nothing has landed, or where either does not say', async () => {
    bench.source.add(storedTrace(1));
    for (const createdAtMs of [1000, 2000, null, 3000]) {
      made(createdAtMs);
      expect(await codeOf(bench.prepare())).toBe('no failure');
    }
    await bench.copy(await bench.prepare());
    made(null);
    expect(await codeOf(bench.prepare())).toBe('no failure');
  });

  it.each(['genai_processed_traces_gold', 'genai_raw_traces'])(
    'preflight refuses to copy into %s where somebody wrote a row of the range a second time, and names its trace',
    async (table) => {
      bench.source.add(storedTrace(1));
      bench.source.add(storedTrace(2));
      await bench.copy(await bench.prepare());
      const twice = bench.source.traces.keys().next().value ?? '';
      await bench.write(`INSERT INTO ${table} SELECT * FROM ${table} WHERE trace_id = '${twice}'`);
      await expect(bench.prepare()).rejects.toMatchObject({
        code: 'DuplicateRows',
        message: expect.stringContaining(`1 keys more than once, of the traces ${twice}`) as string,
      });
    },
  );

  it('preflight refuses an unknown and a deleted experiment, each by its own code', async () => {
    bench.source.experiments.push({
      experimentId: '2',
      name: 'old',
      lifecycleStage: 'deleted',
      createdAtMs: null,
      unityCatalogTraces: null,
    });
    expect(await codeOf(bench.prepare({ experiment: '99' }))).toBe('ExperimentNotFound');
    expect(await codeOf(bench.prepare({ experiment: 'old' }))).toBe('ExperimentDeleted');
  });

  it('preflight refuses a range that the lag makes empty', async () => {
    const fromMs = bench.source.clockMs + 1;
    expect(await codeOf(bench.prepare({ range: { kind: 'explicit', fromMs, toMs: null } }))).toBe('RangeEmpty');
  });

  it('preflight ends a run at the lag behind the source clock, whatever the caller wants', async () => {
    bench.source.add(storedTrace(1));
    const prepared = await bench.prepare({
      settings: { lagMs: 60_000 },
      range: { kind: 'explicit', fromMs: 0, toMs: bench.source.clockMs + 1e9 },
    });
    expect(prepared.toMs).toBe(bench.source.clockMs - 60_000);
  });

  it('preflight begins a scheduled run where gap-free coverage ends', async () => {
    bench.source.add(storedTrace(1));
    const prepared = await bench.prepare();
    const scheduledMs = bench.source.clockMs;
    const first = await bench.prepare({
      range: { kind: 'scheduled', scheduledMs, lookbackMs: 1000 },
    });
    expect(first.fromMs).toBe(scheduledMs - 1000);
    const { verified } = await bench.copy(prepared);
    await bench.run('recordWindow', {
      run: prepared.run,
      workflowId: 'w',
      firstRunId: 'r',
      windowIndex: 0,
      fromMs: 0,
      toMs: scheduledMs - 500_000,
      changed: 1,
      repairRounds: 0,
      startedAtMs: 0,
      verified,
    });
    const second = await bench.prepare({
      range: { kind: 'scheduled', scheduledMs, lookbackMs: 1000 },
    });
    expect(second.fromMs).toBe(scheduledMs - 500_000);
  });
});
