import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DBSQLClient, DBSQLParameter, DBSQLParameterType } from '@databricks/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshSchema, missingSpark, startSparkWorkspace, type SparkWorkspace } from './spark-workspace.js';

const missing = missingSpark();

describe.skipIf(missing !== null)(`the unmodified Databricks driver on real Spark and Delta ${missing ?? ''}`, () => {
  let rig: SparkWorkspace;
  let client: DBSQLClient;
  const schema = freshSchema('rig');
  const table = `\`main\`.\`${schema}\`.\`t\``;

  type Parameters = Record<string, string | number | bigint | null | DBSQLParameter>;

  async function query(sql: string, namedParameters: Parameters = {}): Promise<object[]> {
    const session = await client.openSession();
    try {
      const operation = await session.executeStatement(sql, { namedParameters });
      try {
        await operation.finished();
        return await operation.fetchAll();
      } finally {
        await operation.close();
      }
    } finally {
      await session.close();
    }
  }

  beforeAll(async () => {
    rig = await startSparkWorkspace();
    client = new DBSQLClient({ logger: { log: () => {} } });
    client.on('error', () => {});
    await client.connect({
      host: '127.0.0.1',
      port: rig.workspace.port,
      path: rig.workspace.httpPath,
      token: rig.workspace.tokens.personalToken,
      customCaCert: rig.workspace.caPem,
      telemetryEnabled: false,
    });
  });

  afterAll(async () => {
    await client.close();
    await rig.stop();
  });

  it('the unmodified Databricks driver on real Spark and Delta creates a Delta table under its three-level name and merges into it', async () => {
    await query(`CREATE SCHEMA IF NOT EXISTS \`main\`.\`${schema}\``);
    await query(`CREATE TABLE ${table} (id STRING, n BIGINT) USING DELTA CLUSTER BY (n)`);
    await query(`INSERT INTO ${table} VALUES ('a', 1), ('b', 2)`);
    const merged = await query(
      `MERGE INTO ${table} t USING (SELECT 'b' AS id, 3 AS n UNION ALL SELECT 'c', 4) s ON t.id = s.id
       WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)`,
    );
    expect(merged).toEqual([{ num_affected_rows: 2, num_updated_rows: 1, num_deleted_rows: 0, num_inserted_rows: 1 }]);
    expect(await query(`SELECT id, n FROM ${table} ORDER BY id`)).toEqual([
      { id: 'a', n: 1 },
      { id: 'b', n: 3 },
      { id: 'c', n: 4 },
    ]);
  });

  it('the unmodified Databricks driver on real Spark and Delta binds parameters of every type that tracelift uses, without looking into strings and comments', async () => {
    const parameters = {
      s: "it's \\ \n ${env:HOME} `:x`",
      n: 12345678901234n,
      d: 0.1,
      nothing: null,
      at: new DBSQLParameter({ type: DBSQLParameterType.TIMESTAMP, value: '2026-01-02 03:04:05.678901' }),
    };
    const [row] = await query(
      "SELECT :s AS s, CAST(:n AS STRING) AS n, :d AS d, :nothing AS nothing, unix_micros(:at) AS at, ':s' AS q -- :q",
      parameters,
    );
    expect(row).toEqual({
      s: parameters.s,
      n: '12345678901234',
      d: 0.1,
      nothing: null,
      at: 1767323045678901,
      q: ':s',
    });
  });

  it('the unmodified Databricks driver on real Spark and Delta reads a file of a Volume by the path that Databricks would use', async () => {
    await mkdir(join(rig.volumesFolder, 'main', schema, 'v'), { recursive: true });
    await writeFile(join(rig.volumesFolder, 'main', schema, 'v', 'a.txt'), 'one\ntwo\n');
    const rows = await query(`SELECT value FROM text.\`/Volumes/main/${schema}/v/a.txt\` ORDER BY value`);
    expect(rows).toEqual([{ value: 'one' }, { value: 'two' }]);
  });

  it('the unmodified Databricks driver on real Spark and Delta delivers 25,001 rows whole and in order', async () => {
    const rows = await query("SELECT id, repeat('x', 500) AS text FROM range(25001) ORDER BY id");
    expect(rows).toHaveLength(25_001);
    expect(rows[25_000]).toMatchObject({ id: 25_000 });
  });

  it('the unmodified Databricks driver on real Spark and Delta reports errors with SQLSTATE and text', async () => {
    await expect(query('SELECT * FROM `main`.`default`.`missing`')).rejects.toMatchObject({
      response: { sqlState: '42P01', errorMessage: expect.stringContaining('TABLE_OR_VIEW_NOT_FOUND') as string },
    });
  });

  it('the unmodified Databricks driver on real Spark and Delta accepts statements that only Databricks knows, and says which they were', async () => {
    await query(`ALTER TABLE ${table} SET TAGS ('tracelift' = 'gold')`);
    expect(rig.front.unseen.at(-1)).toContain('SET TAGS');
  });

  it('the unmodified Databricks driver on real Spark and Delta answers a lost session as a warehouse does', async () => {
    const session = await client.openSession();
    rig.front.expireSessions();
    await expect(session.executeStatement('SELECT 1')).rejects.toMatchObject({
      message: expect.stringContaining('Invalid SessionHandle') as string,
    });
    await session.close().catch(() => {});
  });
});
