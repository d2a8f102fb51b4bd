import { randomUUID } from 'node:crypto';

import type { WorkflowExecutionInfo } from '@temporalio/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import type { LogFields } from '../../src/log.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { seedTraces } from '../servers/seed.js';
import type { Seeded } from '../servers/seed.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

/** Words that only the texts of the traces hold (test/servers/seed-content.ts), as they are and as JSON escapes them. */
const traceWords = [
  'refunds',
  'invoices',
  'Größe',
  'naïve',
  '東京',
  'データ',
  '€12.50',
  'grounded in',
  'reviewer@example',
];

const secret = `secret-${randomUUID()}`;

describeWith(['mlflow', 'temporal'], 'what Temporal and the logs get to see', () => {
  let pipeline: LocalPipeline;
  let seeded: Seeded;
  const logged: string[] = [];
  const histories: string[] = [];
  let sizes: { events: number; bytes: number }[] = [];

  /** All workflows of the queue. Lists follow a little later: fails until these are among them, and all have ended. */
  async function listed(workflowIds: readonly string[]): Promise<WorkflowExecutionInfo[]> {
    const executions: WorkflowExecutionInfo[] = [];
    const query = `TaskQueue = '${pipeline.taskQueue}'`;
    for await (const execution of pipeline.client.workflow.list({ query })) executions.push(execution);
    expect(executions.map((one) => one.workflowId)).toEqual(expect.arrayContaining([...workflowIds]));
    expect(executions.map((one) => one.status.name)).not.toContain('RUNNING');
    return executions;
  }

  beforeAll(async () => {
    const record = (message: string, fields?: LogFields): void => {
      logged.push(`${message} ${JSON.stringify(fields ?? {})}`);
    };
    seeded = await seedTraces({
      address: mlflowUri(),
      experimentName: `privacy-${randomUUID()}`,
      numTraces: 120,
      textBytes: 900,
      withAssessments: true,
    });
    pipeline = await openPipeline({
      mlflow: mlflowUri(),
      temporal: temporalAddress(),
      log: { debug: record, info: record, warn: record, error: record },
      env: {
        MLFLOW_TRACKING_TOKEN: secret,
        TRACELIFT_USER_HASH_KEY: secret,
        TRACELIFT_WINDOW_TRACES: '30',
        TRACELIFT_PAGE_SIZE: '20',
      },
    });
    const handle = await pipeline.start('backfillTraces', { experiment: seeded.experimentId });
    const result = (await handle.result()) as RunResult;
    expect(result.totals.landed).toBe(120);
    const failing = await pipeline.start('backfillTraces', { experiment: 'no such experiment' });
    await failing.result().catch(() => null);
    const executions = await vi.waitFor(() => listed([handle.workflowId, failing.workflowId]), 60_000);
    for (const execution of executions) {
      const history = await pipeline.client.workflow.getHandle(execution.workflowId, execution.runId).fetchHistory();
      const text = JSON.stringify(history, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
      );
      histories.push(text);
      sizes = [...sizes, { events: history.events?.length ?? 0, bytes: text.length }];
    }
  });

  afterAll(async () => pipeline.close());

  it('neither Temporal nor the logs get to see text of any trace', () => {
    const seen = [...histories, ...logged].join('\n');
    expect(histories.length).toBeGreaterThan(4);
    const texts = JSON.stringify(Array.from({ length: 20 }, (_, index) => seeded.traceAt(index).inputs));
    expect(texts).toContain('refunds');
    expect(traceWords.filter((word) => seen.includes(word))).toEqual([]);
  });

  it('neither Temporal nor the logs get to see a secret', () => {
    expect([...histories, ...logged].filter((text) => text.includes(secret))).toEqual([]);
  });

  it('what Temporal and the logs get to see stays small: every history far below the limits of a server', () => {
    for (const { events, bytes } of sizes) {
      expect(events).toBeLessThan(2000);
      expect(bytes).toBeLessThan(2 * 1024 * 1024);
    }
  });
});
