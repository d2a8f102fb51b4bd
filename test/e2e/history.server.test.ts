import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { WorkflowExecutionInfo } from '@temporalio/client';

import type { RunResult } from '../../src/workflows/contract.js';
import { feedback, MemorySource, storedTrace } from '../fakes/memory-source.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

const numTraces = 20_000;
/** Of one run. Temporal warns at 10,000 events and at 10 MB, and ends a run at five times as much. */
const maxEvents = 2000;
const maxBytes = 2_000_000;

describeWith(['temporal'], 'a backfill of 20,000 traces with the default settings', () => {
  let pipeline: LocalPipeline;
  const source = new MemorySource();
  const scores = [feedback('relevance', 'yes'), feedback('groundedness', 0.5)];

  beforeAll(async () => {
    for (let index = 0; index < numTraces; index += 1) source.add(storedTrace(index, { assessments: scores }));
    source.clockMs = Date.UTC(2026, 1, 1);
    pipeline = await openPipeline({
      // Nobody asks it: the traces are in memory, so that the test takes seconds.
      ...{ mlflow: 'http://mlflow.invalid', temporal: temporalAddress() },
      wrap: (dependencies) => ({ ...dependencies, source: () => Promise.resolve({ name: 'default', source }) }),
    });
  });

  afterAll(() => pipeline.close());

  /** Every run of a workflow. Lists of workflows follow a little later: fails until all its runs have ended in them. */
  async function closedRuns(workflowId: string): Promise<WorkflowExecutionInfo[]> {
    const runs: WorkflowExecutionInfo[] = [];
    for await (const run of pipeline.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
    const states = runs.map((run) => run.status.name);
    expect(states).toContain('COMPLETED');
    expect(states).not.toContain('RUNNING');
    return runs;
  }

  it('a backfill of 20,000 traces with the default settings keeps the history of each of its runs short and small', async () => {
    const handle = await pipeline.start('backfillTraces', { experiment: '1', monitor: false });
    const { totals } = (await handle.result()) as RunResult;
    expect(totals).toMatchObject({ listed: numTraces, landed: numTraces, inserted: numTraces, missing: 0 });
    expect(totals.batches).toBeGreaterThanOrEqual(numTraces / 250);
    const runs = await vi.waitFor(() => closedRuns(handle.workflowId), 60_000);
    expect(runs.length).toBeGreaterThan(0);
    for (const { runId, historyLength } of runs) {
      const { historySize = 0 } = await pipeline.client.workflow.getHandle(handle.workflowId, runId).describe();
      expect(historyLength).toBeGreaterThan(0);
      expect(historyLength).toBeLessThan(maxEvents);
      expect(historySize).toBeGreaterThan(0);
      expect(historySize).toBeLessThan(maxBytes);
    }
  }, 400_000);

  it('a backfill of 20,000 traces with the default settings is followed by a refresh that takes the 50 traces that were assessed since, and fetches no spans for them', async () => {
    const reviewed = Array.from({ length: 50 }, (_, index) => index * 400 + 7);
    const assessments = [...scores, feedback('helpful', true)];
    source.add(...reviewed.map((index) => storedTrace(index, { assessments })));
    source.clockMs += 86_400_000;
    const before = source.spanReads.length;
    const { totals } = await pipeline.run<RunResult>('backfillTraces', { experiment: '1', monitor: false });
    expect(totals).toMatchObject({ inserted: 0, updated: 50, unchanged: numTraces - 50 });
    // The list has their assessments, and their spans are complete.
    expect(source.spanReads.slice(before)).toEqual([]);
  }, 400_000);
});
