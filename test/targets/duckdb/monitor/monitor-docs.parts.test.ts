import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { addManyGold, closeGold, nowMs, openGold, refreshedMonitor } from './gold.js';

afterEach(closeGold);

describe('docs/monitor.md', () => {
  it('docs/monitor.md shows queries that run and answer something', async () => {
    const text = await readFile(new URL('../../../../docs/monitor.md', import.meta.url), 'utf8');
    const queries = [...text.matchAll(/```sql\n([^`]+)```/g)].map(([, sql = '']) => sql);
    expect(queries.length).toBeGreaterThan(3);
    const database = await openGold();
    await addManyGold(database, 200, 3, nowMs);
    await refreshedMonitor(database);
    for (const sql of queries) expect(await database.rows(sql)).toBeInstanceOf(Array);
    const [daily = ''] = queries;
    expect((await database.rows(daily)).length).toBe(4);
  });
});
