/** What a step does whose earlier attempts killed their workers. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createActivities } from '../../src/activities/activities.js';
import { startCursor } from '../../src/copy/list/cursor.js';
import type { ProcessBatchRequest, ProcessedBatch } from '../../src/copy/process/messages.js';
import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { storedTrace } from '../fakes/memory-source.js';

const numTraces = 10;

describe('a batch whose earlier attempts killed their workers', () => {
  let bench: ActivityBench;
  let request: ProcessBatchRequest;

  beforeEach(async () => {
    bench = await openActivityBench();
    for (let index = 0; index < numTraces; index += 1) bench.source.add(storedTrace(index));
    const { run, settings, fromMs, toMs } = await bench.prepare();
    const page = await bench.run('listPage', {
      ...{ run, settings, windowIndex: 0, round: 0, pageIndex: 0, fromMs, limitMs: toMs, tracesTaken: 0 },
      ...{ tracesLeft: 1e6, bytesLeft: 1e12, fetchesLeft: 1e6, cursor: startCursor(fromMs) },
    });
    request = { run, settings, batch: page.batches[0]! };
  });

  afterEach(() => bench.close());

  const after = (deaths: number): Promise<ProcessedBatch> => {
    const info = { activityType: 'processBatch', attempt: deaths + 1, heartbeatDetails: { deaths } };
    const environment = new MockActivityEnvironment(info);
    return environment.run(createActivities(bench.dependencies).processBatch, request);
  };

  it('a batch whose earlier attempts killed their workers is processed whole where there was no such attempt', async () => {
    const { numTraces: processed, rest } = await after(0);
    expect({ processed, rest }).toEqual({ processed: numTraces, rest: undefined });
  });

  it('a batch whose earlier attempts killed their workers is halved for each of them, and what is left becomes batches of its own', async () => {
    const once = await after(1);
    expect(once.numTraces).toBe(5);
    expect(once.rest?.reduce((sum, { traces }) => sum + traces, 0)).toBe(5);
    expect((await after(2)).numTraces).toBe(3);
  });

  it('a batch whose earlier attempts killed their workers is given up after five of them, with its key, its size and the settings to lower', async () => {
    await expect(after(5)).rejects.toMatchObject({ code: 'WorkerKilled' });
    await expect(after(5)).rejects.toThrow(`batch ${request.batch.key} with 10 traces`);
    await expect(after(5)).rejects.toThrow('TRACELIFT_BATCH_BYTES');
  });
});
