import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { DuckDbDatabase } from '../../../../src/targets/duckdb/database.js';
import {
  addGold,
  closeGold,
  driftTable,
  goldTable,
  metricRows,
  monitorOf,
  openGold,
  profileTable,
  refreshedMonitor,
  spec,
} from './gold.js';

afterEach(closeGold);

const sliced = { ...spec, slicingColumns: ['dim_team'] };

/** A row by its number: a few hours of three days, integer costs so that no sum depends on the order of rows. */
const rowOf = (id: number, hour: number, cost: number | null) => ({
  trace_id: `tr-${String(id)}`,
  start_time: new Date(Date.UTC(2026, 4, 28, hour)).toISOString().replace('T', ' ').replace('Z', ''),
  cost_usd: cost,
  dim_team: ['blue', 'red', null][id % 3] ?? null,
});

async function refreshed(database: DuckDbDatabase): Promise<{ profileRows: number | null; driftRows: number | null }> {
  const monitor = monitorOf(database);
  await monitor.ensure(sliced);
  const { profileRowsWritten, driftRowsWritten } = await monitor.refresh();
  return { profileRows: profileRowsWritten, driftRows: driftRowsWritten };
}

/** What a monitor computes that sees these gold rows for the first time. */
async function fromScratch(database: DuckDbDatabase): ReturnType<typeof metricRows> {
  const fresh = await openGold({ dim_team: 'STRING' });
  const rows = await database.rows<{ trace_id: string; start: string; cost_usd: number; dim_team: string }>(
    `SELECT trace_id, CAST(start_time AS VARCHAR) AS start, cost_usd, dim_team FROM ${goldTable}`,
  );
  await addGold(
    fresh,
    rows.map(({ start, ...row }) => ({ ...row, start_time: start })),
  );
  await refreshed(fresh);
  return metricRows(fresh);
}

describe('a refresh', () => {
  it('a refresh in DuckDB writes nothing when nothing changed', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await addGold(database, [rowOf(1, 1, 2), rowOf(2, 2, 3), rowOf(3, 30, 4)]);
    const first = await refreshed(database);
    expect(first.profileRows).toBeGreaterThan(0);
    const before = await metricRows(database);
    expect(await refreshed(database)).toEqual({ profileRows: 0, driftRows: 0 });
    expect(await metricRows(database)).toEqual(before);
  });

  it('a refresh leaves out traces that the source no longer has, and takes them in when they are there again', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await addGold(database, [rowOf(1, 1, 2), rowOf(2, 2, 3)]);
    await refreshed(database);
    const both = await metricRows(database);
    const mark = (at: string) =>
      database.run(`UPDATE ${goldTable} SET deleted_at_source = ${at} WHERE trace_id = 'tr-2'`);
    await mark("TIMESTAMP '2026-05-29'");
    await refreshed(database);
    const [counted] = await database.rows<{ n: number }>(
      `SELECT max("count") AS n FROM ${profileTable} WHERE slice_key IS NULL AND granularity = '1 day'`,
    );
    expect(counted).toEqual({ n: 1 });
    await mark('NULL');
    await refreshed(database);
    expect(await metricRows(database)).toEqual(both);
  });

  it('a refresh computes only the windows whose rows changed, and the drift that depends on them', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await addGold(
      database,
      [1, 2, 3, 4, 5].map((hour) => ({ ...rowOf(hour, hour, hour), dim_team: 'blue' })),
    );
    const monitor = await refreshedMonitor(database, { ...spec, granularities: ['1 hour'] });
    const [columns] = await database.rows<{ n: number }>(
      `SELECT count(*) AS n FROM ${profileTable} WHERE epoch("window".start) = ${String(Date.UTC(2026, 4, 28, 1) / 1000)}`,
    );
    await database.run(
      `UPDATE ${goldTable} SET cost_usd = 9, committed_at = TIMESTAMP '2026-02-01' WHERE trace_id = 'tr-3'`,
    );
    // Hour 3 is profiled; it is compared with hour 2, and hour 4 with it.
    expect(await monitor.refresh()).toMatchObject({
      profileRowsWritten: columns?.n,
      driftRowsWritten: 2 * (columns?.n ?? 0),
    });
  });

  it('a refresh removes the rows of windows that lost their last trace, and the drift against them', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await addGold(database, [rowOf(1, 1, 2), rowOf(2, 26, 3), rowOf(3, 50, 4)]);
    await refreshed(database);
    await database.run(`DELETE FROM ${goldTable} WHERE trace_id = 'tr-2'`);
    await refreshed(database);
    expect(await metricRows(database)).toEqual(await fromScratch(database));
    const [left] = await database.rows<{ n: number }>(`SELECT count(*) AS n FROM ${driftTable}`);
    expect(left?.n).toBe(0);
  });

  it('a refresh leaves the tables of a first refresh, after any mix of added, changed, moved and deleted traces', async () => {
    const change = fc.record({
      id: fc.integer({ min: 0, max: 11 }),
      hour: fc.integer({ min: 0, max: 60 }),
      cost: fc.option(fc.integer({ min: 0, max: 5 })),
      isDeletion: fc.boolean(),
    });
    const rounds = fc.array(fc.array(change, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(rounds, async (list) => {
        const database = await openGold({ dim_team: 'STRING' });
        for (const changes of list) {
          for (const { id, hour, cost, isDeletion } of changes) {
            await database.run(`DELETE FROM ${goldTable} WHERE trace_id = $1`, [`tr-${String(id)}`]);
            if (!isDeletion) await addGold(database, [rowOf(id, hour, cost)]);
          }
          await refreshed(database);
        }
        expect(await metricRows(database)).toEqual(await fromScratch(database));
        await closeGold();
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  it('profiles all windows anew when a metric column appears', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await addGold(database, [rowOf(1, 1, 2), rowOf(2, 26, 3)]);
    await refreshed(database);
    await database.run(`ALTER TABLE ${goldTable} ADD COLUMN metric_new DOUBLE`);
    await refreshed(database);
    const rows = await database.rows<{ num_nulls: number }>(
      `SELECT num_nulls FROM ${profileTable} WHERE column_name = 'metric_new' AND granularity = '1 day' AND slice_key IS NULL`,
    );
    expect(rows).toEqual([{ num_nulls: 1 }, { num_nulls: 1 }]);
  });

  it('a refresh stops when asked to, and the next one completes the work', async () => {
    const database = await openGold({ dim_team: 'STRING' });
    await addGold(
      database,
      Array.from({ length: 40 }, (_, i) => rowOf(i, i, i)),
    );
    const monitor = monitorOf(database);
    await monitor.ensure(sliced);
    let numStops = 0;
    for (let stopAt = 1; ; stopAt += 2) {
      const controller = new AbortController();
      let step = 0;
      const onProgress = (): void => {
        step += 1;
        if (step === stopAt) controller.abort(new Error('stop here'));
      };
      const outcome = await monitor
        .refresh({ signal: controller.signal, onProgress })
        .catch((failure: unknown) => failure);
      if (!(outcome instanceof Error)) break;
      expect(outcome.message).toBe('stop here');
      expect((await monitor.show()).failure).toBeNull();
      numStops += 1;
    }
    expect(numStops).toBeGreaterThan(5);
    expect(await metricRows(database)).toEqual(await fromScratch(database));
  });

  it('a refresh works on columns with any name, without running it as SQL', async () => {
    const hostile = 'metric_"; DROP TABLE x; --';
    const quoting = "dim_o'clock";
    const database = await openGold({ [hostile]: 'DOUBLE', [quoting]: 'STRING' });
    await addGold(database, [
      { start_time: '2026-05-29 10:00:00', [hostile]: 1, [quoting]: "'); DROP TABLE y; --" },
      { start_time: '2026-05-30 10:00:00', [hostile]: 2, [quoting]: "'); DROP TABLE y; --" },
    ]);
    await refreshedMonitor(database, { ...spec, granularities: ['1 day'], slicingColumns: [quoting] });
    const rows = await database.rows<{ slice_value: string | null; avg_delta: number }>(
      `SELECT slice_value, avg_delta FROM ${driftTable} WHERE column_name = $1 ORDER BY slice_value NULLS FIRST`,
      [hostile],
    );
    expect(rows).toEqual([
      { slice_value: null, avg_delta: 1 },
      { slice_value: "'); DROP TABLE y; --", avg_delta: 1 },
    ]);
  });
});
