/** The queries that the documents show are run on real tables. */
import { expect, it } from 'vitest';
import { landedTrace } from '../contract/staged-traces.js';
import { codeOf } from '../contract/warehouse-harness.js';
import { ScratchWarehouses } from '../targets/duckdb/scratch-warehouses.js';
import { documents, queriesOf, readDocument } from './markdown.js';

const scratch = new ScratchWarehouses();
const isWrite = (sql: string): boolean => /^(DROP|DELETE|INSERT|UPDATE)\b/.test(sql);

it('every query that a document shows runs on the tables, and those that write are refused', async () => {
  const warehouse = await scratch.prepared();
  await scratch.commit(warehouse, [landedTrace({ numbers: { metric_relevance: 1 } })]);
  const queries = documents().flatMap((name) => queriesOf(readDocument(name)));
  expect(queries.length).toBeGreaterThan(8);
  for (const sql of queries) {
    const code = await codeOf(warehouse.query(sql, { limit: 5 }));
    expect([sql, code]).toEqual([sql, isWrite(sql) ? expect.stringMatching(/^Query(Refused|Failed)$/) : 'no error']);
  }
});
