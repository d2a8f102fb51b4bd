/** What goes wrong around a SQL warehouse, in words that help: against a fake workspace, by the unmodified driver. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabricksTarget, type DatabricksTarget } from '../../../src/targets/databricks/databricks-target.js';
import { createDatabricksRest } from '../../../src/targets/databricks/rest-client.js';
import { createTokenSource } from '../../../src/targets/databricks/token-source.js';
import { untilRunning } from '../../../src/targets/databricks/warehouse-state.js';
import { createParquetWriter } from '../../../src/targets/local-staging/parquet-writer.js';
import { silentLog } from '../../../src/log.js';
import { landedTrace } from '../../contract/staged-traces.js';
import { apiError, type FakeAnswer } from '../../fakes/databricks/http.js';
import { FakeSql, noRight } from '../../fakes/databricks/sql.js';
import { startFakeWorkspace, type StartedWorkspace } from '../../fakes/databricks/start.js';

describe('a Databricks target', () => {
  let started: StartedWorkspace;
  let sql: FakeSql;
  const opened: DatabricksTarget[] = [];

  beforeEach(async () => {
    sql = new FakeSql();
    started = await startFakeWorkspace((body) => sql.handle(body));
  });
  afterEach(async () => {
    for (const target of opened.splice(0)) await target.close();
    await started.stop();
  });

  function open(more: Partial<Parameters<typeof createDatabricksTarget>[0]> = {}): DatabricksTarget {
    const target = createDatabricksTarget({
      ...started.options('oauth'),
      httpPath: started.workspace.httpPath,
      ...{ catalog: 'main', schema: 'genai', volume: 'tracelift_staging', files: createParquetWriter() },
      ...more,
    });
    opened.push(target);
    return target;
  }

  describe('with a warehouse', () => {
    it('a warehouse that does not exist is refused, and its id is named', async () => {
      for (const wrong of [{ httpPath: '/sql/1.0/warehouses/0000aaaa' }, { httpPath: '', warehouseId: '0000aaaa' }]) {
        await expect(open(wrong).openWarehouse()).rejects.toMatchObject({
          code: 'WarehouseObjectMissing',
          message: expect.stringContaining('0000aaaa') as string,
        });
      }
    });

    it('a warehouse that is stopped is started and waited for, and the log says so', async () => {
      const { workspace } = started;
      workspace.catalog.warehouseState = 'STOPPED';
      workspace.catalog.pollsUntilRunning = 3;
      const said: string[] = [];
      const log = { ...silentLog, info: (message: string) => void said.push(message) };
      const rest = createDatabricksRest(started.options(), createTokenSource(started.options()));
      await untilRunning({ rest, warehouseId: workspace.catalog.warehouseId, log, pollMs: 1 });
      expect(said).toEqual(['The SQL warehouse does not run; it is started']);
      expect(workspace.catalog.warehouseState).toBe('RUNNING');
      expect(workspace.requests.filter((line) => line.endsWith('/start'))).toHaveLength(1);
      rest.close();
    });

    it('a warehouse that one may use and not start is started by the first statement', async () => {
      const { workspace } = started;
      const answer = apiError(403, 'PERMISSION_DENIED', 'You do not have permission to view this warehouse.');
      workspace.fail({ on: /\/sql\/warehouses\//, times: 9, answer });
      const warehouse = await open().openWarehouse();
      expect((await warehouse.describeTables()).every(({ rows }) => rows === null)).toBe(true);
    });

    describe('that one may not use', () => {
      /** As users quote it, for service principals and users alike. */
      const text = 'PERMISSION_DENIED: token-service is not authorized to use or monitor this SQL Endpoint.';
      const right = (): string => `CAN USE on the SQL warehouse ${started.workspace.catalog.warehouseId} is missing`;
      const forbid = (answer: FakeAnswer): void => started.workspace.fail({ on: /^POST \/sql/, times: 99, answer });

      it.each([
        ['a header', { status: 403, headers: { 'X-Thriftserver-Error-Message': text } }],
        ['a body', apiError(403, 'PERMISSION_DENIED', text)],
      ])(
        'a warehouse that one may not use names the right when the server says so in %s, and asks for no new token',
        async (_, answer) => {
          forbid(answer);
          const failing = (await open().openWarehouse()).prepare();
          await expect(failing).rejects.toMatchObject({ code: 'WarehouseGrantMissing', retryable: false });
          await expect(failing).rejects.toThrow(right());
          expect(started.workspace.tokens.numIssued).toBe(1);
        },
      );

      it('a warehouse that one may not use names the right when the session is opened and the first statement refused', async () => {
        sql.refusals.push({ on: /./, message: text, sqlState: '' });
        const failing = (await open().openWarehouse()).prepare();
        await expect(failing).rejects.toMatchObject({ code: 'WarehouseGrantMissing' });
        await expect(failing).rejects.toThrow(right());
      });

      it('a warehouse that one may not use names both possibilities when the server gives no reason, or another one', async () => {
        for (const answer of [{ status: 403 }, apiError(403, 'PERMISSION_DENIED', 'Your address is blocked.')]) {
          forbid(answer);
          const failing = (await open().openWarehouse()).prepare();
          await expect(failing).rejects.toMatchObject({ code: 'WarehouseUnauthorized', retryable: false });
          await expect(failing).rejects.toThrow(/HTTP 403.*either the credentials are wrong or have ended, or CAN USE/);
          await expect(failing).rejects.toThrow(right());
          started.workspace.heal();
        }
      });

      it.each([
        ['named', apiError(403, 'PERMISSION_DENIED', text), 'WarehouseGrantMissing'],
        ['not named', { status: 403 }, 'WarehouseUnauthorized'],
      ])(
        'a warehouse that one may not use is told by the doctor with what to do, the right %s',
        async (_, answer, code) => {
          forbid(answer);
          const found = await open().doctor();
          expect(found.find(({ name }) => name === 'workspace')?.state).toBe('ok');
          const { warehouseId } = started.workspace.catalog;
          expect(found.find(({ name }) => name === 'SQL warehouse')).toEqual({
            name: 'SQL warehouse',
            state: 'failed',
            detail: expect.stringMatching(`${code}: .*${right()}`) as string,
            remedy: `Give worker@example.com CAN USE on the SQL warehouse ${warehouseId}: SQL Warehouses, Permissions.`,
          });
        },
      );
    });

    it('a Databricks target with a warehouse is a cluster, it is not asked for its state', async () => {
      const warehouse = await open({ httpPath: '/sql/protocolv1/o/1/0101-abc' }).openWarehouse();
      expect(warehouse.kind).toBe('databricks');
      expect(started.workspace.requests).toEqual([]);
    });
  });

  it('a target with a catalog without rights names the right and makes nothing', async () => {
    sql.refusals.push(noRight(/^DESCRIBE SCHEMA/, "User does not have USE CATALOG on Catalog 'main'."));
    const warehouse = await open().openWarehouse();
    await expect(warehouse.prepare()).rejects.toMatchObject({
      code: 'WarehouseGrantMissing',
      message: expect.stringContaining("does not have USE CATALOG on Catalog 'main'") as string,
    });
    expect(sql.statements.some((text) => text.startsWith('CREATE'))).toBe(false);
  });

  it('a target with a table of another schema shows every difference before anything is made', async () => {
    const spans = '`main`.`genai`.`genai_trace_spans`';
    sql.tables.set(
      spans,
      new Map([
        ['source_id', 'string'],
        ['start_time', 'bigint'],
        ['TRACE_ID', 'string'],
      ]),
    );
    const failing = (await open().openWarehouse()).prepare();
    await expect(failing).rejects.toMatchObject({ code: 'TableShapeDiffers' });
    await expect(failing).rejects.toThrow(/genai_trace_spans.*start_time is BIGINT.*span_id is missing/);
    // Names match whatever their case, as in the catalog.
    await expect(failing).rejects.not.toThrow(/trace_id is missing/);
    expect(sql.statements.some((text) => /^(CREATE TABLE|ALTER)/.test(text))).toBe(false);
  });

  it('a Databricks target goes on with a new token when the old one ends between two statements', async () => {
    const warehouse = await open().openWarehouse();
    await warehouse.prepare();
    const { tokens } = started.workspace;
    tokens.expireAll();
    expect(await warehouse.listRawKeys(null, 1)).toEqual([]);
    expect(tokens.numIssued).toBe(2);
  });

  it('a Databricks target says that a personal token has ended, and that trying again does not help', async () => {
    const warehouse = await open({ ...started.options('token'), warehouseId: 'x' })
      .openWarehouse()
      .catch(() => null);
    expect(warehouse).toBeNull();
    const target = open({ ...started.options('token'), httpPath: '/sql/protocolv1/o/1/0101-abc' });
    started.workspace.fail({ on: /^POST \/sql/, times: 99, answer: apiError(403, '403', 'Invalid access token.') });
    const failing = (await target.openWarehouse()).prepare();
    await expect(failing).rejects.toMatchObject({ code: 'WarehouseUnauthorized', retryable: false });
    // The words leave no doubt: no right is suspected.
    await expect(failing).rejects.toThrow(/HTTP 403, Invalid access token/);
    await expect(failing).rejects.not.toThrow(/CAN ATTACH TO/);
  });

  describe('with a Volume', () => {
    it.each([
      [507, 'INSUFFICIENT_STORAGE', 'The storage is full.'],
      [400, 'QUOTA_EXCEEDED', 'The quota of the volume is exceeded.'],
    ])('that is full (HTTP %i) says so', async (status, code, text) => {
      started.workspace.catalog.addVolume('main.genai.tracelift_staging');
      started.workspace.fail({ on: /^PUT /, times: 99, answer: apiError(status, code, text) });
      const { staging } = open();
      await expect(staging.writeTraces('w/r/w0/b.parquet', [landedTrace()])).rejects.toMatchObject({
        code: 'StagingUnwritable',
        message: expect.stringContaining(text) as string,
      });
    });

    it('a Volume that may not be made names the right', async () => {
      const answer = apiError(403, 'PERMISSION_DENIED', "User does not have CREATE VOLUME on Schema 'main.genai'.");
      started.workspace.fail({ on: /^POST .*\/volumes$/, answer });
      await expect(open().staging.writeJson('w/r/w0/a.json', 1)).rejects.toMatchObject({
        code: 'WarehouseGrantMissing',
        message: expect.stringContaining('CREATE VOLUME') as string,
      });
    });
  });

  it('a Databricks target takes its host as people paste it, by SQL and REST alike', async () => {
    const { port } = started.workspace;
    for (const host of [`127.0.0.1:${port}`, `https://127.0.0.1:${port}/`, ` HTTPS://127.0.0.1:${port}/?o=1`]) {
      const warehouse = await open({ host }).openWarehouse();
      expect(await warehouse.listRawKeys(null, 1), host).toEqual([]);
    }
  });
});
