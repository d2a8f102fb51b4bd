import { describe, expect, it } from 'vitest';

import { differingFromLanded } from '../../../src/copy/list/compare-landed.js';
import type { VersionComparison, Warehouse } from '../../../src/targets/warehouse.js';

const scope = { sourceId: 'mlflow', experimentId: '1' };
const listed = new Map([
  ['a', '1'],
  ['b', '1'],
]);
const a = { traceId: 'a', landed: null, deadLetter: null };

const answering = (comparison: VersionComparison): Warehouse =>
  ({ location: 'a file', compare: () => Promise.resolve(comparison) }) as Partial<Warehouse> as Warehouse;

describe('the comparison of a listing with the tables', () => {
  it('the comparison of a listing with the tables names the traces that differ', async () => {
    expect(await differingFromLanded(answering({ differing: [a], numSame: 1 }), scope, listed)).toEqual([a]);
  });

  it('the comparison of a listing with the tables takes no silence for agreement', async () => {
    await expect(differingFromLanded(answering({ differing: [a], numSame: 0 }), scope, listed)).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('it answered for 1 of them') as string,
    });
  });
});
