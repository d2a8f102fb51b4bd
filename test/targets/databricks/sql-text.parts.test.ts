import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { warehouseIdOf } from '../../../src/targets/databricks/warehouse-state.js';
import { createTable } from '../../../src/targets/databricks/sql/ddl.js';
import { grantsForReader } from '../../../src/targets/databricks/sql/grants.js';
import { placeOf } from '../../../src/targets/databricks/sql/names.js';
import { quoteConstant, quoteFiles, quoteName } from '../../../src/targets/databricks/sql/quoting.js';
import { readRow, rowsJson } from '../../../src/targets/sql/rows.js';
import { windowsTable } from '../../../src/tables/bookkeeping.js';
import { tables, type TableRole } from '../../../src/tables/index.js';
import type { WindowRow } from '../../../src/tables/rows.js';
import { isDatabricksOnly, toSparkSql } from '../../spark/sql-dialect.js';

const roles = Object.keys(tables) as TableRole[];
const place = placeOf({ catalog: 'main', schema: 'genai', textSchema: 'genai_text' });

describe('SQL text for Databricks', () => {
  it('SQL text for Databricks keeps every name one name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const inside = quoteName(name).slice(1, -1);
        expect(inside.replaceAll('``', '').includes('`')).toBe(false);
        expect(inside.replaceAll('``', '`')).toBe(name);
      }),
    );
  });

  it('SQL text for Databricks keeps every constant one literal', () => {
    const unescape = (text: string): string => text.replaceAll('\\n', '\n').replace(/\\([\\'])/g, '$1');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', '\n', 'a', '`', '"') }), (text) => {
        const literal = quoteConstant(text);
        expect(literal).toMatch(/^'(?:[^'\\]|\\[\s\S])*'$/);
        if (!text.includes('\\n')) expect(unescape(literal.slice(1, -1))).toBe(text);
      }),
    );
  });

  it('SQL text for Databricks never holds a dollar sign: Spark would replace variables in it', () => {
    for (const role of roles) expect(createTable(role, place)).not.toContain('$');
    expect(() => quoteConstant('${env:HOME}')).toThrow(/dollar/);
  });

  it('SQL text for Databricks puts tables with free text into their own schema', () => {
    expect(place.table('raw')).toBe('`main`.`genai_text`.`genai_raw_traces`');
    expect(place.table('gold')).toBe('`main`.`genai`.`genai_processed_traces_gold`');
  });

  it('SQL text for Databricks makes every table a Delta table with change data feed and comments', () => {
    for (const role of roles) {
      const sql = createTable(role, place);
      expect(sql).toContain('USING DELTA');
      expect(sql).toContain("'delta.enableChangeDataFeed' = 'true'");
      expect(sql.match(/ COMMENT '/g)?.length).toBe(Object.keys(tables[role].columns).length);
      expect(sql).not.toMatch(/PARTITIONED/);
    }
  });

  it('SQL text for Databricks reads the files of one folder as one relation, and of two as a union', () => {
    expect(quoteFiles(['/Volumes/a/x.parquet'])).toContain('parquet.`/Volumes/a/x.parquet`');
    expect(quoteFiles(['/Volumes/a/x.parquet', '/Volumes/a/y.parquet'])).toContain(
      '`/Volumes/a/{x.parquet,y.parquet}`',
    );
    expect(quoteFiles(['/Volumes/a/x.parquet', '/Volumes/b/y.parquet']).match(/UNION ALL/g)).toHaveLength(1);
  });

  it('grants readers of facts nothing that holds free text', () => {
    const grants = grantsForReader(place, 'analysts').join('\n');
    expect(grants).toContain('GRANT SELECT ON TABLE `main`.`genai`.`genai_processed_traces_gold` TO `analysts`;');
    expect(grants).not.toMatch(/raw|assessments|genai_text/);
  });

  it('SQL text for Databricks knows the warehouse behind its HTTP path', () => {
    expect(warehouseIdOf('/sql/1.0/warehouses/abc123')).toBe('abc123');
    expect(warehouseIdOf('sql/1.0/endpoints/abc123')).toBe('abc123');
    expect(warehouseIdOf('sql/protocolv1/o/1/0123-456')).toBeNull();
  });
});

describe('rows on their way into SQL and back', () => {
  it('rows on their way into SQL and back keep 64-bit integers and microseconds exact', () => {
    const row = Object.fromEntries(
      Object.entries(windowsTable.columns).map(([name, { type }]) => [
        name,
        type === 'STRING' ? name : 9007199254740993n,
      ]),
    ) as unknown as WindowRow;
    const [wire] = JSON.parse(rowsJson(windowsTable.columns, [row])) as Record<string, unknown>[];
    expect(wire?.['from_ms']).toBe('9007199254740993');
    expect(readRow(windowsTable, wire ?? {})).toEqual(row);
  });
});

describe('the front of the test rig', () => {
  const dialect = { catalogs: ['main'], volumesFolder: '/tmp/v' };

  it('the front of the test rig binds parameters only where SQL has them', () => {
    const sql = 'SELECT \':a\', `:a`, ":a", x::int, :a -- :a\n/* :a */';
    expect(toSparkSql(sql, [{ name: 'a', type: 'STRING', value: "it's $x" }], dialect)).toBe(
      "SELECT ':a', `:a`, \":a\", x::int, 'it\\'s \\u0024x' -- :a\n/* :a */",
    );
  });

  it('the front of the test rig renames the catalog and nothing that looks like it', () => {
    const sql = "SELECT main.x FROM `main`.`s`.`t`, other.main.t, 'main.s.t'";
    expect(toSparkSql(sql, [], dialect)).toBe(
      "SELECT `spark_catalog`.x FROM `spark_catalog`.`s`.`t`, other.main.t, 'main.s.t'",
    );
  });

  it('the front of the test rig fails for a marker without a value instead of binding NULL', () => {
    expect(() => toSparkSql('SELECT :missing', [], dialect)).toThrow('UNBOUND_SQL_PARAMETER');
  });

  it('the front of the test rig knows statements that open-source Spark cannot run', () => {
    expect(isDatabricksOnly("ALTER TABLE `a`.`b` SET TAGS ('x' = 'y')")).toBe(true);
    expect(isDatabricksOnly('ALTER TABLE `a`.`b` ADD CONSTRAINT `k` PRIMARY KEY (x)')).toBe(true);
    expect(isDatabricksOnly('ALTER TABLE `a`.`b` ADD COLUMNS (x STRING)')).toBe(false);
  });
});
