import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { databricksRateLimits } from '../../../../src/sources/mlflow/databricks/rate-limits.js';

const search = { method: 'POST', path: '/api/3.0/mlflow/traces/search' } as const;
const download = { method: 'GET', path: '/api/2.0/mlflow/traces/tr-1/credentials-for-data-download' } as const;
const limits = { maxSearchesPerSecond: 25, maxDownloadsPerSecond: 200 };

describe('the quotas of MLflow on Databricks', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('the quotas of MLflow on Databricks are kept within every second, each on its own', async () => {
    const wait = databricksRateLimits(limits);
    const sentMs: Record<'search' | 'download', number[]> = { search: [], download: [] };
    const all = Array.from({ length: 60 }, () => wait(search).then(() => sentMs.search.push(Date.now()))).concat(
      Array.from({ length: 450 }, () => wait(download).then(() => sentMs.download.push(Date.now()))),
    );
    await vi.runAllTimersAsync();
    await Promise.all(all);
    const busiest = (times: readonly number[]): number =>
      Math.max(...times.map((fromMs) => times.filter((ms) => ms >= fromMs && ms < fromMs + 1000).length));
    expect(busiest(sentMs.search)).toBe(25);
    expect(busiest(sentMs.download)).toBe(200);
  });

  it('the quotas of MLflow on Databricks hold up no other requests', async () => {
    const wait = databricksRateLimits({ maxSearchesPerSecond: 1, maxDownloadsPerSecond: 1 });
    const others = Array.from({ length: 50 }, () => wait({ method: 'GET', path: '/api/2.0/mlflow/experiments/get' }));
    await expect(Promise.all(others)).resolves.toHaveLength(50);
  });

  it('the quotas of MLflow on Databricks give way at once to a run that is stopped', async () => {
    const wait = databricksRateLimits({ maxSearchesPerSecond: 1, maxDownloadsPerSecond: 1 });
    await wait(search);
    const stop = new AbortController();
    const waiting = wait({ ...search, signal: stop.signal });
    stop.abort(new Error('stopped by a person'));
    await expect(waiting).rejects.toThrow('stopped by a person');
  });
});
