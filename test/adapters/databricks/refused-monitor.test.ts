/** What becomes of the history profile when Databricks refuses its own monitor. Against a fake workspace. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabricksMonitor } from '../../../src/adapters/databricks/monitor/databricks-monitor.js';
import { createDatabricksRest } from '../../../src/adapters/databricks/rest-client.js';
import type { SqlClient } from '../../../src/adapters/databricks/sql-client.js';
import { createTokenSource } from '../../../src/adapters/databricks/token-source.js';
import { TraceliftError } from '../../../src/domain/errors.js';
import type { ExistingColumn } from '../../../src/domain/profile/columns.js';
import { silentLog, type LogFields } from '../../../src/ports/log.js';
import type { MonitorSpec, QualityMonitor } from '../../../src/ports/monitor.js';
import { apiError } from '../../fakes/databricks/http.js';
import { startFakeWorkspace, type StartedWorkspace } from '../../fakes/databricks/start.js';

const table = 'main.genai.genai_processed_traces_gold';
const spec: MonitorSpec = {
  timestampColumn: 'start_time',
  granularities: ['1 hour', '1 day'],
  slicingColumns: ['trace_name'],
};

describe.each([
  ['the data-quality API', true],
  ['the older monitor API', false],
])('a Databricks monitor that %s refuses', (_, hasDataQualityApi) => {
  let started: StartedWorkspace;
  /** Statements that wrote the history profile: one for each length of windows. */
  let profiled: string[];
  /** Set: such statements fail with it. */
  let historyFailure: TraceliftError | null;

  /** Shows one window of each length that was never profiled. */
  const sql: SqlClient = {
    run: async (statement) => {
      if (/^INSERT INTO \S*_history_profile_metrics/.test(statement)) {
        if (historyFailure !== null) throw historyFailure;
        profiled.push(statement);
      }
      return [{ num_rows: '7' }];
    },
    close: async () => {},
  };

  const goldColumns = (): Promise<ExistingColumn[]> => Promise.resolve([{ name: 'status', type: 'STRING' }]);

  const monitor = (more: Partial<Parameters<typeof createDatabricksMonitor>[0]> = {}): QualityMonitor => {
    const options = started.options();
    const rest = createDatabricksRest(options, createTokenSource(options));
    return createDatabricksMonitor({ rest, sql, table, warehouseId: 'w1', goldColumns, log: silentLog, ...more });
  };

  beforeEach(async () => {
    profiled = [];
    historyFailure = null;
    started = await startFakeWorkspace();
    started.workspace.monitors.hasDataQualityApi = hasDataQualityApi;
    started.workspace.catalog.addTable(table);
    started.workspace.catalog.addSchema('main.genai');
  });
  afterEach(() => started.stop());

  const forbidden = apiError(403, 'PERMISSION_DENIED', `User does not have MANAGE on Table '${table}'.`);
  const disabled = apiError(400, 'FEATURE_NOT_ENABLED', 'Lakehouse Monitoring is not enabled for this workspace.');
  const refuse = (method: string, answer = forbidden): void =>
    started.workspace.fail({ on: new RegExp(`^${method} .*monitor`), times: 99, answer });

  it.each([
    ['making it is forbidden', 'POST', forbidden, 'MonitorPermission'],
    ['looking at it is forbidden', 'GET', forbidden, 'MonitorPermission'],
    ['the feature is off', 'POST', disabled, 'MonitorFeatureDisabled'],
  ])('still has its history profile where %s, and says why it is missing', async (_name, method, answer, code) => {
    refuse(method, answer);
    for (const times of [1, 2]) {
      await expect(monitor().ensure(spec)).rejects.toMatchObject({ code, retryable: false });
      expect(profiled).toHaveLength(2 * times);
    }
  });

  it('still has its history profile where only the refresh is forbidden, or the next look', async () => {
    const made = monitor();
    await made.ensure(spec);
    expect(profiled).toEqual([]);
    refuse('POST');
    await expect(made.refresh()).rejects.toMatchObject({ code: 'MonitorPermission' });
    expect(profiled).toHaveLength(2);
    refuse('GET');
    await expect(made.refresh()).rejects.toMatchObject({ code: 'MonitorPermission' });
    expect(profiled).toHaveLength(4);
  });

  it('still has its history profile when the service failed', async () => {
    started.workspace.monitors.failure = 'The table has no column start_time.';
    expect((await monitor().ensure(spec)).status.state).toBe('failed');
    expect(profiled).toHaveLength(2);
  });

  it('tells of the monitor also when the history profile is forbidden, and logs the latter', async () => {
    refuse('POST');
    const warned: unknown[] = [];
    const log = { ...silentLog, warn: (_text: string, fields?: LogFields) => void warned.push(fields?.['code']) };
    const reason = "User does not have CREATE TABLE on Schema 'main.genai'.";
    historyFailure = new TraceliftError('WarehouseGrantMissing', { location: 'w', doing: 'making it', reason });
    await expect(monitor({ log }).ensure(spec)).rejects.toMatchObject({ code: 'MonitorPermission' });
    expect(warned).toEqual(['WarehouseGrantMissing']);
  });

  it('is tried again while the history profile takes several steps, or meets trouble that may pass', async () => {
    refuse('POST');
    const failing = monitor({ historyLimitMs: 0 }).ensure(spec);
    await expect(failing).rejects.toMatchObject({ code: 'WarehouseUnreachable', retryable: true });
    expect(profiled).toHaveLength(1);
    historyFailure = new TraceliftError('WarehouseUnreachable', { location: 'w', reason: 'HTTP 503' });
    await expect(monitor().ensure(spec)).rejects.toBe(historyFailure);
  });
});
