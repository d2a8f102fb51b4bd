/** The command line on a Databricks target: a fake workspace, the real wiring and driver. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { silentLog } from '../../src/log.js';
import { createRuntime, type Runtime } from '../../src/wiring/index.js';
import { apiError } from '../fakes/databricks/http.js';
import { FakeSql, noRight } from '../fakes/databricks/sql.js';
import { databricksEnvironment } from '../fakes/databricks/environment.js';
import { startFakeWorkspace, type StartedWorkspace } from '../fakes/databricks/start.js';
import { MemorySource, storedTrace } from '../fakes/memory-source.js';
import { newFolder, tracelift, type Outcome } from './command-line.js';

interface DoctorChecks {
  readonly checks: readonly { name: string; state: string; detail: string; remedy: string | null }[];
}

describe('a Databricks target', () => {
  let started: StartedWorkspace;
  let sql: FakeSql;
  let cwd: string;
  let env: Record<string, string>;
  const opened: Runtime[] = [];

  beforeEach(async () => {
    sql = new FakeSql();
    started = await startFakeWorkspace((body) => sql.handle(body));
    cwd = newFolder();
    env = { ...databricksEnvironment(started, cwd), TRACELIFT_DATABRICKS_TEXT_SCHEMA: 'genai_texts' };
  });
  afterEach(async () => {
    for (const runtime of opened.splice(0)) await runtime.close();
    await started.stop();
  });

  /** `more`: environment of this call alone. */
  async function run(args: readonly string[], more: Record<string, string> = {}): Promise<Outcome> {
    const all = { ...env, ...more };
    const runtime = createRuntime(loadConfig({ env: all, cwd }), { log: silentLog });
    opened.push(runtime);
    const source = new MemorySource();
    source.add(...Array.from({ length: 1200 }, (_, index) => storedTrace(index)));
    const parts = { ...runtime, source: () => Promise.resolve({ name: 'default', source }) };
    return tracelift(args, { env: { MLFLOW_TRACKING_URI: 'http://127.0.0.1:5000', ...all }, cwd, runtime: parts });
  }

  async function doctor(): Promise<DoctorChecks['checks']> {
    const { stdout } = await run(['doctor', '--target', 'databricks', '--json']);
    return (JSON.parse(stdout) as DoctorChecks).checks;
  }

  describe('grants', () => {
    it('for readers name the gold table alone, and are ready to be run', async () => {
      const { code, stdout, stderr } = await run(['grants', '--reader', 'data `team`', '--target', 'databricks']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trimEnd().split('\n')).toEqual([
        'GRANT USE CATALOG ON CATALOG `main` TO `data ``team```;',
        'GRANT USE SCHEMA ON SCHEMA `main`.`genai` TO `data ``team```;',
        'GRANT SELECT ON TABLE `main`.`genai`.`genai_processed_traces_gold` TO `data ``team```;',
      ]);
      expect(started.workspace.requests).toEqual([]);
    });

    it('grants with --facts add what holds no text, never raw traces or assessments', async () => {
      const { stdout } = await run(['grants', '--reader', 'team', '--facts', '--target', 'databricks']);
      expect(stdout).toContain('`genai`.`genai_trace_spans`');
      expect(stdout).toContain('GRANT SELECT ON VIEW `main`.`genai`.`genai_sessions`');
      expect(stdout).not.toMatch(/genai_texts|raw_traces|assessments/);
    });

    it('for the worker cover both schemas, the volume and the monitor', async () => {
      const { stdout } = await run(['grants', '--worker', 'app', '--target', 'databricks', '--json']);
      const { statements } = JSON.parse(stdout) as { statements: string[] };
      expect(statements).toContain('GRANT CREATE TABLE ON SCHEMA `main`.`genai_texts` TO `app`;');
      expect(statements.join()).toContain('WRITE VOLUME ON VOLUME `main`.`genai_texts`.`tracelift_staging`');
      expect(statements.join()).toContain('GRANT MANAGE ON TABLE');
    });

    it('grants are refused without a principal, with two, and for a DuckDB target', async () => {
      for (const args of [['grants'], ['grants', '--reader', 'a', '--worker', 'b']]) {
        expect(await run([...args, '--target', 'databricks'])).toMatchObject({ code: 2, stdout: '' });
      }
      const { code, stderr } = await run(['grants', '--reader', 'a', '--target', 'local']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/NotOnDatabricks: .* local/);
    });
  });

  describe('doctor', () => {
    it('doctor tries every right and finds each there', async () => {
      started.workspace.catalog.addTable('main.genai.genai_processed_traces_gold');
      started.workspace.catalog.addSchema('main.genai');
      const found = await doctor();
      const names = ['workspace', 'SQL warehouse', 'catalog', 'schemas', 'creating tables', 'tables', 'volume'];
      for (const name of [...names, 'quality monitor']) {
        expect(
          found.find((check) => check.name === name),
          name,
        ).toMatchObject({ state: 'ok', remedy: null });
      }
    });

    it.each([
      [
        'schemas',
        /^DESCRIBE SCHEMA/,
        'USE SCHEMA',
        /GRANT USE SCHEMA ON SCHEMA `main`\.`genai` TO `worker@example\.com`;/,
      ],
      ['creating tables', /^CREATE TABLE/, 'CREATE TABLE', /GRANT CREATE TABLE ON SCHEMA `main`\.`genai_texts`/],
      ['tables', /^(SELECT 1 FROM|DELETE)/, 'MODIFY', /GRANT SELECT, MODIFY ON SCHEMA/],
      ['volume', /^SELECT value FROM text\./, 'READ VOLUME', /GRANT READ VOLUME, WRITE VOLUME ON VOLUME/],
    ])('doctor names the GRANT for what is missing: %s', async (name, on, right, remedy) => {
      sql.refusals.push(noRight(on, `User does not have ${right} on it.`));
      const found = await doctor();
      expect(found.find((check) => check.name === name)).toMatchObject({ state: 'failed' });
      expect(found.find((check) => check.name === name)?.remedy).toMatch(remedy);
    });

    it('doctor names the GRANT on a catalog that may not be seen, and skips what needs it', async () => {
      const answer = apiError(403, 'PERMISSION_DENIED', "User does not have USE CATALOG on Catalog 'main'.");
      started.workspace.fail({ on: /^GET .*\/catalogs\/main/, times: 9, answer });
      const found = await doctor();
      expect(found.find((check) => check.name === 'catalog')?.remedy).toMatch(/^GRANT USE CATALOG ON CATALOG `main`/);
      expect(found.find((check) => check.name === 'volume')).toMatchObject({ state: 'skipped' });
    });

    it('doctor names the GRANT for the quality monitor', async () => {
      started.workspace.catalog.addTable('main.genai.genai_processed_traces_gold');
      const answer = apiError(403, 'PERMISSION_DENIED', 'User does not have MANAGE on Table.');
      started.workspace.fail({ on: /(data-quality|\/monitor)/, times: 9, answer });
      const monitor = (await doctor()).find((check) => check.name === 'quality monitor');
      expect(monitor?.remedy).toMatch(/^GRANT MANAGE ON TABLE/);
    });

    it('doctor says that the token is not accepted, ends with 1, and shows no token', async () => {
      const { code, stdout } = await run(['doctor', '--target', 'databricks'], { DATABRICKS_TOKEN: 'dapi-wrong' });
      expect(code).toBe(1);
      expect(stdout).toMatch(/FAIL {2}workspace .*WarehouseUnauthorized|FAIL {2}workspace .*not accept/i);
      expect(stdout).not.toContain('dapi-wrong');
    });

    it('doctor takes host and service principal from a profile', async () => {
      const { url, tokens } = started.workspace;
      const file = join(cwd, 'databrickscfg');
      const credentials = `client_id = ${tokens.clientId}\nclient_secret = ${tokens.clientSecret}`;
      writeFileSync(file, `[other]\nhost = https://example.com\n[prod]\nhost = ${url}\n${credentials}\n`);
      delete env['DATABRICKS_HOST'];
      delete env['DATABRICKS_TOKEN'];
      Object.assign(env, { DATABRICKS_CONFIG_FILE: file, DATABRICKS_CONFIG_PROFILE: 'prod' });
      expect((await doctor()).find((check) => check.name === 'workspace')).toMatchObject({ state: 'ok' });
      expect(tokens.numIssued).toBe(1);
    });

    it('doctor says which setting is missing where there are no credentials', async () => {
      delete env['DATABRICKS_TOKEN'];
      const found = (await doctor()).find((check) => check.name === 'Databricks');
      expect(found).toMatchObject({ state: 'failed' });
      expect(found?.detail).toContain('DATABRICKS_TOKEN');
    });
  });

  it('plan counts statements, files and warehouse minutes', async () => {
    const { code, stdout } = await run(['plan', '-e', '1', '--target', 'databricks', '--json']);
    expect(code).toBe(0);
    const { databricks, traces } = JSON.parse(stdout) as {
      traces: { count: number };
      databricks: { statements: number; fileRequests: number; warehouseMinutes: number };
    };
    expect(traces.count).toBe(1200);
    expect(databricks).toEqual({ statements: 12 + 3 + 15, fileRequests: 2 * 5 + 3 + 8, warehouseMinutes: 1 });
    expect((await run(['plan', '-e', '1', '--target', 'databricks'])).stdout).toMatch(
      /Databricks +about 30 statements/,
    );
    expect((await run(['plan', '-e', '1', '--target', 'local'])).stdout).not.toContain('Databricks');
  });

  describe('--adopt', () => {
    /** A gold table that somebody made before. */
    const gold = '`main`.`genai`.`genai_processed_traces_gold`';
    const noTemporal = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

    it('--adopt adds the columns that a table lacks before anything is started', async () => {
      sql.tables.set(
        gold,
        new Map([
          ['source_id', 'string'],
          ['owner_note', 'string'],
        ]),
      );
      const { code, stderr } = await run(['backfill', '-e', '1', '--target', 'databricks', '--adopt'], noTemporal);
      expect(stderr).toContain('The tables of databricks have every column; made main.genai');
      expect(code).toBe(3);
      expect(sql.tables.get(gold)?.has('trace_id')).toBe(true);
      expect(sql.tables.get(gold)?.has('owner_note')).toBe(true);
      expect(sql.statements.filter((text) => text.startsWith(`ALTER TABLE ${gold} ADD COLUMNS`))).toHaveLength(1);
    });

    it('--adopt refuses a column of another type and shows it', async () => {
      sql.tables.set(gold, new Map([['source_id', 'bigint']]));
      const { code, stderr } = await run(['sync', '-e', '1', '--target', 'databricks', '--adopt'], noTemporal);
      expect(code).toBe(2);
      expect(stderr).toMatch(/TableShapeDiffers: .*genai_processed_traces_gold.*column source_id is BIGINT/);
      expect(sql.statements.filter((text) => text.startsWith('CREATE TABLE'))).toEqual([]);
    });

    it('--adopt is refused for a DuckDB target', async () => {
      const { code, stderr } = await run(['backfill', '-e', '1', '--target', 'local', '--adopt'], noTemporal);
      expect(code).toBe(2);
      expect(stderr).toContain('NotOnDatabricks');
    });
  });

  describe('monitor', () => {
    const table = 'main.genai.genai_processed_traces_gold';
    beforeEach(() => {
      started.workspace.catalog.addTable(table);
      started.workspace.catalog.addSchema('main.genai');
    });

    it('monitor show says that there is none, and prints the dashboard of one that is there', async () => {
      expect((await run(['monitor', 'show', '--target', 'databricks'])).stdout).toMatch(/state +absent/);
      const spec = { timestampColumn: 'start_time', granularities: ['1 day'], slicingColumns: [] } as const;
      const { monitor } = await opened[0]!.target('databricks');
      await monitor.ensure(spec);
      const { code, stdout } = await run(['monitor', 'show', '--target', 'databricks']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/state +active/);
      expect(stdout).toMatch(/dashboard +https:\/\/127\.0\.0\.1:\d+\/sql\/dashboardsv3\/[0-9a-f]{32}/);
    });

    it('monitor delete removes it and keeps its tables unless told otherwise', async () => {
      await run(['monitor', 'show', '--target', 'databricks']);
      const spec = { timestampColumn: 'start_time', granularities: ['1 day'], slicingColumns: [] } as const;
      await (await opened[0]!.target('databricks')).monitor.ensure(spec);
      const { code, stdout } = await run(['monitor', 'delete', '--target', 'databricks']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/state +absent/);
      expect(sql.statements.filter((text) => text.startsWith('DROP'))).toEqual([]);
    });
  });
});
