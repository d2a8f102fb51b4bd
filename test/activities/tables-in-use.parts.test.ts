import type { Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';

import { tablesInUse } from '../../src/activities/tables-in-use.js';
import { TraceliftError } from '../../src/errors/index.js';

const inUse = new TraceliftError('WarehouseHeldByProcess', { path: '/data/tables.duckdb', pid: '4711' });
const own = `${String(process.pid)}@here`;

/** An activity's context on a queue that these workers poll. */
function contextWith(workers: readonly string[] | Error, attempt = 1): Context {
  const describeTaskQueue = async () => {
    if (workers instanceof Error) throw workers;
    return { pollers: workers.map((identity) => ({ identity })) };
  };
  const client = { options: { namespace: 'default' }, workflowService: { describeTaskQueue } };
  return { info: { taskQueue: 'tracelift', attempt }, client } as unknown as Context;
}

describe('a step that finds its DuckDB file in use', () => {
  it('a step that finds its DuckDB file in use is left to the worker of the same queue that has it, however long that takes', async () => {
    const reported = await tablesInUse(inUse, contextWith([own, '4711@here'], 500));
    expect(reported).toMatchObject({ error: { code: 'WarehouseHeldByWorker' }, isRetryable: true });
    expect(reported?.error.message).toContain('task queue tracelift, the process with PID 4711');
  });

  it.each([
    ['somebody who is no worker', [own]],
    ['a worker of that number on another host', [own, '4711@there']],
  ])('a step that finds its DuckDB file in use waits for a while for %s, then tells who has it', async (_, workers) => {
    const early = await tablesInUse(inUse, contextWith(workers, 1));
    expect(early).toMatchObject({ error: { code: 'WarehouseHeldByProcess' }, isRetryable: true });
    const late = await tablesInUse(inUse, contextWith(workers, 10));
    expect(late).toMatchObject({ error: { code: 'WarehouseHeldByProcess' }, isRetryable: false });
  });

  it('a step that finds its DuckDB file in use is tried again where Temporal cannot tell who works', async () => {
    const unavailable = Object.assign(new Error('no connection'), { code: 14, details: '', metadata: {} });
    expect(await tablesInUse(inUse, contextWith(unavailable, 10))).toMatchObject({ isRetryable: true });
  });

  it('other failures of a step are not taken for a DuckDB file in use', async () => {
    expect(await tablesInUse(new TraceliftError('WarehouseDiskFull', { path: '/' }), contextWith([]))).toBeNull();
  });
});
