import { readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TraceliftError } from '../../src/errors/index.js';
import type { RunReceipt } from '../../src/copy/close/receipt.js';
import { startCursor } from '../../src/copy/list/cursor.js';
import { manifestKey, windowPrefix } from '../../src/copy/staging-layout.js';
import { feedback, storedTrace } from '../fakes/memory-source.js';
import { openActivityBench } from './activity-bench.js';
import type { ActivityBench } from './activity-bench.js';

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TraceliftError) return error.code;
    throw error;
  }
  return 'no failure';
}

describe('the activities of a copy', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
  });

  afterEach(() => bench.close());

  it('the activities of a copy land every listed trace once, and find no difference the second time', async () => {
    bench.source.add(...Array.from({ length: 250 }, (_, index) => storedTrace(index)));
    const prepared = await bench.prepare();
    expect(prepared).toMatchObject({ expectedTraces: 250, experimentName: 'support-bot', hasWebhook: true });
    const first = await bench.copy(prepared);
    expect(first.page).toMatchObject({ listed: 250, unchanged: 0 });
    expect(await bench.differences(first.page)).toEqual({ new: 250 });
    expect(first.files.map((file) => file.numTraces)).toEqual([100, 100, 50]);
    expect(first.committed).toMatchObject({ inserted: 250, updated: 0 });
    expect(first.verified).toMatchObject({ state: 'complete', listed: 250, landed: 250, missing: 0, extra: 0 });
    const second = await bench.copy(prepared, 1);
    expect(second.page).toMatchObject({ unchanged: 250, batches: [] });
    expect(second.committed).toBeNull();
  });

  it('the activities of a copy answer what a commit wrote, also where the worker died before anybody heard of it', async () => {
    bench.source.add(storedTrace(1), storedTrace(2));
    const prepared = await bench.prepare();
    const { files } = await bench.copy(prepared);
    const { run } = prepared;
    const request = { run, manifestKey: manifestKey(windowPrefix(run.stagingPrefix, 0, 0)) };
    expect(files.length).toBeGreaterThan(0);
    // Gold is written already: the next attempt of the same commit finds nothing to do.
    for (const attempt of [2, 3]) {
      expect(await bench.run('commitManifest', request, { attempt })).toMatchObject({ inserted: 2, updated: 0 });
    }
    // The same files in a commit of their own change nothing, and say so.
    const again = { run, manifestKey: manifestKey(windowPrefix(run.stagingPrefix, 1, 0)) };
    await bench.run('sealWindow', { ...again, settings: prepared.settings, files });
    expect(await bench.run('commitManifest', again, { attempt: 2 })).toMatchObject({ inserted: 0, updated: 0 });
  });

  it('the activities of a copy refuse a source whose experiment became another one under the same id, or went away, before anything lands', async () => {
    bench.source.add(storedTrace(1));
    const prepared = await bench.prepare();
    const { experiments } = bench.source;
    experiments.push({ ...experiments.pop()!, createdAtMs: 2 });
    expect(await codeOf(bench.copy(prepared))).toBe('SourceChanged');
    experiments.pop();
    expect(await codeOf(bench.copy(prepared))).toBe('SourceChanged');
    expect((await bench.warehouse.summary()).traces).toBe(0);
  });

  it('the activities of a copy list again where the source counts other traces than a listing that found nothing to do', async () => {
    bench.source.add(storedTrace(1));
    const { run, settings, fromMs, toMs } = await bench.prepare();
    const request = { run, settings, fromMs, toMs, seenKeys: [], relist: false };
    expect(await bench.run('verifyWindow', request)).toMatchObject({ state: 'moving', listed: 1, missing: 1 });
  });

  it('the activities of a copy begin where the tables begin when the source lists nothing any more', async () => {
    bench.source.add(storedTrace(1));
    await bench.copy(await bench.prepare());
    bench.source.traces.clear();
    const prepared = await bench.prepare();
    expect(prepared.fromMs).toBe(storedTrace(1).info.startTimeMs);
    expect((await bench.copy(prepared)).verified.state).toBe('suspicious');
  });

  it('the activities of a copy take the spans of a trace whose info alone changed from raw, without asking the source again', async () => {
    bench.source.add(storedTrace(1), storedTrace(2));
    const prepared = await bench.prepare();
    await bench.copy(prepared);
    const changed = storedTrace(2, { assessments: [feedback('helpful', 'yes')] });
    bench.source.add(changed);
    bench.source.spanReads.length = 0;
    bench.source.clockMs += 1000;
    const again = await bench.copy(prepared, 1);
    expect(again.page).toMatchObject({ unchanged: 1 });
    expect(await bench.differences(again.page)).toEqual({ info: 1 });
    expect(again.committed).toMatchObject({ inserted: 0, updated: 1 });
    expect(bench.source.spanReads).toEqual([]);
    const { rows } = await bench.warehouse.query(
      'SELECT num_spans, metric_helpful FROM genai_processed_traces_gold ORDER BY trace_id',
      { limit: 10 },
    );
    expect(rows).toEqual([
      [2, null],
      [2, 1],
    ]);
  });

  it('the activities of a copy ask the source again when a changed info announces more spans than raw has', async () => {
    const [first, grown] = [storedTrace(1), storedTrace(1)];
    const [root] = grown.reading.spans;
    bench.source.add(first);
    const prepared = await bench.prepare();
    await bench.copy(prepared);
    const late = { ...root!, spanId: 'late', parentSpanId: root!.spanId };
    bench.source.add({
      info: { ...grown.info, metadata: { 'mlflow.trace.sizeStats': '{"num_spans": 3}' } },
      reading: { ...grown.reading, spans: [...grown.reading.spans, late] },
    });
    bench.source.spanReads.length = 0;
    bench.source.clockMs += 1000;
    const { page } = await bench.copy(prepared, 1);
    expect(await bench.differences(page)).toEqual({ info: 1 });
    expect(bench.source.spanReads).toEqual([first.info.traceId]);
    const sql = 'SELECT num_spans FROM genai_processed_traces_gold';
    expect((await bench.warehouse.query(sql, { limit: 2 })).rows).toEqual([[3]]);
  });

  it('the activities of a copy put a trace that the source cannot serve into the dead letters and go on', async () => {
    bench.source.add(storedTrace(1), { ...storedTrace(2), isPoisoned: true }, storedTrace(3));
    const prepared = await bench.prepare();
    const copied = await bench.copy(prepared);
    expect(copied.files[0]).toMatchObject({ numTraces: 3, numDeadLetters: 1 });
    expect(copied.verified).toMatchObject({ state: 'complete', landed: 2, deadLettered: 1 });
    const again = await bench.copy(prepared, 1);
    expect(again.page).toMatchObject({ unchanged: 2, deadSkipped: 1 });
    bench.source.add({ ...storedTrace(2), isPoisoned: false });
    bench.source.clockMs += 1000;
    const healed = await bench.copy(prepared, 2);
    expect(healed.verified).toMatchObject({ landed: 3, deadLettered: 0 });
    expect(await bench.warehouse.openDeadLetters(prepared.run.scope, [storedTrace(2).info.traceId])).toEqual([]);
  });

  it('the activities of a copy call a row extra when even a look-up by id no longer finds its trace', async () => {
    bench.source.add(...Array.from({ length: 5 }, (_, index) => storedTrace(index)));
    const prepared = await bench.prepare();
    await bench.copy(prepared);
    bench.source.traces.delete(storedTrace(3).info.traceId);
    const again = await bench.copy(prepared, 1);
    expect(again.verified).toMatchObject({ state: 'complete', listed: 4, landed: 4, extra: 1 });
  });

  it('the activities of a copy keep one row for a trace whose start moved', async () => {
    bench.source.add(storedTrace(1), storedTrace(2));
    const prepared = await bench.prepare();
    await bench.copy(prepared);
    const moved = storedTrace(2).info.startTimeMs - 1500;
    bench.source.add(storedTrace(2, { startTimeMs: moved }));
    bench.source.clockMs += 1000;
    await bench.copy(await bench.prepare(), 1);
    const { rows } = await bench.warehouse.query('SELECT count(*)::INTEGER, min(start_time_ms) FROM genai_raw_traces', {
      limit: 1,
    });
    expect(rows).toEqual([[2, moved]]);
  });

  it('the activities of a copy stage every attempt in a file of its own, so that a late attempt cannot touch its successor', async () => {
    bench.source.add(storedTrace(1));
    const { run, settings, fromMs, toMs } = await bench.prepare();
    const { page } = await bench.copy({ ...(await bench.prepare()), fromMs, toMs });
    const [batch] = page.batches;
    if (batch === undefined) throw new Error('no batch was staged');
    const first = await bench.run('processBatch', { run, settings, batch }, { attempt: 1 });
    const second = await bench.run('processBatch', { run, settings, batch }, { attempt: 2 });
    expect(first.key).not.toBe(second.key);
    const request = {
      ...{ run, settings, windowIndex: 0, round: 1, pageIndex: 0, fromMs, limitMs: toMs, tracesTaken: 0 },
      ...{ tracesLeft: 100, bytesLeft: 1e9, fetchesLeft: 100, cursor: startCursor(fromMs) },
    };
    const [early, late] = [
      await bench.run('listPage', request, { attempt: 1 }),
      await bench.run('listPage', request, { attempt: 2 }),
    ];
    expect(early.seenKey).not.toBe(late.seenKey);
  });

  it('the activities of a copy write a receipt with one ledger row per window', async () => {
    bench.source.add(storedTrace(1));
    const prepared = await bench.prepare();
    const { verified } = await bench.copy(prepared);
    const closed = await bench.finish(prepared, { verified });
    const receipt = JSON.parse(await readFile(closed.receiptPath, 'utf8')) as RunReceipt;
    expect(receipt).toMatchObject({
      ...{ traceliftVersion: '0.0.0', sourceVersion: null, sourceId: 'memory', experimentId: '1' },
      ...{ outcome: 'finished', idsDigest: verified.idsDigest, schemaVersion: expect.any(Number) as number },
    });
    expect(receipt.windows).toMatchObject([
      { state: 'complete', listed: 1, landed: 1, ids_digest: verified.idsDigest },
    ]);
  });
});

describe('a worker with other settings', () => {
  it('a worker with other settings refuses the steps of a run that was not prepared for it', async () => {
    const bench = await openActivityBench();
    try {
      bench.source.add(storedTrace(1));
      const prepared = await bench.prepare();
      const other = { ...prepared, run: { ...prepared.run, targetFingerprint: 'another' } };
      expect(await codeOf(bench.copy(other))).toBe('WrongWorker');
    } finally {
      await bench.close();
    }
  });

  it('a worker with other settings refuses to remove files outside its run', async () => {
    const bench = await openActivityBench();
    try {
      bench.source.add(storedTrace(1));
      const { run } = await bench.prepare();
      expect(await codeOf(bench.run('removeStaged', { run, prefix: 'elsewhere' }))).toBe('Internal');
    } finally {
      await bench.close();
    }
  });
});
