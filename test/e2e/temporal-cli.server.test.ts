import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { describeWith, mlflowUri, temporalAddress, temporalCliPath } from '../servers/require.js';
import { seedTraces } from '../servers/seed.js';
import type { Seeded } from '../servers/seed.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

const run = promisify(execFile);

describeWith(['mlflow', 'temporal'], "the commands of Temporal's own CLI", () => {
  const address = temporalAddress();
  let pipeline: LocalPipeline;
  let seeded: Seeded;

  beforeAll(async () => {
    seeded = await seedTraces({
      address: mlflowUri(),
      experimentName: `cli-${randomUUID()}`,
      numTraces: 12,
      textBytes: 300,
    });
    pipeline = await openPipeline({ mlflow: mlflowUri(), temporal: address });
  });

  afterAll(async () => pipeline.close());

  const temporal = async (...words: string[]): Promise<string> => {
    const cli = temporalCliPath();
    if (cli === null) throw new Error('there is no temporal program on this machine');
    return (await run(cli, [...words, '--address', address])).stdout;
  };

  it('the commands of Temporal’s own CLI start a backfill, show its summary and its progress', async () => {
    const workflowId = `cli-${randomUUID()}`;
    await temporal(
      ...['workflow', 'start', '--type', 'backfillTraces', '--task-queue', pipeline.taskQueue],
      ...['--workflow-id', workflowId, '--input', JSON.stringify({ experiment: seeded.experimentId })],
      ...['--static-summary', 'copy of the support bot'],
    );
    const result = (await pipeline.client.workflow.getHandle(workflowId).result()) as { totals: { landed: number } };
    expect(result.totals.landed).toBe(12);
    expect(await temporal('workflow', 'show', '--workflow-id', workflowId)).toContain('COMPLETED');
    expect(await temporal('workflow', 'query', '--workflow-id', workflowId, '--type', 'progress')).toContain(
      '"phase":"finished"',
    );
    const { events } = await pipeline.client.workflow.getHandle(workflowId).fetchHistory();
    const summaries = (events ?? []).map((event) => Buffer.from(event.userMetadata?.summary?.data ?? []).toString());
    expect(summaries).toEqual(
      expect.arrayContaining(['"window 1, page 1"', '"window 1, batch 1: 12 traces"', '"window 1: verify"']),
    );
  });

  it('the commands of Temporal’s own CLI refuse a wrong input with a message a person can act on', async () => {
    const workflowId = `cli-${randomUUID()}`;
    const words = ['workflow', 'execute', '--type', 'backfillTraces', '--task-queue', pipeline.taskQueue];
    const outcome: unknown = await temporal(
      ...words,
      '--workflow-id',
      workflowId,
      '--input',
      '{"experimnt":"1"}',
    ).catch((error: unknown) => error);
    const text = JSON.stringify(outcome, Object.getOwnPropertyNames(outcome));
    expect(text).toContain('unknown field');
    expect(text).toContain('experimnt');
  });

  it('the commands of Temporal’s own CLI run syncTraces from a schedule whose nominal time decides the range', async () => {
    const scheduleId = `cli-${randomUUID()}`;
    await temporal(
      ...['schedule', 'create', '--schedule-id', scheduleId, '--interval', '1h', '--overlap-policy', 'Skip'],
      ...['--workflow-id', scheduleId, '--type', 'syncTraces', '--task-queue', pipeline.taskQueue],
      ...['--input', JSON.stringify({ experiment: seeded.experimentId, lookbackMs: 3_600_000, monitor: false })],
    );
    await temporal('schedule', 'trigger', '--schedule-id', scheduleId);
    const runs = pipeline.client.workflow.list({ query: `TemporalScheduledById = '${scheduleId}'` });
    const completed = async (): Promise<string> => {
      for await (const one of runs) if (one.status.name === 'COMPLETED') return one.workflowId;
      throw new Error('no scheduled run has completed yet');
    };
    const workflowId = await vi.waitFor(completed, { timeout: 120_000, interval: 500 });
    await temporal('schedule', 'delete', '--schedule-id', scheduleId);
    const handle = pipeline.client.workflow.getHandle(workflowId);
    const { typedSearchAttributes } = await handle.describe();
    const scheduled = typedSearchAttributes
      .getAll()
      .find((pair) => pair.key.name === 'TemporalScheduledStartTime')?.value;
    const result = (await handle.result()) as { toMs: number };
    expect(result.toMs).toBeLessThanOrEqual((scheduled as Date).getTime());
  }, 300_000);
});
