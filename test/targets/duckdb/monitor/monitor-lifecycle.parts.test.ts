import { afterEach, describe, expect, it } from 'vitest';
import { createDuckDbMonitor } from '../../../../src/targets/duckdb/monitor/duckdb-monitor.js';
import { prepareTables } from '../../../../src/targets/duckdb/prepare.js';
import { tableNamesOf } from '../../../../src/targets/duckdb/sql/names.js';
import { goldTracesTable } from '../../../../src/tables/traces.js';
import { silentLog } from '../../../../src/log.js';
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

describe('ensuring the monitor', () => {
  it('ensuring the monitor creates it once; the same settings in any order change nothing', async () => {
    const database = await openGold();
    const monitor = monitorOf(database);
    expect(await monitor.ensure(spec)).toMatchObject({ action: 'created', status: { state: 'active' } });
    const before = await database.rows(`SELECT * FROM ${goldTable}_monitor`);
    const again = await monitor.ensure({ ...spec, granularities: ['1 day', '1 hour'] });
    expect(again).toMatchObject({ action: 'unchanged' });
    expect(await database.rows(`SELECT * FROM ${goldTable}_monitor`)).toEqual(before);
  });

  it('ensuring the monitor takes other settings over, and the next refresh follows them', async () => {
    const database = await openGold();
    await addGold(database, [{ start_time: '2026-05-30 10:00:00' }]);
    const monitor = await refreshedMonitor(database);
    const change = await monitor.ensure({ ...spec, granularities: ['1 day'], slicingColumns: ['status'] });
    expect(change).toMatchObject({ action: 'updated' });
    await monitor.refresh();
    const rows = await database.rows(
      `SELECT DISTINCT granularity, slice_key, monitor_version FROM ${profileTable} ORDER BY slice_key NULLS FIRST`,
    );
    expect(rows).toEqual([
      { granularity: '1 day', slice_key: null, monitor_version: 1 },
      { granularity: '1 day', slice_key: 'status', monitor_version: 1 },
    ]);
  });

  it('ensuring the monitor refuses slicing columns that gold cannot have, and no granularity', async () => {
    const monitor = monitorOf(await openGold());
    await expect(monitor.ensure({ ...spec, slicingColumns: ['statuss'] })).rejects.toMatchObject({
      code: 'MonitorSpecInvalid',
      message: expect.stringContaining('statuss') as string,
    });
    await expect(monitor.ensure({ ...spec, granularities: [] })).rejects.toMatchObject({ code: 'MonitorSpecInvalid' });
    expect(await monitor.show()).toMatchObject({ state: 'absent' });
  });

  it('ensuring the monitor takes a dimension that no trace has yet, and slices by it once it appears', async () => {
    const database = await openGold();
    await addGold(database, [{ start_time: '2026-05-30 10:00:00' }]);
    const monitor = await refreshedMonitor(database, { ...spec, slicingColumns: ['dim_team'] });
    await database.run(`ALTER TABLE ${goldTable} ADD COLUMN dim_team VARCHAR`);
    await database.run(`UPDATE ${goldTable} SET dim_team = 'blue', committed_at = TIMESTAMP '2026-02-01'`);
    await monitor.refresh();
    const rows = await database.rows(`SELECT DISTINCT slice_value FROM ${profileTable} WHERE slice_key = 'dim_team'`);
    expect(rows).toEqual([{ slice_value: 'blue' }]);
  });

  it('ensuring the monitor says so when the gold table does not exist', async () => {
    const database = await openGold();
    await database.run(`DROP TABLE ${goldTable}`);
    await expect(monitorOf(database).ensure(spec)).rejects.toMatchObject({ code: 'MonitorTableMissing' });
  });
});

describe('a gold table in a schema of its own', () => {
  it('a gold table in a schema of its own has its metric tables beside it', async () => {
    const database = await openGold();
    await prepareTables(database, tableNamesOf({ gold: 'facts.traces' }));
    const required = Object.entries(goldTracesTable.columns).filter(([, { nullable }]) => !nullable);
    const values = required.map(([, { type }]) => (type === 'STRING' ? "'x'" : type === 'BIGINT' ? '0' : 'now()'));
    const names = required.map(([name]) => name);
    await database.run(`INSERT INTO facts.traces (${names.join(', ')}) SELECT ${values.join(', ')}`);
    const monitor = createDuckDbMonitor({ database, goldTable: 'facts.traces', log: silentLog });
    await monitor.ensure(spec);
    const { profileRowsWritten, status } = await monitor.refresh();
    expect(profileRowsWritten).toBeGreaterThan(0);
    expect(status).toMatchObject({ state: 'active', profileTable: 'facts.traces_profile_metrics' });
    expect(await database.rows('SELECT count(*) AS n FROM facts.traces_profile_metrics')).toEqual([
      { n: profileRowsWritten },
    ]);
  });
});

describe('the state of the monitor', () => {
  it('the state of the monitor is absent, then active, with rows after the first refresh', async () => {
    const database = await openGold();
    await addGold(database, [{ start_time: '2026-05-30 10:00:00' }, { start_time: '2026-05-31 10:00:00' }]);
    const monitor = monitorOf(database);
    expect(await monitor.show()).toMatchObject({ state: 'absent', profileTable: null, profileRows: null });
    await expect(monitor.refresh()).rejects.toMatchObject({ code: 'MonitorAbsent' });
    await expect(monitor.latestDrift({ limit: 1 })).rejects.toMatchObject({ code: 'MonitorAbsent' });
    await monitor.ensure(spec);
    expect(await monitor.show()).toMatchObject({ state: 'active', profileTable, driftTable, profileRows: 0 });
    const refresh = await monitor.refresh();
    expect(refresh.status).toMatchObject({ state: 'active', profileRows: refresh.profileRowsWritten, failure: null });
    expect(refresh.status.lastRefreshMs).not.toBeNull();
  });

  it('the state of the monitor shows the code of a failed refresh, until one succeeds', async () => {
    const database = await openGold();
    await addGold(database, [{ start_time: '2026-05-30 10:00:00' }]);
    const monitor = monitorOf(database);
    await monitor.ensure(spec);
    await database.run(`ALTER TABLE ${profileTable} RENAME TO hidden`);
    await expect(monitor.refresh()).rejects.toMatchObject({ code: 'WarehouseFailed' });
    expect(await monitor.show()).toMatchObject({
      state: 'active',
      failure: expect.stringContaining('WarehouseFailed') as string,
    });
    await database.run(`ALTER TABLE hidden RENAME TO ${profileTable}`);
    await monitor.refresh();
    expect(await monitor.show()).toMatchObject({ state: 'active', failure: null });
  });
});

describe('deleting the monitor', () => {
  it('deleting the monitor keeps the metric tables unless asked to drop them', async () => {
    const database = await openGold();
    await addGold(database, [{ start_time: '2026-05-30 10:00:00' }]);
    const monitor = await refreshedMonitor(database);
    await monitor.delete({ dropTables: false });
    expect(await monitor.show()).toMatchObject({ state: 'absent', profileTable });
    await monitor.delete({ dropTables: true });
    expect(await monitor.show()).toMatchObject({ state: 'absent', profileTable: null, driftTable: null });
  });

  it('deleting the monitor and making it again leaves no row of windows that vanished in between', async () => {
    const database = await openGold();
    await addGold(database, [
      { trace_id: 'gone', start_time: '2026-05-20 10:00:00' },
      { start_time: '2026-05-30 10:00:00' },
    ]);
    const monitor = await refreshedMonitor(database);
    await monitor.delete({ dropTables: false });
    await database.run(`DELETE FROM ${goldTable} WHERE trace_id = 'gone'`);
    await monitor.ensure(spec);
    await monitor.refresh();
    const kept = await metricRows(database);
    await monitor.delete({ dropTables: true });
    await monitor.ensure(spec);
    await monitor.refresh();
    expect(kept).toEqual(await metricRows(database));
  });
});
