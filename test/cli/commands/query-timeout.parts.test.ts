import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/index.js';
import { silentLog } from '../../../src/log.js';
import { createRuntime, type Runtime } from '../../../src/wiring/index.js';
import { tracelift, type Outcome } from '../command-line.js';

const folder = mkdtempSync(join(tmpdir(), 'tracelift-query-timeout-'));
const env = { TRACELIFT_DATA: folder };
let runtime: Runtime;

beforeAll(async () => {
  runtime = createRuntime(loadConfig({ env, cwd: folder }), { log: silentLog });
  await (await runtime.target(null)).warehouse.prepare();
});

afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

const query = (sql: string, timeout: string): Promise<Outcome> => {
  const readTarget = async () => {
    const { name, warehouse, monitor } = await runtime.target(null);
    return { name, warehouse, monitor, copiedAtMs: null, close: () => Promise.resolve() };
  };
  return tracelift(['query', sql, '--timeout', timeout], { env, cwd: folder, runtime: { readTarget } });
};

it.each([
  ['that counts for ever', 'SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7'],
  ['that recurses for ever', 'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'],
  [
    'that sorts more than fits',
    'SELECT a.range FROM range(1000000) a, range(1000000) b ORDER BY hash(a.range + b.range)',
  ],
])('a query %s is stopped after its time, and says so', async (_kind, sql) => {
  const { code, stdout, stderr } = await query(sql, '1s');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/QueryTimedOut: The query took longer than 1 s/);
});

it('a query that ends in time is answered, and the tables go on', async () => {
  expect(await query('SELECT 1 AS one', '1s')).toMatchObject({ code: 0, stderr: '' });
});
