/** A Databricks monitor over a fake workspace, and an engine that shows little and remembers its statements. */
import { createDatabricksMonitor } from '../../../../src/targets/databricks/monitor/databricks-monitor.js';
import { createDatabricksRest } from '../../../../src/targets/databricks/rest-client.js';
import { createTokenSource } from '../../../../src/targets/databricks/token-source.js';
import type { ExistingColumn } from '../../../../src/tables/table.js';
import { silentLog } from '../../../../src/log.js';
import type { QualityMonitor } from '../../../../src/monitor/quality-monitor.js';
import type { MonitorSpec } from '../../../../src/monitor/spec.js';
import { startFakeWorkspace, type StartedWorkspace } from '../../../fakes/databricks/start.js';

export const table = 'main.genai.genai_processed_traces_gold';
export const spec: MonitorSpec = {
  timestampColumn: 'start_time',
  granularities: ['1 hour', '1 day'],
  slicingColumns: ['trace_name'],
};

/** For `describe.each`: what both APIs are called, and whether it is the newer one. */
export const bothApis = [
  ['the data-quality API', true],
  ['the older monitor API', false],
] as const;

export interface MonitorBench {
  readonly started: StartedWorkspace;
  /** What the engine was asked. It counts 7 rows in every table. */
  readonly statements: string[];
  /** A monitor of its own each time, as another worker has one. */
  monitor(more?: Partial<Parameters<typeof createDatabricksMonitor>[0]>): QualityMonitor;
}

export async function openMonitorBench(hasDataQualityApi: boolean): Promise<MonitorBench> {
  const started = await startFakeWorkspace();
  started.workspace.monitors.hasDataQualityApi = hasDataQualityApi;
  started.workspace.catalog.addTable(table);
  started.workspace.catalog.addSchema('main.genai');
  const statements: string[] = [];
  const run = async (statement: string) => {
    statements.push(statement);
    return [{ num_rows: '7' }];
  };
  const fixed = {
    ...{ table, warehouseId: 'w1', log: silentLog, sql: { run, close: async () => {} } },
    goldColumns: async (): Promise<ExistingColumn[]> => [
      { name: 'status', type: 'STRING', sqlType: 'STRING', nullable: true, comment: '' },
    ],
  };
  return {
    started,
    statements,
    monitor: (more = {}) => {
      const options = started.options();
      return createDatabricksMonitor({
        rest: createDatabricksRest(options, createTokenSource(options)),
        ...fixed,
        ...more,
      });
    },
  };
}
