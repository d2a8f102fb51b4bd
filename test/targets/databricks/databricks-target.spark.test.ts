import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tables } from '../../../src/tables/index.js';
import { createSqlClient } from '../../../src/targets/databricks/sql-client.js';
import { createTokenSource } from '../../../src/targets/databricks/token-source.js';
import { landedTrace } from '../../contract/staged-traces.js';
import { dynamicColumns } from '../../contract/warehouse-harness.js';
import { apiError } from '../../fakes/databricks/http.js';
import { workspaceOptions } from '../../fakes/databricks/start.js';
import { openSparkTarget, type SparkTarget } from '../../spark/open-spark-target.js';
import { freshSchema, missingSpark, startSparkWorkspace, type SparkWorkspace } from '../../spark/spark-workspace.js';

const missing = missingSpark();
const scope = { sourceId: 'mlflow', experimentId: '1' };

describe.skipIf(missing !== null)(`a Databricks target on real Spark and Delta ${missing ?? ''}`, () => {
  const schema = freshSchema();
  let rig: SparkWorkspace;
  let target: SparkTarget;

  const commit = async (name: string, ...traces: ReturnType<typeof landedTrace>[]) => {
    const file = await target.staging.writeTraces(`target/run/w0/${name}.parquet`, traces);
    const locations = [target.staging.location(file.key)];
    return target.warehouse.commit({ files: [file], locations, maxMetricColumns: 300 });
  };

  const run = async (sql: string): Promise<readonly object[]> => {
    const options = workspaceOptions(rig.workspace);
    const client = createSqlClient({ ...options, httpPath: rig.workspace.httpPath }, createTokenSource(options));
    try {
      return await client.run(sql, { doing: 'a test' });
    } finally {
      await client.close();
    }
  };

  beforeAll(async () => {
    rig = await startSparkWorkspace();
    target = await openSparkTarget(rig.workspace, schema);
    await target.warehouse.prepare();
  });
  afterEach(() => rig.workspace.heal());
  afterAll(async () => {
    await target.close();
    await rig.stop();
  });

  it('a Databricks target on real Spark and Delta makes Delta tables that keep a change data feed, and says nothing new the second time', async () => {
    expect(await target.warehouse.prepare()).toEqual({ created: [], upgradedFrom: null });
    const properties = await run(`SHOW TBLPROPERTIES \`main\`.\`${schema}\`.\`genai_processed_traces_gold\``);
    expect(properties).toContainEqual({ key: 'delta.enableChangeDataFeed', value: 'true' });
  });

  it('a Databricks target on real Spark and Delta asks the catalog for tags and keys that only Databricks knows, and goes on without them', () => {
    expect(rig.front.unseen.filter((sql) => sql.includes('PRIMARY KEY'))).toHaveLength(Object.keys(tables).length);
  });

  it('a Databricks target on real Spark and Delta goes on when the warehouse has forgotten its sessions', async () => {
    await target.warehouse.landed(scope, ['tr-1']);
    rig.front.expireSessions();
    expect(await target.warehouse.landed(scope, ['tr-1'])).toEqual([]);
  });

  it('a Databricks target on real Spark and Delta goes on with a new token when the old one ends in the middle of a run', async () => {
    await target.warehouse.landed(scope, ['tr-1']);
    const before = rig.workspace.tokens.numIssued;
    rig.workspace.tokens.expireAll();
    expect(await target.warehouse.landed(scope, ['tr-1'])).toEqual([]);
    expect(rig.workspace.tokens.numIssued).toBe(before + 1);
  });

  it('a Databricks target on real Spark and Delta says that the engine does not answer, in words and as something to try again', async () => {
    rig.workspace.fail({ on: /^POST \/sql/, times: 50, answer: apiError(503, 'TEMPORARILY_UNAVAILABLE', 'later') });
    await expect(target.warehouse.landed(scope, ['tr-1'])).rejects.toMatchObject({
      code: 'WarehouseUnreachable',
      retryable: true,
    });
  });

  it('a Databricks target on real Spark and Delta starts a stopped warehouse and waits for it', async () => {
    rig.workspace.catalog.warehouseState = 'STOPPED';
    const opened = await openSparkTarget(rig.workspace, schema);
    expect(rig.workspace.catalog.warehouseState).toBe('RUNNING');
    await opened.close();
  });

  it('a Databricks target on real Spark and Delta refuses a warehouse that does not exist', async () => {
    await expect(
      openSparkTarget(rig.workspace, schema, { httpPath: '/sql/1.0/warehouses/0000' }),
    ).rejects.toMatchObject({ code: 'WarehouseObjectMissing' });
  });

  it('a Databricks target on real Spark and Delta never lets two commits at once lose or double a trace', async () => {
    const traces = Array.from({ length: 4 }, (_, index) => landedTrace({ traceId: `twice-${index}` }));
    const results = await Promise.allSettled([commit('left', ...traces), commit('right', ...traces)]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'WarehouseBusy' });
    }
    await commit('after', ...traces);
    const counted = await run(
      `SELECT CAST(count(*) AS STRING) AS n, CAST(count(DISTINCT trace_id) AS STRING) AS ids
       FROM \`main\`.\`${schema}\`.\`genai_processed_traces_gold\` WHERE trace_id LIKE 'twice-%'`,
    );
    expect(counted).toEqual([{ n: '4', ids: '4' }]);
  });

  it('a Databricks target on real Spark and Delta keeps what a newer attempt wrote when one that was given up still arrives', async () => {
    const old = landedTrace({ traceId: 'zombie', observedAtMs: 1_800_000_000_000, sourceHash: 'old' });
    const fresh = landedTrace({ traceId: 'zombie', observedAtMs: 1_800_000_001_000, sourceHash: 'new' });
    rig.front.beforeStatement = async (sql) => {
      if (!/^MERGE INTO `main`\.`[^`]+`\.`genai_processed_traces_gold`/.test(sql)) return;
      rig.front.beforeStatement = () => {};
      await commit('fresh', fresh);
    };
    await commit('old', old);
    expect(await target.warehouse.landed(scope, ['zombie'])).toMatchObject([{ sourceHash: 'new' }]);
  });

  it('a Databricks target on real Spark and Delta fills a metric column that differs by case, and leaves alone one of another type', async () => {
    const gold = `\`main\`.\`${schema}\`.\`genai_processed_traces_gold\``;
    await run(`ALTER TABLE ${gold} ADD COLUMNS (\`Metric_Cased\` DOUBLE, \`metric_typed\` BOOLEAN)`);
    const numbers = { metric_cased: 0.5, metric_typed: 1, metric_plain: 2 };
    const columnNames = async () => (await dynamicColumns(target.warehouse)).map(({ name }) => name);
    const before = await columnNames();
    expect(await commit('cased', landedTrace({ traceId: 'cased', numbers }))).toMatchObject({ inserted: 1 });
    expect((await columnNames()).filter((name) => !before.includes(name))).toEqual(['metric_plain']);
    const rows = await run(`SELECT Metric_Cased, metric_typed, metric_plain FROM ${gold} WHERE trace_id = 'cased'`);
    expect(rows).toEqual([{ Metric_Cased: 0.5, metric_typed: null, metric_plain: 2 }]);
  });

  it('a Databricks target on real Spark and Delta refuses a table of another shape with the difference, and adopts one that only lacks columns', async () => {
    const other = freshSchema('shape');
    await run(`CREATE SCHEMA \`main\`.\`${other}\``);
    await run(`CREATE TABLE \`main\`.\`${other}\`.\`tracelift_meta\` (name STRING, value BIGINT) USING DELTA`);
    const opened = await openSparkTarget(rig.workspace, other, { adopt: true });
    await expect(opened.warehouse.prepare()).rejects.toMatchObject({
      code: 'TableShapeDiffers',
      message: expect.stringContaining('column value is BIGINT') as string,
    });
    await opened.close();
    await run(`DROP TABLE \`main\`.\`${other}\`.\`tracelift_meta\``);
    await run(`CREATE TABLE \`main\`.\`${other}\`.\`tracelift_meta\` (name STRING, value STRING) USING DELTA`);
    const strict = await openSparkTarget(rig.workspace, other);
    await expect(strict.warehouse.prepare()).rejects.toMatchObject({
      message: expect.stringContaining('column updated_at is missing') as string,
    });
    await strict.close();
    const adopting = await openSparkTarget(rig.workspace, other, { adopt: true });
    expect((await adopting.warehouse.prepare()).created).toHaveLength(Object.keys(tables).length - 1);
    await adopting.close();
  });

  it('a Databricks target on real Spark and Delta brings tables of schema version 1 up to date with their rows, also after an interruption, and goes on', async () => {
    const older = freshSchema('older');
    const opened = await openSparkTarget(rig.workspace, older);
    await opened.warehouse.prepare();
    const [windows, meta] = ['tracelift_windows', 'tracelift_meta'].map((name) => `\`main\`.\`${older}\`.\`${name}\``);
    await run(`DROP TABLE ${windows}`);
    await run(`CREATE TABLE ${windows} (workflow_id STRING NOT NULL, run_id STRING NOT NULL COMMENT 'First run id',
      window_index BIGINT NOT NULL, source_id STRING NOT NULL, experiment_id STRING NOT NULL, from_ms BIGINT NOT NULL,
      to_ms BIGINT NOT NULL, state STRING NOT NULL, listed BIGINT NOT NULL, landed BIGINT NOT NULL,
      changed BIGINT NOT NULL, dead_lettered BIGINT NOT NULL, missing BIGINT NOT NULL, extra BIGINT NOT NULL,
      erased BIGINT NOT NULL, repair_rounds BIGINT NOT NULL, ids_digest STRING NOT NULL, started_at TIMESTAMP NOT NULL,
      verified_at TIMESTAMP NOT NULL, tracelift_version STRING NOT NULL)
      USING DELTA TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')`);
    await run(`INSERT INTO ${windows} VALUES ('w', 'r', 0, 'mlflow', '1', 0, 1000, 'complete', 1, 1, 1, 0, 0, 0, 0, 0,
      'd', timestamp_micros(1), timestamp_micros(2), '0.1.0')`);
    const renamedSince = [
      ['genai_raw_traces', 'span_count', 'num_spans'],
      ['genai_trace_spans', 'observed_at', 'spans_observed_at'],
      ['genai_retrieved_documents', 'observed_at', 'spans_observed_at'],
    ] as const;
    for (const [name, before, today] of renamedSince) {
      const table = `\`main\`.\`${older}\`.\`${name}\``;
      await run(`ALTER TABLE ${table} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')`);
      await run(`ALTER TABLE ${table} RENAME COLUMN ${today} TO ${before}`);
    }
    const setVersion = () => run(`UPDATE ${meta} SET value = '1' WHERE name = 'schema_version'`);
    await setVersion();
    expect(await opened.warehouse.prepare()).toEqual({ created: [], upgradedFrom: 1 });
    const [row] = await opened.warehouse.ledger({ firstRunId: 'r', limit: 10 });
    expect(row).toMatchObject({ workflow_id: 'w', first_run_id: 'r', window_index: 0, verified_at: 2, written: 1 });
    expect(row).not.toHaveProperty('erased');
    await opened.warehouse.recordWindow({ ...row!, window_index: 1, verified_at: 3 });

    // The changes were made, the version was not written.
    await setVersion();
    expect(await opened.warehouse.prepare()).toEqual({ created: [], upgradedFrom: 1 });
    expect(await opened.warehouse.prepare()).toEqual({ created: [], upgradedFrom: null });
    const recorded = await opened.warehouse.ledger({ firstRunId: 'r', limit: 10 });
    expect(recorded.map(({ window_index }) => window_index)).toEqual([1, 0]);
    const described = await opened.warehouse.describeTables();
    for (const [name, before, today] of renamedSince) {
      const columns = described.find((one) => one.name.endsWith(name))?.columns.map((one) => one.name);
      expect(columns).toContain(today);
      expect(columns).not.toContain(before);
    }
    const column = described
      .find(({ role }) => role === 'windows')
      ?.columns.find(({ name }) => name === 'first_run_id');
    expect(column?.comment).toBe(tables.windows.columns.first_run_id.comment);
    await opened.close();
  });

  it('a Databricks target on real Spark and Delta refuses queries that write, reach for files, or hold two statements', async () => {
    const table = `main.${schema}.tracelift_meta`;
    for (const sql of [
      `DELETE FROM ${table}`,
      `DROP TABLE ${table}`,
      `INSERT INTO ${table} VALUES ('a', 'b', NULL)`,
      'SELECT * FROM text.`/etc/passwd`',
      "SELECT * FROM read_files('/Volumes/x')",
      'SELECT 1; SELECT 2',
      "SELECT '${env:HOME}'",
    ]) {
      await expect(target.warehouse.query(sql, { limit: 1 }), sql).rejects.toMatchObject({ code: 'QueryRefused' });
    }
    const names = await target.warehouse.query(
      `SELECT name, 1 AS a, 2 AS a FROM ${table} WHERE name = 'schema_version';`,
      {
        limit: 5,
      },
    );
    expect(names).toEqual({ columns: ['name', 'a', 'a'], rows: [['schema_version', 1, 2]], truncated: false });
  });

  it('a Databricks target on real Spark and Delta finds nothing to fix where every right is there', async () => {
    rig.workspace.catalog.addTable(`main.${schema}.genai_processed_traces_gold`);
    const checks = await target.doctor();
    expect(checks.map(({ name, state }) => `${name}: ${state}`)).toEqual([
      'workspace: ok',
      'SQL warehouse: ok',
      'catalog: ok',
      'schemas: ok',
      'creating tables: ok',
      'tables: ok',
      'volume: ok',
      'quality monitor: ok',
    ]);
  });

  it('a Databricks target on real Spark and Delta names the GRANT for a right that is missing', async () => {
    const message = "User does not have WRITE VOLUME on Volume 'main.x.tracelift_staging'.";
    rig.workspace.fail({ on: /^PUT .*probe/, answer: apiError(403, 'PERMISSION_DENIED', message) });
    const volume = (await target.doctor()).find(({ name }) => name === 'volume');
    expect(volume).toMatchObject({ state: 'failed' });
    expect(volume?.remedy).toMatch(/^GRANT READ VOLUME, WRITE VOLUME ON VOLUME `main`\./);
  });
});
