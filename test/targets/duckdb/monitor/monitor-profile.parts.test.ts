import { afterEach, describe, expect, it } from 'vitest';
import type { DuckDbDatabase } from '../../../../src/targets/duckdb/database.js';
import {
  addGold,
  closeGold,
  driftTable,
  goldTable,
  monitorOf,
  nowMs,
  openGold,
  profileOf,
  profileTable,
  refreshedMonitor,
  spec,
  type Row,
} from './gold.js';
import { quantilesOf } from '../../../statistics/sketches.js';

afterEach(closeGold);

const presentKeys = (row: Row): string[] =>
  Object.keys(row).filter((name) => row[name] !== null && !/^(window|log_type|monitor_version|granularity)/.test(name));

async function columnNames(database: DuckDbDatabase, table: string): Promise<string[]> {
  const rows = await database.rows<{ column_name: string }>(
    'SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position',
    [table],
  );
  return rows.map(({ column_name }) => column_name);
}

describe('the metric tables', () => {
  it("the metric tables have the columns of the tables of Databricks' monitor, in their order", async () => {
    const database = await openGold();
    await monitorOf(database).ensure(spec);
    expect((await columnNames(database, profileTable)).join(' ')).toBe(
      'window log_type logging_table_commit_version monitor_version granularity slice_key slice_value column_name ' +
        'count data_type num_nulls avg quantiles min max stddev num_zeros num_nan min_length max_length avg_length ' +
        'non_null_columns frequent_items median distinct_count percent_nan percent_null percent_zeros percent_distinct',
    );
    expect((await columnNames(database, driftTable)).join(' ')).toBe(
      'window granularity monitor_version slice_key slice_value column_name data_type window_cmp drift_type ' +
        'count_delta avg_delta percent_null_delta percent_zeros_delta percent_distinct_delta non_null_columns_delta ' +
        'js_distance ks_test wasserstein_distance population_stability_index chi_squared_test tv_distance ' +
        'l_infinity_distance',
    );
  });

  it('the metric tables say in their comments which definition is their own', async () => {
    const database = await openGold();
    await monitorOf(database).ensure(spec);
    const [row] = await database.rows<{ comment: string }>(
      "SELECT comment FROM duckdb_columns() WHERE table_name = $1 AND column_name = 'population_stability_index'",
      [driftTable],
    );
    expect(row?.comment).toContain("tracelift's own");
  });

  it('the metric tables hold for each kind of column the statistics that apply to it, and NULL for the others', async () => {
    const database = await openGold({ metric_tone_label: 'STRING' });
    await addGold(database, [
      { start_time: '2026-05-30 10:00:00', cost_usd: 1, metric_tone_label: 'warm', end_time: '2026-05-30 10:00:01' },
      { start_time: '2026-05-30 11:00:00', cost_usd: 3, metric_tone_label: 'cold', end_time: '2026-05-30 11:00:01' },
    ]);
    await refreshedMonitor(database);
    expect(presentKeys(await profileOf(database, ':table'))).toEqual(['column_name', 'count', 'non_null_columns']);
    expect(presentKeys(await profileOf(database, 'cost_usd'))).toEqual(
      'column_name count data_type num_nulls avg quantiles min max stddev num_zeros num_nan median distinct_count percent_nan percent_null percent_zeros percent_distinct'.split(
        ' ',
      ),
    );
    expect(presentKeys(await profileOf(database, 'end_time'))).toEqual(
      'column_name count data_type num_nulls min max median distinct_count percent_null percent_distinct'.split(' '),
    );
    expect(presentKeys(await profileOf(database, 'metric_tone_label'))).toEqual(
      'column_name count data_type num_nulls min_length max_length avg_length frequent_items distinct_count percent_null percent_distinct'.split(
        ' ',
      ),
    );
  });
});

describe('a profile', () => {
  it('a profile counts and summarises the values of its window', async () => {
    const database = await openGold();
    const costs = [0, 0.5, 0.5, 0.5, 2, 3, 7.25, null];
    await addGold(
      database,
      costs.map((cost_usd, index) => ({ start_time: `2026-05-30 0${String(index)}:00:00`, cost_usd })),
    );
    await refreshedMonitor(database);
    const row = await profileOf(database, 'cost_usd');
    const values = costs.filter((cost) => cost !== null);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    expect(row).toMatchObject({
      count: 8,
      num_nulls: 1,
      min: 0,
      max: 7.25,
      median: 0.5,
      num_zeros: 1,
      num_nan: 0,
      distinct_count: 5,
      percent_null: 12.5,
      percent_zeros: 12.5,
      percent_distinct: 62.5,
      data_type: 'double',
    });
    expect(row['avg']).toBeCloseTo(mean, 12);
    expect(row['stddev']).toBeCloseTo(deviation, 12);
    expect(row['quantiles']).toEqual(quantilesOf(values));
  });

  it('a profile of numbers survives NaN, infinities and values whose squares overflow', async () => {
    const database = await openGold({ metric_odd: 'DOUBLE' });
    const insert = (value: string): Promise<number> =>
      database.run(
        `INSERT INTO ${goldTable} (start_time, committed_at, metric_odd)
         VALUES (TIMESTAMP '2026-05-30 10:00:00', now()::TIMESTAMP, $1::DOUBLE)`,
        [value],
      );
    for (const value of ['nan', 'inf', '-inf', '1e300', '-1e300', '4']) await insert(value);
    await refreshedMonitor(database);
    const row = await profileOf(database, 'metric_odd');
    expect(row).toMatchObject({ count: 6, num_nan: 1, num_nulls: 0, min: -Infinity, max: Infinity, stddev: null });
    expect(row).toMatchObject({ distinct_count: 5, median: 4 });
    expect(row['avg']).toBeCloseTo(4 / 3, 10);
  });

  it('a profile of texts has lengths and the most frequent items, long ones cut', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    const teams = ['blue', 'blue', 'red', null, 'x'.repeat(300)];
    await addGold(
      database,
      teams.map((dim_team) => ({ start_time: '2026-05-30 10:00:00', dim_team })),
    );
    await refreshedMonitor(database);
    expect(await profileOf(database, 'dim_team')).toMatchObject({
      count: 5,
      num_nulls: 1,
      distinct_count: 3,
      percent_null: 20,
      min_length: 3,
      max_length: 300,
      avg_length: (4 + 4 + 3 + 300) / 4,
      frequent_items: [
        { item: 'blue', count: 2 },
        { item: 'red', count: 1 },
        { item: 'x'.repeat(256), count: 1 },
      ],
    });
  });

  it('a profile of timestamps speaks in epoch seconds', async () => {
    const database = await openGold();
    await addGold(database, [{ start_time: '2026-05-30 10:00:00.25' }, { start_time: '2026-05-30 10:00:01.75' }]);
    await refreshedMonitor(database);
    const seconds = Date.UTC(2026, 4, 30, 10) / 1000;
    expect(await profileOf(database, 'start_time')).toMatchObject({
      min: seconds + 0.25,
      max: seconds + 1.75,
      median: seconds + 1,
      avg: null,
    });
  });

  it('the profile of the table names the columns that have values', async () => {
    const database = await openGold();
    await addGold(database, [{ start_time: '2026-05-30 10:00:00', cost_usd: null, num_spans: 3 }]);
    await refreshedMonitor(database);
    expect((await profileOf(database, ':table'))['non_null_columns']).toEqual(['num_spans', 'start_time', 'status']);
  });
});

describe('windows', () => {
  it('windows are aligned to UTC and half-open', async () => {
    const database = await openGold();
    await addGold(database, [
      { start_time: '2026-05-30 10:59:59.999999' },
      { start_time: '2026-05-30 11:00:00' },
      { start_time: '2026-05-31 00:00:00' },
      { start_time: '1969-07-20 20:17:40.5' },
    ]);
    await refreshedMonitor(database);
    const rows = await database.rows<Row>(
      `SELECT granularity, CAST("window".start AS VARCHAR) AS "from", CAST("window".end AS VARCHAR) AS "to", count
       FROM ${profileTable} WHERE column_name = ':table' ORDER BY granularity, "window".start`,
    );
    expect(rows.map(({ granularity, from, to, count }) => [granularity, from, to, count])).toEqual([
      ['1 day', '1969-07-20 00:00:00+00', '1969-07-21 00:00:00+00', 1],
      ['1 day', '2026-05-30 00:00:00+00', '2026-05-31 00:00:00+00', 2],
      ['1 day', '2026-05-31 00:00:00+00', '2026-06-01 00:00:00+00', 1],
      ['1 hour', '2026-05-30 10:00:00+00', '2026-05-30 11:00:00+00', 1],
      ['1 hour', '2026-05-30 11:00:00+00', '2026-05-30 12:00:00+00', 1],
      ['1 hour', '2026-05-31 00:00:00+00', '2026-05-31 01:00:00+00', 1],
    ]);
  });

  it('profile windows of one hour reach 30 days back and vanish when they grow older; days stay', async () => {
    const database = await openGold();
    await addGold(database, [
      { start_time: '2026-05-01 11:59:59' },
      { start_time: '2026-05-01 12:00:00' },
      { start_time: '1969-07-20 20:17:40' },
    ]);
    let now = nowMs;
    const monitor = monitorOf(database, () => now);
    await monitor.ensure(spec);
    await monitor.refresh();
    const windows = (): Promise<Row[]> =>
      database.rows(`SELECT granularity, count(*) AS n FROM ${profileTable} WHERE column_name = ':table'
        GROUP BY granularity ORDER BY granularity`);
    expect(await windows()).toMatchObject([
      { granularity: '1 day', n: 2 },
      { granularity: '1 hour', n: 1 },
    ]);
    now += 3_600_000;
    expect(await monitor.refresh()).toMatchObject({ profileRowsWritten: 0, driftRowsWritten: 0 });
    expect(await windows()).toMatchObject([{ granularity: '1 day', n: 2 }]);
  });
});
