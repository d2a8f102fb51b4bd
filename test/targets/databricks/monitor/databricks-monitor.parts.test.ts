import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedFields, type MonitorSettings } from '../../../../src/targets/databricks/monitor/native/settings.js';
import { apiError } from '../../../fakes/databricks/http.js';
import type { StartedWorkspace } from '../../../fakes/databricks/start.js';
import { bothApis, openMonitorBench, spec, table, type MonitorBench } from './monitor-bench.js';

describe.each(bothApis)('the Databricks monitor by %s', (_, hasDataQualityApi) => {
  let bench: MonitorBench;
  let started: StartedWorkspace;
  const monitor: MonitorBench['monitor'] = (more) => bench.monitor(more);
  const dropped = (): string[] => bench.statements.filter((statement) => statement.startsWith('DROP'));

  beforeEach(async () => {
    bench = await openMonitorBench(hasDataQualityApi);
    started = bench.started;
    started.workspace.catalog.addSchema('main.monitoring');
  });
  afterEach(() => started.stop());

  it('the Databricks monitor makes a time series on the TIMESTAMP column, and links to its dashboard', async () => {
    expect((await monitor().show()).state).toBe('absent');
    const change = await monitor().ensure(spec);
    expect(change).toMatchObject({
      action: 'created',
      status: {
        state: 'active',
        profileTable: `${table}_profile_metrics`,
        driftTable: `${table}_drift_metrics`,
        dashboardUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/sql\/dashboardsv3\/\w+$/) as string,
        profileRows: 7,
      },
    });
    expect(started.workspace.monitors.configOf(table)).toMatchObject({
      time_series: { timestamp_col: 'start_time', granularities: ['1 day', '1 hour'] },
      slicing_exprs: ['trace_name'],
      output_schema_name: 'main.genai',
      assets_dir: `/Workspace/Shared/tracelift/${table}`,
      warehouse_id: 'w1',
    });
  });

  it('the Databricks monitor changes nothing when it is what is wanted, whatever the order of the lists', async () => {
    await monitor().ensure(spec);
    const writes = (): number =>
      started.workspace.requests.filter((line) => /^(POST|PUT|PATCH) .*monitor/.test(line)).length;
    const before = writes();
    const again = await monitor().ensure({ ...spec, granularities: ['1 day', '1 hour'] });
    expect(again).toMatchObject({ action: 'unchanged' });
    expect(writes()).toBe(before);
  });

  it('a monitor that exists is changed only where it differs from the configuration', async () => {
    await monitor().ensure(spec);
    const changed = await monitor({
      outputSchema: 'main.monitoring',
      schedule: { cron: '0 0 8 * * ?', timezone: 'UTC' },
      notifyEmails: ['b@example.com', 'a@example.com'],
      baselineTable: 'main.genai.baseline',
    }).ensure({ ...spec, slicingColumns: ['status'] });
    expect(changed).toMatchObject({ action: 'updated' });
    expect(started.workspace.monitors.configOf(table)).toMatchObject({
      slicing_exprs: ['status'],
      output_schema_name: 'main.monitoring',
      schedule: { quartz_cron_expression: '0 0 8 * * ?', timezone_id: 'UTC' },
      notifications: { on_failure: { email_addresses: ['a@example.com', 'b@example.com'] } },
      baseline_table_name: 'main.genai.baseline',
    });
    const patch = started.workspace.requests.find((line) => line.startsWith('PATCH'));
    if (hasDataQualityApi) expect(patch).not.toContain('time_series');
  });

  it('the Databricks monitor takes over a monitor that somebody else made in the meantime', async () => {
    const { monitors } = started.workspace;
    monitors.add(table, {
      output_schema_name: 'main.genai',
      time_series: { timestamp_col: 'start_time', granularities: ['1 day'] },
      slicing_exprs: ['trace_name'],
    });
    const answer = apiError(404, 'NOT_FOUND', 'Cannot find Monitor');
    if (hasDataQualityApi) started.workspace.fail({ on: /^GET .*monitors\/table\/[^/]+$/, answer, times: 2 });
    else started.workspace.fail({ on: /^GET .*\/monitor$/, answer });
    const change = await monitor().ensure(spec);
    expect(change).toMatchObject({ action: 'updated' });
    expect(monitors.configOf(table)).toMatchObject({ time_series: { granularities: ['1 day', '1 hour'] } });
  });

  it('the Databricks monitor says pending until the service is ready, and returns at once', async () => {
    started.workspace.monitors.pollsUntilActive = 3;
    const made = await monitor().ensure(spec);
    expect(made.status).toMatchObject({ state: 'pending', dashboardUrl: null, failure: null });
    const states = [await monitor().show(), await monitor().show()].map(({ state }) => state);
    expect(states.at(-1)).toBe('active');
  });

  it('the Databricks monitor hands on why the service failed', async () => {
    await monitor().ensure(spec);
    started.workspace.monitors.failure = 'The table has no column start_time.';
    expect(await monitor().show()).toMatchObject({ state: 'failed', failure: 'The table has no column start_time.' });
  });

  it('the Databricks monitor starts one refresh, and none beside a running one', async () => {
    await monitor().ensure(spec);
    await monitor().refresh();
    await monitor().refresh();
    const started_ = started.workspace.requests.filter((line) => /^POST .*refreshes/.test(line));
    expect(started_).toHaveLength(1);
    started.workspace.monitors.finishRefreshes(table, 1_767_225_600_000);
    expect((await monitor().show()).lastRefreshMs).toBe(1_767_225_600_000);
  });

  it('the Databricks monitor says why the last refresh failed, until one succeeds', async () => {
    await monitor().ensure(spec);
    await monitor().refresh();
    started.workspace.monitors.finishRefreshes(table, 1_767_225_600_000, 'The warehouse was deleted.');
    expect(await monitor().show()).toMatchObject({
      state: 'active',
      failure: 'the last refresh failed: The warehouse was deleted.',
    });
    await monitor().refresh();
    started.workspace.monitors.finishRefreshes(table, 1_767_225_700_000);
    expect((await monitor().show()).failure).toBeNull();
  });

  it('the Databricks monitor keeps what others have set besides', async () => {
    const custom = [{ name: 'p99', type: 'CUSTOM_METRIC_TYPE_AGGREGATE', input_columns: ['cost_usd'] }];
    started.workspace.monitors.add(table, {
      output_schema_name: 'main.genai',
      time_series: { timestamp_col: 'start_time', granularities: ['1 day', '1 hour'] },
      slicing_exprs: [],
      custom_metrics: custom,
    });
    expect((await monitor().ensure(spec)).action).toBe('updated');
    expect(started.workspace.monitors.configOf(table)).toMatchObject({
      slicing_exprs: ['trace_name'],
      custom_metrics: custom,
    });
  });

  it('the Databricks monitor finishes a change whose answer was lost', async () => {
    await monitor().ensure(spec);
    const on = /^(PATCH|PUT) .*monitor/;
    started.workspace.fail({ on, answer: 'cut', isAfterEffect: true, times: 1 });
    await monitor().ensure({ ...spec, slicingColumns: ['status'] });
    expect((await monitor().ensure({ ...spec, slicingColumns: ['status'] })).action).toBe('unchanged');
    expect(started.workspace.monitors.configOf(table)).toMatchObject({ slicing_exprs: ['status'] });
  });

  it('the Databricks monitor takes over the monitor that it made itself when the answer was lost', async () => {
    started.workspace.fail({ on: /^POST .*monitors?$/, answer: 'cut', isAfterEffect: true });
    expect((await monitor().ensure(spec)).status.state).toBe('active');
    expect((await monitor().ensure(spec)).action).toBe('unchanged');
  });

  it('the Databricks monitor refuses to refresh what does not exist', async () => {
    await expect(monitor().refresh()).rejects.toMatchObject({ code: 'MonitorAbsent' });
  });

  it('the Databricks monitor deletes the monitor and keeps its tables unless they are to go', async () => {
    await monitor().ensure(spec);
    await monitor().delete({ dropTables: false });
    expect((await monitor().show()).state).toBe('absent');
    expect(dropped()).toEqual([]);
    await monitor().delete({ dropTables: true });
    expect(dropped()).toEqual([
      'DROP TABLE IF EXISTS `main`.`genai`.`genai_processed_traces_gold_history_windows`',
      'DROP TABLE IF EXISTS `main`.`genai`.`genai_processed_traces_gold_history_drift_metrics`',
      'DROP TABLE IF EXISTS `main`.`genai`.`genai_processed_traces_gold_history_profile_metrics`',
      'DROP TABLE IF EXISTS `main`.`genai`.`genai_processed_traces_gold_profile_metrics`',
      'DROP TABLE IF EXISTS `main`.`genai`.`genai_processed_traces_gold_drift_metrics`',
    ]);
  });

  it('the Databricks monitor names the right that is missing', async () => {
    const message = `User does not have MANAGE on Table '${table}'.`;
    started.workspace.fail({ on: /^POST .*monitor/, answer: apiError(403, 'PERMISSION_DENIED', message) });
    await expect(monitor().ensure(spec)).rejects.toMatchObject({
      code: 'MonitorPermission',
      message: expect.stringContaining('MANAGE') as string,
    });
  });

  it('the Databricks monitor says that the feature is off', async () => {
    const answer = apiError(400, 'FEATURE_NOT_ENABLED', 'Lakehouse Monitoring is not enabled for this workspace.');
    started.workspace.fail({ on: /^POST .*monitor/, answer });
    await expect(monitor().ensure(spec)).rejects.toMatchObject({ code: 'MonitorFeatureDisabled' });
  });

  it('the Databricks monitor says that the table does not exist', async () => {
    await expect(monitor({ table: 'main.genai.nothing' }).ensure(spec)).rejects.toMatchObject({
      code: 'MonitorTableMissing',
    });
  });

  it('the Databricks monitor goes on after hiccups of the service', async () => {
    started.workspace.fail({ on: /monitor/, answer: apiError(503, 'TEMPORARILY_UNAVAILABLE', 'later') });
    started.workspace.fail({
      on: /monitor/,
      answer: { ...apiError(429, 'REQUEST_LIMIT_EXCEEDED', 'slow down'), headers: { 'Retry-After': '0' } },
    });
    expect((await monitor().ensure(spec)).action).toBe('created');
  });
});

describe('differences between monitors', () => {
  const settings: MonitorSettings = {
    timestampColumn: 'start_time',
    granularities: ['1 day', '1 hour'],
    slicingExprs: [],
    outputSchema: 'Main.Genai',
    baselineTable: null,
    schedule: null,
    failureEmails: [],
  };

  it('differences between monitors do not count the case of names or the order of lists', () => {
    const same = { ...settings, outputSchema: 'main.genai', granularities: ['1 hour', '1 day'] };
    expect(changedFields(settings, same)).toEqual([]);
  });

  it('differences between monitors count the case of column names and expressions', () => {
    expect(changedFields(settings, { ...settings, timestampColumn: 'START_TIME' })).toEqual(['timestampColumn']);
  });
});
