import { describe, expect, it } from 'vitest';
import { view } from '../../../src/cli/commands/query.js';
import { paintFor } from '../../../src/cli/terminal/text.js';
import type { QueryResult } from '../../../src/targets/warehouse.js';

const plain = paintFor(false);

describe('a query result', () => {
  const result: QueryResult = {
    columns: ['name', 'value'],
    rows: [
      ['a,b', 1],
      ['say "hi"', null],
      ['', true],
      ['two\nlines', 0.5],
    ],
    truncated: true,
  };

  it('a query result as CSV quotes what must be quoted and tells NULL from the empty text', () => {
    expect(view(result, 'csv', plain)).toBe('name,value\r\n"a,b",1\r\n"say ""hi""",\r\n"",true\r\n"two\nlines",0.5');
  });

  it('a query result as JSON has one object per row', () => {
    expect(JSON.parse(view(result, 'json', plain))).toContainEqual({ name: 'say "hi"', value: null });
  });

  it('a query result as JSON keeps both of two columns with one name', () => {
    const twice = { columns: ['n', 'n', 'n_2'], rows: [[1, 2, 3]], truncated: false };
    expect(JSON.parse(view(twice, 'json', plain))).toEqual([{ n: 1, n_3: 2, n_2: 3 }]);
  });

  it('a query result as a table shows NULL and says that rows were cut off', () => {
    const text = view(result, 'table', plain);
    expect(text).toContain('NULL');
    expect(text).toContain('raise --limit');
    expect(view({ ...result, rows: [], truncated: false }, 'table', plain)).toBe('no rows');
  });
});
