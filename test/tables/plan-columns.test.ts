/** Which metric columns a commit adds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planColumns, type WantedColumn } from '../../src/tables/plan-columns.js';
import { goldTracesTable } from '../../src/tables/traces.js';

const number = (name: string): WantedColumn => ({ name, type: 'DOUBLE' });
const text = (name: string): WantedColumn => ({ name, type: 'STRING' });
const names = (columns: readonly { readonly name: string }[]): string[] => columns.map(({ name }) => name);

const anyWanted = fc.array(
  fc.record({
    name: fc.oneof(
      fc.constantFrom('metric_a', 'metric_A', 'metric_b', 'metric_b_label', 'dim_x', 'DIM_x', 'committed_at', ''),
      fc.string().map((tail) => `metric_${tail}`),
    ),
    type: fc.constantFrom('DOUBLE' as const, 'STRING' as const),
  }),
  { maxLength: 12 },
);

describe('planning columns', () => {
  test('planning columns adds what is new, in the order of names, and binds everything that exists then', () => {
    const plan = planColumns([{ name: 'metric_old', type: 'DOUBLE' }], [number('metric_b'), text('dim_a')], 300);
    expect(names(plan.add)).toEqual(['dim_a', 'metric_b']);
    expect(plan.bound).toEqual([
      { column: 'dim_a', type: 'STRING', keys: ['dim_a'] },
      { column: 'metric_b', type: 'DOUBLE', keys: ['metric_b'] },
      { column: 'metric_old', type: 'DOUBLE', keys: [] },
    ]);
    expect(plan.refused).toEqual([]);
  });

  test('planning columns does not depend on the order in which names come', () => {
    fc.assert(
      fc.property(
        anyWanted.chain((wanted) =>
          fc.tuple(fc.constant(wanted), fc.shuffledSubarray(wanted, { minLength: wanted.length })),
        ),
        fc.nat({ max: 4 }),
        ([wanted, shuffled], limit) => {
          expect(planColumns([], shuffled, limit)).toEqual(planColumns([], wanted, limit));
        },
      ),
    );
  });

  test('planning columns wants nothing more once its plan is carried out', () => {
    fc.assert(
      fc.property(anyWanted, fc.nat({ max: 4 }), (wanted, limit) => {
        const plan = planColumns([], wanted, limit);
        const again = planColumns(plan.add, wanted, limit);
        expect(again.add).toEqual([]);
        expect(again.bound).toEqual(plan.bound);
        expect(again.refused).toEqual(plan.refused);
      }),
    );
  });

  test('planning columns never passes the limit of metrics, and never makes two columns that SQL takes for one', () => {
    fc.assert(
      fc.property(anyWanted, fc.nat({ max: 4 }), (wanted, limit) => {
        const { add } = planColumns([], wanted, limit);
        expect(names(add).filter((name) => name.startsWith('metric_')).length).toBeLessThanOrEqual(limit);
        expect(new Set(names(add).map((name) => name.toLowerCase())).size).toBe(add.length);
        for (const name of names(add)) expect(name).toMatch(/^(metric|dim)_[a-z0-9_]+$/);
      }),
    );
  });

  test('planning columns counts existing metrics against the limit, and dimensions never', () => {
    const existing = [{ name: 'metric_a', type: 'DOUBLE' as const }];
    const plan = planColumns(existing, [number('metric_b'), number('metric_c'), text('dim_a'), text('dim_b')], 2);
    expect(names(plan.add)).toEqual(['dim_a', 'dim_b', 'metric_b']);
    expect(plan.refused).toEqual([{ name: 'metric_c', type: 'DOUBLE', reason: 'limit' }]);
  });

  test('planning columns refuses a type that the column does not have', () => {
    const plan = planColumns([{ name: 'metric_a', type: 'STRING' }], [number('metric_a')], 300);
    expect(plan.refused).toEqual([{ name: 'metric_a', type: 'DOUBLE', reason: 'type' }]);
    expect(plan.bound).toEqual([{ column: 'metric_a', type: 'STRING', keys: [] }]);
    expect(planColumns([], [text('metric_a'), number('metric_a')], 300).add).toMatchObject([{ type: 'DOUBLE' }]);
  });

  test('planning columns refuses names that are no column names, or that gold has already', () => {
    const hostile = [
      '"; DROP TABLE x; --',
      'metric_',
      'metric_é',
      'metric_a b',
      `metric_${'x'.repeat(249)}`,
      'request_id',
    ];
    const plan = planColumns([], hostile.map(number), 300);
    expect(plan.add).toEqual([]);
    expect(plan.refused.map(({ reason }) => reason)).toEqual(hostile.map(() => 'name'));
    expect(planColumns([], [number(`metric_${'x'.repeat(248)}`)], 300).add).toHaveLength(1);
  });

  test('planning columns feeds a column from every spelling of its name', () => {
    const plan = planColumns(
      [{ name: 'metric_Case', type: 'DOUBLE' }],
      [number('metric_case'), number('METRIC_CASE')],
      300,
    );
    expect(plan.bound).toEqual([{ column: 'metric_Case', type: 'DOUBLE', keys: ['METRIC_CASE', 'metric_case'] }]);
  });
});

test('no fixed column of gold has a name that a metric or a dimension could have', () => {
  const fixed = Object.keys(goldTracesTable.columns);
  expect(fixed.length).toBeGreaterThan(60);
  expect(fixed.filter((name) => /^(metric|dim)_/.test(name))).toEqual([]);
});
