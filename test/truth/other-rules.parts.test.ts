import { readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { receipt as receiptView } from '../../src/cli/receipt.js';
import { paintFor } from '../../src/cli/terminal/text.js';
import type { RunReceipt } from '../../src/copy/close/receipt.js';
import type { ClosedRun } from '../../src/copy/close/messages.js';
import { emptyTotals } from '../../src/copy/run.js';
import { createActivities } from '../../src/activities/activities.js';
import { MockActivityEnvironment } from '@temporalio/testing';
import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { storedTrace } from '../fakes/memory-source.js';

describe('a run that meets rows of other rules', () => {
  let bench: ActivityBench;

  beforeEach(async () => {
    bench = await openActivityBench();
    bench.source.add(storedTrace(1), storedTrace(2), storedTrace(3));
    await bench.copy(await bench.prepare());
  });

  afterEach(() => bench.close());

  /** Closes a run in a worker with a further dimension. */
  async function close(dimensions: ActivityBench['dependencies']['processing']['dimensions']): Promise<ClosedRun> {
    const processing = { ...bench.dependencies.processing, dimensions };
    const activities = createActivities({ ...bench.dependencies, processing });
    const run = <Result>(work: (request: never) => Promise<Result>, request: unknown): Promise<Result> =>
      new MockActivityEnvironment().run(work as (request: unknown) => Promise<Result>, request);
    const ids = { workflowId: 'test/other', firstRunId: 'first' };
    const range = { kind: 'explicit', fromMs: null, toMs: null };
    const prepared = await run(activities.preflight, {
      ...{ ...ids, experiment: '1', sourceName: null, targetName: null, settings: {}, range },
    });
    return run(activities.closeRun, {
      ...{ ...ids, run: prepared.run, experimentName: 'support-bot', outcome: 'finished', totals: emptyTotals },
      ...{ fromMs: prepared.fromMs, toMs: prepared.toMs, idsDigest: '0' },
    });
  }

  it('says how many there are, in its result, its receipt and its summary, with the command that makes them anew', async () => {
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

  it('processes them again from raw where it is asked to: dimensions appear, and no span is read again', async () => {
    const processing = {
      ...bench.dependencies.processing,
      dimensions: [{ name: 'name', from: 'tag', key: 'mlflow.traceName' }],
    };
    const other = await openActivityBench({ ...bench.dependencies, processing } as never);
    const { source, warehouse } = bench;
    const reads = source.spanReads.length;
    const before = await bench.prepare();
    const prepared = await other.prepare();
    const run = { ...prepared.run, stagingPrefix: before.run.stagingPrefix };
    const reprocessed = await other.copy({ ...prepared, run, settings: { ...prepared.settings, reprocess: true } });
    expect(reprocessed.committed).toMatchObject({ inserted: 0, updated: 3 });
    expect(reprocessed.verified).toMatchObject({ state: 'complete' });
    expect(source.spanReads).toHaveLength(reads);
    const sql = 'SELECT dim_name, total_tokens, count(*)::INT FROM genai_processed_traces_gold GROUP BY ALL';
    expect((await warehouse.query(sql, { limit: 9 })).rows).toEqual([['chat', 15, 3]]);
    const again = await other.copy({ ...prepared, run, settings: { ...prepared.settings, reprocess: true } }, 1);
    expect(again.committed).toBeNull();
    await other.close();
  });

  it('a run that meets rows of other rules says nothing where the rules are the same', async () => {
    expect((await close([])).otherVersions).toBe(0);
  });
});
