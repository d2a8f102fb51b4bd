import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { verifiedIntervals } from '../../src/copy/prepare/coverage.js';
import { listWindow } from '../../src/copy/list/list-window.js';
import type { Dump } from '../contract/dump-tables.js';
import { isListing, isSpanBatch } from '../fakes/faulty-mlflow.js';
import type { Match } from '../fakes/faulty-mlflow.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { addAssessment, deleteTraces, exportSpans, makeSeedTrace, seedTraces, setTag } from '../servers/seed.js';
import type { SeedTrace } from '../servers/seed.js';
import { openFaultBench } from './fault-bench.js';
import type { FaultBench } from './fault-bench.js';

const numTraces = 22;
const startMs = Date.parse('2026-01-01T00:00:00Z');
/** Longer ago than any trace here: what is not complete stays in work. */
const settleMs = 20 * 365 * 86_400_000;

describeWith(['mlflow', 'temporal'], 'a copy of a source that moves while it is listed', () => {
  let bench: FaultBench;
  let seed = 10;
  const address = mlflowUri();

  beforeAll(async () => {
    bench = await openFaultBench({ mlflow: address, temporal: temporalAddress() }, { numTraces });
  });

  afterEach(() => bench.proxy.heal());

  afterAll(() => bench.close());

  const insert = async (atMs: number, count = 1): Promise<readonly string[]> => {
    seed += 1;
    const { experimentName } = bench;
    const shape = { textBytes: 600, seed, startTimeMs: atMs, spacingMs: 7 };
    return (await seedTraces({ address, experimentName, numTraces: count, ...shape })).traceIds;
  };
  const trace = (atMs: number): SeedTrace => {
    seed += 1;
    return makeSeedTrace(bench.seeded.experimentId, seed, 0, atMs, { textBytes: 600 });
  };
  const id = (index: number): string => bench.seeded.traceIds[index] ?? '';
  const send = (part: SeedTrace, which: (isRoot: boolean) => boolean): Promise<void> => {
    const spans = part.spans.filter((span) => which(span.parentSpanId === null));
    return exportSpans(address, bench.seeded.experimentId, [{ traceId: part.traceId, spans }]);
  };

  /** What the source lists now. */
  async function listed(fromMs = 0, limitMs = Date.now()): Promise<string[]> {
    const { source } = await bench.pipeline.runtime.source(null);
    const listing = { experimentId: bench.seeded.experimentId, pageSize: 500 };
    const { traces } = await listWindow(source, listing, { fromMs, limitMs }, {});
    return [...traces.keys()].toSorted();
  }

  /** Rows of the traces that the source still has: those that it deleted are kept by a copy that saw them. */
  function ofThese(ids: readonly string[], tables: Dump): Dump {
    const wanted = new Set(ids);
    const kept = Object.entries(tables).map(([role, rows]) => [
      role,
      rows.filter((row) => row['trace_id'] === undefined || wanted.has(String(row['trace_id']))),
    ]);
    return Object.fromEntries(kept) as Dump;
  }

  const goldIds = async (target: string): Promise<string[]> =>
    ((await bench.tables(target))['gold'] ?? []).map((row) => String(row['trace_id'])).toSorted();

  /** Runs a copy while `change` is called before every n-th matching request. */
  async function copyWhile(
    on: Match,
    change: (nth: number) => Promise<unknown>,
    input: Readonly<Record<string, number>> = {},
  ): Promise<string> {
    const target = bench.newTarget();
    bench.proxy.before(on, async (nth) => {
      await change(nth);
    });
    await bench.copy(target, { settleMs, ...input });
    bench.proxy.heal();
    return target;
  }

  /** Every window that counts as verified holds all that the source lists for it. */
  async function expectVerified(target: string): Promise<void> {
    const warehouse = await bench.warehouse(target);
    const gold = await goldIds(target);
    const scope = { sourceId: 'source', experimentId: bench.seeded.experimentId };
    for (const { fromMs, toMs } of verifiedIntervals(await warehouse.windowChecks(scope))) {
      expect(gold).toEqual(expect.arrayContaining(await listed(fromMs, toMs)));
    }
  }

  /** A following sync takes the rest; then the tables are those of a copy that begins now. */
  async function expectCaughtUp(target: string): Promise<void> {
    await bench.sync(target, { lookbackMs: 400 * 86_400_000, settleMs });
    const now = await listed();
    const fresh = bench.newTarget();
    await bench.copy(fresh, { settleMs });
    expect(ofThese(now, await bench.tables(target))).toEqual(await bench.tables(fresh));
  }

  it('a copy of a source that moves while it is listed has the traces that were inserted before, at and behind the position of the listing', async () => {
    const inserted: string[] = [];
    const target = await copyWhile(isListing, async (nth) => {
      if (nth === 2) inserted.push(...(await insert(startMs + 500, 2)), ...(await insert(startMs + 4000)));
      if (nth === 4) inserted.push(...(await insert(startMs + 19_500, 2)));
    });
    expect(inserted).toHaveLength(5);
    expect(await goldIds(target)).toEqual(expect.arrayContaining(inserted));
    await expectVerified(target);
    await expectCaughtUp(target);
  });

  it('a copy of a source that moves while it is listed skips nothing when traces in front of the position are deleted', async () => {
    const target = await copyWhile(isListing, async (nth) => {
      if (nth === 2) await deleteTraces(address, bench.seeded.experimentId, [id(0), id(1), id(18)]);
      if (nth === 5) await deleteTraces(address, bench.seeded.experimentId, [id(5), id(6)]);
    });
    await expectVerified(target);
    await expectCaughtUp(target);
  });

  it('a copy of a source that moves while it is listed follows traces that are assessed and tagged before and after they were listed', async () => {
    const helpful = { assessment_name: 'helpful', source: { source_type: 'HUMAN', source_id: 'ann' } };
    const target = await copyWhile(isListing, async (nth) => {
      if (nth !== 3) return;
      await addAssessment(address, id(2), { ...helpful, feedback: { value: 0.2 } });
      await addAssessment(address, id(20), { ...helpful, feedback: { value: 0.9 } });
      await setTag(address, id(3), 'reviewed', 'yes');
    });
    await expectVerified(target);
    await expectCaughtUp(target);
  });

  it('a copy of a source that moves while it is listed follows traces that grow: late children, a late root, a root that moves the start of its trace', async () => {
    const parts = [trace(startMs + 1500), trace(startMs + 12_500), trace(startMs + 17_500)];
    for (const part of parts) await send(part, (isRoot) => !isRoot);
    const target = await copyWhile(isSpanBatch, async (nth) => {
      const part = parts[nth - 1];
      if (part !== undefined) await send(part, (isRoot) => isRoot);
    });
    await expectVerified(target);
    await expectCaughtUp(target);
    const ids = parts.map((part) => `'${part.traceId}'`).join(', ');
    const { rows } = await (
      await bench.warehouse(target)
    ).query(
      `SELECT num_spans::INTEGER, span_state FROM genai_processed_traces_gold
       WHERE trace_id IN (${ids}) ORDER BY list_position([${ids}], trace_id)`,
      { limit: 10 },
    );
    // Of traces from OTLP nobody says how many spans they have: none is called complete before it is settled.
    expect(rows).toEqual(parts.map((part) => [part.spans.length, 'partial']));
  });

  it('a copy of a source that moves while it is listed has everything exactly once when all of this happens at every page', async () => {
    const changes: readonly ((nth: number) => Promise<unknown>)[] = [
      (nth) => insert(startMs + nth * 700 + 3),
      (nth) => deleteTraces(address, bench.seeded.experimentId, [id(7 + (nth % 10))]),
      (nth) => setTag(address, id(19), 'visits', String(nth)),
      (nth) => send(trace(startMs + nth * 900), () => true),
    ];
    const target = await copyWhile(isListing, async (nth) => {
      if (nth <= 16) await changes[nth % changes.length]?.(nth);
    });
    await expectVerified(target);
    await expectCaughtUp(target);
  });

  it('a copy of a source that moves while it is listed leaves a window to the next run, whatever its look-back, where every look finds more traces', async () => {
    const oneWindow = { windowTraces: 1000, pageSize: 500 };
    const target = await copyWhile(isListing, (nth) => insert(startMs + 16_000 + nth * 11), oneWindow);
    const [window] = await (await bench.warehouse(target)).ledger({ limit: 1 });
    expect(window).toMatchObject({ state: 'moving', repair_rounds: 2, missing: 1 });
    await bench.sync(target, { lookbackMs: 0, settleMs });
    expect(await goldIds(target)).toEqual(await listed());
  });
});
