import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { receipt as receiptView } from '../../src/cli/receipt.js';
import { paintFor } from '../../src/cli/terminal/text.js';
import type { RunReceipt } from '../../src/copy/close/receipt.js';
import type { ClosedRun } from '../../src/copy/close/messages.js';
import { emptyTotals } from '../../src/copy/run.js';
import type { ReadableTarget } from '../../src/wiring/index.js';
import { newFolder, tracelift } from '../cli/command-line.js';
import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { storedTrace } from '../fakes/memory-source.js';

type Dimensions = ActivityBench['dependencies']['processing']['dimensions'];

describe('a run that meets rows of other rules', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
    bench.source.add(storedTrace(1), storedTrace(2), storedTrace(3));
    await bench.copy(await bench.prepare());
  });

  afterEach(() => bench.close());

  /** A bench over the same source and tables whose worker has these dimensions. */
  const withDimensions = (dimensions: Dimensions): Promise<ActivityBench> =>
    openActivityBench({ ...bench.dependencies, processing: { ...bench.dependencies.processing, dimensions } });

  /** Closes a run in such a worker. */
  async function close(dimensions: Dimensions): Promise<ClosedRun> {
    const other = await withDimensions(dimensions);
    const closed = await other.finish(await other.prepare());
    await other.close();
    return closed;
  }

  it('a run that meets rows of other rules says how many there are, in its result, its receipt and its summary, with the command that makes them anew', async () => {
    const closed = await close([{ name: 'team', from: 'tag', key: 'team' }]);
    expect(closed.otherVersions).toBe(3);
    const receipt = JSON.parse(await readFile(closed.receiptPath, 'utf8')) as RunReceipt;
    expect(receipt.otherVersions).toBe(3);
    const result = {
      ...{ experimentId: '1', experimentName: 'support-bot', sourceId: 'memory', monitor: null, receiptPath: '/r' },
      ...{ fromMs: 0, toMs: 1, totals: emptyTotals, idsDigest: '0', beyondEnd: null, askedToMs: null },
    };
    const text = receiptView({ ...result, otherVersions: 3 }, paintFor(false));
    expect(text).toContain('3 traces in the tables were made by other rules');
    expect(text).toContain('tracelift backfill --experiment 1 --reprocess');
    expect(receiptView({ ...result, otherVersions: 0 }, paintFor(false))).not.toContain('--reprocess');
  });

  it('rows of other rules are counted by tracelift status too, with the commands that make them anew', async () => {
    const folder = newFolder();
    // It must be there: a command that reads makes no tables.
    await writeFile(join(folder, 'tracelift.duckdb'), '');
    const { warehouse } = bench;
    const readable = { name: 'local', warehouse, copiedAtMs: null, close: () => Promise.resolve() };
    const runtime = {
      readTarget: () => Promise.resolve(readable as unknown as ReadableTarget),
      processVersion: 'other',
    };
    const { stdout } = await tracelift(['status'], { runtime, env: { TRACELIFT_DATA: folder } });
    expect(stdout).toContain('3 traces made by other rules than those of this configuration');
    expect(stdout).toContain('`tracelift backfill --reprocess`');
  });

  it('a run that meets rows of other rules processes them again from raw where it is asked to: dimensions appear, and no span is read again', async () => {
    const other = await withDimensions([{ name: 'name', from: 'tag', key: 'mlflow.traceName' }]);
    const { source, warehouse } = bench;
    const reads = source.spanReads.length;
    const prepared = await other.prepare({ settings: { reprocess: true } });
    const reprocessed = await other.copy(prepared);
    expect(reprocessed.committed).toMatchObject({ inserted: 0, updated: 3 });
    expect(reprocessed.verified).toMatchObject({ state: 'complete' });
    expect(source.spanReads).toHaveLength(reads);
    const sql = 'SELECT dim_name, total_tokens, count(*)::INT FROM genai_processed_traces_gold GROUP BY ALL';
    expect((await warehouse.query(sql, { limit: 9 })).rows).toEqual([['chat', 15, 3]]);
    const again = await other.copy(prepared, 1);
    expect(again.committed).toBeNull();
    await other.close();
  });

  it('a run that meets rows of other rules says nothing where the rules are the same', async () => {
    expect((await close([])).otherVersions).toBe(0);
  });
});
