/** Contract: staged files that are not what they should be, the tables themselves, and queries. */
import { describe, expect } from 'vitest';
import { schemaVersion, tables } from '../../src/tables/index.js';
import { views } from '../../src/tables/views.js';
import type { Column } from '../../src/tables/table.js';
import { landedTrace } from './staged-traces.js';
import { codeOf, type ContractTest, type Harness } from './warehouse-harness.js';

export function stagedFileSuite(harness: Harness, test: ContractTest): void {
  describe('staged files', () => {
    test('a file that is gone stops the commit before it writes anything', async () => {
      const experimentId = harness.newExperiment();
      const [kept, lost] = [
        await harness.stage([landedTrace({ experimentId })]),
        await harness.underTest.staging.writeTraces('contract/run/lost/b.parquet', [landedTrace({ experimentId })]),
      ];
      await harness.underTest.staging.remove('contract/run/lost');
      expect(await codeOf(harness.warehouse.commit(harness.manifest([kept, lost])))).toBe('StagingLost');
      expect(await harness.rows('gold', experimentId)).toEqual([]);
    });

    test('a file that is cut off is a lost one', async () => {
      const experimentId = harness.newExperiment();
      const file = await harness.stage([landedTrace({ experimentId })]);
      for (const bytes of ['', 'PAR1', 'PAR1 but nothing more PAR1', 'nonsense'.repeat(100)]) {
        await harness.underTest.overwrite(file.key, Buffer.from(bytes));
        expect(await codeOf(harness.warehouse.commit(harness.manifest([file])))).toBe('StagingLost');
      }
    });

    test('a file that holds something else than its manifest says is refused', async () => {
      const experimentId = harness.newExperiment();
      const file = await harness.stage([landedTrace({ experimentId, spans: 2, documents: [{}], attachments: [{}] })]);
      for (const wrong of [
        { numTraces: 2 },
        { numSpans: 3 },
        { numDocuments: 0 },
        { numAttachments: 2 },
        { numDeadLetters: 1 },
      ]) {
        const manifest = harness.manifest([{ ...file, ...wrong }]);
        expect(await codeOf(harness.warehouse.commit(manifest))).toBe('ManifestMismatch');
      }
      expect(await harness.rows('gold', experimentId)).toEqual([]);
    });

    test('a row without a key is refused', async () => {
      const traceId = null as unknown as string;
      expect(await codeOf(harness.commit(landedTrace({ traceId })))).toBe('ManifestMismatch');
    });

    test('a commit without files, or with an empty one, does nothing', async () => {
      const nothing = { inserted: 0, updated: 0, columnsOverLimit: 0 };
      expect(await harness.warehouse.commit(harness.manifest([]))).toEqual(nothing);
      expect(await harness.commit()).toEqual(nothing);
    });
  });
}

export function schemaSuite(harness: Harness, test: ContractTest): void {
  describe('tables', () => {
    test('tables are prepared once, and described with their comments', async () => {
      expect(await harness.warehouse.prepare()).toEqual({ created: [], upgradedFrom: null });
      const described = await harness.warehouse.describeTables();
      for (const [role, table] of Object.entries(tables)) {
        const found = described.find((one) => one.role === role);
        expect(found?.comment).toBe(table.comment);
        for (const [name, { type, comment }] of Object.entries<Column>(table.columns)) {
          expect(found?.columns.find((column) => column.name === name)).toMatchObject({ type, comment });
        }
      }
      expect(described.filter(({ role }) => role === 'view')).toHaveLength(views.length);
      const [version] = await harness.query("SELECT value FROM tracelift_meta WHERE name = 'schema_version'");
      expect(version).toEqual({ value: String(schemaVersion) });
    });
  });

  describe('queries', () => {
    test('queries see what was committed a moment ago', async () => {
      const experimentId = harness.newExperiment();
      for (const n of [1, 2, 3]) {
        await harness.commit(landedTrace({ experimentId, traceId: `tr-${n}` }));
        const sql = `SELECT count(*) AS n FROM genai_processed_traces_gold WHERE experiment_id = '${experimentId}'`;
        expect(await harness.query(sql)).toEqual([{ n }]);
      }
    });

    test('query results are cut at the limit, and say so', async () => {
      const sql = 'SELECT * FROM (VALUES (1), (2), (3)) AS numbers(n) ORDER BY n';
      expect(await harness.warehouse.query(sql, { limit: 2 })).toEqual({
        columns: ['n'],
        rows: [[1], [2]],
        truncated: true,
      });
      expect(await harness.warehouse.query(sql, { limit: 3 })).toMatchObject({ truncated: false });
    });

    test('queries never round: decimals, integers beyond 2^53 and doubles without a JSON form come as text', async () => {
      const values: readonly (readonly [sql: string, shown: unknown])[] = [
        ["CAST('12345678901234567890.12345678' AS DECIMAL(28, 8))", '12345678901234567890.12345678'],
        ["CAST('-0.10' AS DECIMAL(4, 2))", '-0.10'],
        ['0.1 + 0.2', '0.3'],
        ['CAST(9007199254740993 AS BIGINT)', '9007199254740993'],
        ["CAST('NaN' AS DOUBLE)", 'NaN'],
        ['CAST(0.1 AS DOUBLE)', 0.1],
        ["CAST('2024-02-29 12:34:56.123456' AS TIMESTAMP)", '2024-02-29T12:34:56.123456Z'],
        ["array_agg(CAST('2024-02-29 12:34:56.123456' AS TIMESTAMP))", '["2024-02-29T12:34:56.123456Z"]'],
      ];
      const sql = `SELECT ${values.map(([value], index) => `${value} AS c${String(index)}`).join(', ')}`;
      const { rows } = await harness.warehouse.query(sql, { limit: 1 });
      expect(rows).toEqual([values.map(([, shown]) => shown)]);
    });

    test('a query of a user never changes a table', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId }));
      for (const sql of [
        'DELETE FROM genai_raw_traces',
        'DROP TABLE genai_raw_traces',
        "UPDATE genai_raw_traces SET status = 'x'",
        'CREATE TABLE another AS SELECT 1 AS n',
        "INSERT INTO tracelift_meta VALUES ('a', '1', current_timestamp)",
        'SELECT 1; DROP TABLE genai_raw_traces',
        '',
        '-- nothing',
      ]) {
        expect([sql, await codeOf(harness.warehouse.query(sql, { limit: 1 }))]).toEqual([sql, 'QueryRefused']);
      }
      expect(await harness.rows('raw', experimentId)).toHaveLength(1);
    });

    test('queries that are wrong say where', async () => {
      const failing = harness.warehouse.query('SELECT no_such_column FROM genai_raw_traces', { limit: 1 });
      await expect(failing).rejects.toMatchObject({ code: 'QueryFailed' });
      await expect(failing).rejects.toThrow('no_such_column');
    });
  });
}
