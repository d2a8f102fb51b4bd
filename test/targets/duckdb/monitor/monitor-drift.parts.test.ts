import { afterEach, describe, expect, it } from 'vitest';
import type { DuckDbDatabase } from '../../../../src/targets/duckdb/database.js';
import {
  addGold,
  closeGold,
  driftTable,
  goldTable,
  openGold,
  profileTable,
  refreshedMonitor,
  spec,
  type Row,
} from './gold.js';

afterEach(closeGold);

describe('drift', () => {
  const readDrift = (database: DuckDbDatabase, column: string): Promise<Row[]> =>
    database.rows(
      `SELECT * FROM ${driftTable} WHERE column_name = $1 AND granularity = '1 day' ORDER BY "window".start`,
      [column],
    );

  it('drift compares a window with the one right before it and with no other', async () => {
    const database = await openGold();
    await addGold(database, [
      { start_time: '2026-05-20 10:00:00', cost_usd: 1 },
      { start_time: '2026-05-21 10:00:00', cost_usd: 3 },
      { start_time: '2026-05-21 11:00:00', cost_usd: null },
      { start_time: '2026-05-23 10:00:00', cost_usd: 5 },
    ]);
    await refreshedMonitor(database);
    const rows = await readDrift(database, 'cost_usd');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      window: { start: Date.UTC(2026, 4, 21) * 1000, end: Date.UTC(2026, 4, 22) * 1000 },
      window_cmp: { start: Date.UTC(2026, 4, 20) * 1000, end: Date.UTC(2026, 4, 21) * 1000 },
      drift_type: 'CONSECUTIVE',
      count_delta: 1,
      avg_delta: 2,
      percent_null_delta: 50,
      percent_zeros_delta: 0,
      // One value against two: no probability could tell anything.
      ks_test: { statistic: 1, pvalue: null },
      non_null_columns_delta: null,
      wasserstein_distance: null,
    });
    expect((await readDrift(database, ':table'))[0]).toMatchObject({
      count_delta: 1,
      non_null_columns_delta: { added: 0, missing: 0 },
      ks_test: null,
    });
    expect((await readDrift(database, 'start_time'))[0]).toMatchObject({
      count_delta: 1,
      avg_delta: null,
      ks_test: null,
      percent_zeros_delta: null,
    });
  });

  it('drift lists the strongest changes first, with the means on both sides', async () => {
    const database = await openGold({ metric_good: 'DOUBLE', metric_same: 'DOUBLE' });
    const rows = Array.from({ length: 80 }, (_, i) => ({
      start_time: `2026-05-${i < 40 ? '29' : '30'} 10:00:00`,
      metric_good: i < 40 ? 1 : 0,
      metric_same: i % 4,
      cost_usd: i < 40 ? i : i - 15,
    }));
    await addGold(database, rows);
    const monitor = await refreshedMonitor(database);
    const changes = await monitor.latestDrift({ limit: 5 });
    expect(changes.map(({ columnName }) => columnName)).toEqual(['metric_good', 'cost_usd']);
    expect(changes[0]).toMatchObject({
      granularity: '1 day',
      fromMs: Date.UTC(2026, 4, 30),
      comparedFromMs: Date.UTC(2026, 4, 29),
      avgBefore: 1,
      avgAfter: 0,
      valuesBefore: 40,
      ksStatistic: 1,
    });
    expect(await monitor.latestDrift({ limit: 1 })).toHaveLength(1);
  });
});

describe('slices', () => {
  it('profile and compare each value of a column on its own, and leave out rows without one', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await addGold(database, [
      { start_time: '2026-05-29 10:00:00', dim_team: 'blue', cost_usd: 1 },
      { start_time: '2026-05-30 10:00:00', dim_team: 'blue', cost_usd: 2 },
      { start_time: '2026-05-30 10:00:00', dim_team: 'red', cost_usd: 8 },
      { start_time: '2026-05-30 10:00:00', dim_team: null, cost_usd: 99 },
    ]);
    await refreshedMonitor(database, { ...spec, granularities: ['1 day'], slicingColumns: ['dim_team'] });
    const rows = await database.rows<Row>(
      `SELECT slice_key, slice_value, avg FROM ${profileTable} WHERE column_name = 'cost_usd'
       AND "window".start = TIMESTAMP '2026-05-30' ORDER BY slice_value NULLS FIRST`,
    );
    expect(rows).toMatchObject([
      { slice_key: null, slice_value: null, avg: 109 / 3 },
      { slice_key: 'dim_team', slice_value: 'blue', avg: 2 },
      { slice_key: 'dim_team', slice_value: 'red', avg: 8 },
    ]);
    const drift = await database.rows<Row>(
      `SELECT slice_value, avg_delta FROM ${driftTable} WHERE column_name = 'cost_usd' AND slice_key IS NOT NULL`,
    );
    expect(drift).toMatchObject([{ slice_value: 'blue', avg_delta: 1 }]);
  });

  it('slices are at most the 100 most frequent values of a window', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await database.run(
      `INSERT INTO ${goldTable} BY NAME SELECT TIMESTAMP '2026-05-30 10:00:00' AS start_time,
         TIMESTAMP '2026-05-30' AS committed_at, 't' || (i % 150) AS dim_team FROM range(280) AS r(i)`,
    );
    await refreshedMonitor(database, { ...spec, granularities: ['1 day'], slicingColumns: ['dim_team'] });
    const [row] = await database.rows<Row>(
      `SELECT count(*) AS n, min(count) AS least FROM ${profileTable}
       WHERE column_name = ':table' AND slice_key IS NOT NULL`,
    );
    expect(row).toMatchObject({ n: 100, least: 2 });
  });
});
