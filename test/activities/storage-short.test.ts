import { describe, expect, it } from 'vitest';

import { pauseForStorageMs } from '../../src/activities/storage-short.js';
import { TraceliftError } from '../../src/errors/index.js';

const full = new TraceliftError('WarehouseDiskFull', { path: '/data/tables.duckdb' });
const closed = new TraceliftError('WarehouseInvalidated', { path: '/data/tables.duckdb', reason: 'memory is short' });

describe('a step that meets a full disk, or tables that DuckDB closed', () => {
  it.each([full, closed])(
    'a step that meets a full disk, or tables that DuckDB closed is done again after pauses that grow, for two to three minutes, then fails',
    (error) => {
      const pauses: number[] = [];
      for (let attempt = 1; ; attempt += 1) {
        const pauseMs = pauseForStorageMs(error, attempt);
        if (pauseMs === null) break;
        pauses.push(pauseMs);
      }
      expect(pauses).toEqual([...pauses].sort((left, right) => left - right));
      const totalMs = pauses.reduce((sum, pauseMs) => sum + pauseMs, 0);
      expect(totalMs).toBeGreaterThan(120_000);
      expect(totalMs).toBeLessThan(180_000);
    },
  );

  it('a step that meets a full disk, or tables that DuckDB closed is told apart from failures that no pause heals', () => {
    expect(pauseForStorageMs(new TraceliftError('WarehousePermission', { path: '/' }), 1)).toBeNull();
  });
});
