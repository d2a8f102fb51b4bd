import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftBetween } from '../../src/monitor/drift.js';
import { tableRowName, type ColumnProfile, type Profile } from '../../src/monitor/model.js';
import { sketchOf } from '../statistics/sketches.js';

const column = (values: Partial<ColumnProfile>): ColumnProfile => ({
  columnName: 'cost_usd',
  dataType: 'double',
  count: 4,
  numNulls: 0,
  numNan: 0,
  avg: null,
  percentNull: null,
  percentZeros: null,
  percentDistinct: null,
  nonNullColumns: null,
  quantiles: null,
  ...values,
});
const profile = (day: number, ...columns: ColumnProfile[]): Profile => ({
  window: { granularity: '1 day', fromMs: day * 86_400_000 },
  slice: { key: null, value: null },
  monitorVersion: 3,
  columns,
});
const drift = (then: Partial<ColumnProfile>, now: Partial<ColumnProfile>) =>
  driftBetween(profile(0, column(then)), profile(1, column(now)))[0]!;

describe('drift between two profiles', () => {
  it('drift between two profiles is what the current window has more than the earlier one', () => {
    const row = drift(
      { count: 1192, avg: 25.059042979855878, percentNull: 10, percentDistinct: 95 },
      { count: 941, avg: 24.847526487373074, percentNull: 12.5, percentDistinct: 100 },
    );
    expect(row.countDelta).toBe(-251);
    expect(row.avgDelta).toBe(-0.21151649248280435);
    expect(row.percentNullDelta).toBe(2.5);
    expect(row.percentDistinctDelta).toBe(5);
  });

  it('drift between two profiles names both windows, the slice and the version of the current profile', () => {
    const row = drift({}, {});
    expect(row.window.fromMs - row.comparedWindow.fromMs).toBe(86_400_000);
    expect(row).toMatchObject({ slice: { key: null, value: null }, monitorVersion: 3, columnName: 'cost_usd' });
  });

  it('drift between two profiles is unknown where one of the two values is unknown', () => {
    expect(drift({ avg: 1 }, {})).toMatchObject({ avgDelta: null, ksTest: null, populationStabilityIndex: null });
    expect(drift({ quantiles: sketchOf([1]) }, { quantiles: null }).ksTest).toBeNull();
  });

  it('tests distributions by the numbers of values, not of rows', () => {
    const quantiles = { quantiles: sketchOf([0, 1]) };
    const many = { quantiles: sketchOf([1, 2]) };
    const full = drift({ ...quantiles, count: 40 }, { ...many, count: 40 });
    const sparse = drift({ ...quantiles, count: 80, numNulls: 40 }, { ...many, count: 90, numNulls: 40, numNan: 10 });
    expect(sparse.ksTest).toEqual(full.ksTest);
    expect(full.ksTest?.statistic).toBe(0.5);
  });

  it('drift between two profiles counts columns that gained or lost all their values, in the row of the table only', () => {
    const table = (nonNullColumns: string[]): Partial<ColumnProfile> => ({
      columnName: tableRowName,
      dataType: null,
      nonNullColumns,
    });
    expect(drift(table(['a', 'b']), table(['b', 'c', 'd'])).nonNullColumnsDelta).toEqual({ added: 2, missing: 1 });
    expect(drift({}, {}).nonNullColumnsDelta).toBeNull();
  });

  it('drift between two profiles speaks only of columns that both profiles have', () => {
    const rows = driftBetween(
      profile(0, column({}), column({ columnName: 'gone' })),
      profile(1, column({ columnName: 'new' }), column({})),
    );
    expect(rows.map(({ columnName }) => columnName)).toEqual(['cost_usd']);
  });

  it('drift between equal profiles is nothing', () => {
    const values = fc.array(fc.integer(), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(values, (list) => {
        const same = {
          quantiles: sketchOf(list.toSorted((a, b) => a - b)),
          avg: 1,
          percentNull: 5,
          count: list.length,
        };
        expect(drift(same, same)).toMatchObject({
          countDelta: 0,
          avgDelta: 0,
          percentNullDelta: 0,
          ksTest: { statistic: 0, pvalue: 1 },
          populationStabilityIndex: 0,
        });
      }),
    );
  });
});
