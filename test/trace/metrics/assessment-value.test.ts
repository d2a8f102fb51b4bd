import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/json/json-value.js';
import { typeAssessmentValue } from '../../../src/trace/metrics/assessment-value.js';
import { jsonValue } from '../arbitrary-trace.js';

describe('reading of an assessment value', () => {
  test.each<[JsonValue, number | null, boolean | null, string | null]>([
    [4.5, 4.5, null, null],
    [0, 0, null, null],
    [true, 1, true, null],
    [false, 0, false, null],
    ['yes', 1, true, null],
    ['No', 0, false, null],
    [' PASS ', 1, true, null],
    ['fail', 0, false, null],
    ['TRUE', 1, true, null],
    ['4.5', 4.5, null, null],
    ['-1e3', -1000, null, null],
    ['.5', 0.5, null, null],
    ['unknown', null, null, 'unknown'],
    ['partially', null, null, 'partially'],
    ['0x10', null, null, '0x10'],
    ['1,5', null, null, '1,5'],
    ['', null, null, null],
    ['   ', null, null, null],
    ['1e999', null, null, '1e999'],
    [Number.NaN, null, null, null],
    [Number.POSITIVE_INFINITY, null, null, null],
    ['NaN', null, null, null],
    ['-Infinity', null, null, null],
    [null, null, null, null],
    [[1, 2], null, null, null],
    [{ score: 1 }, null, null, null],
    ['prose '.repeat(20), null, null, null],
    ['two\nlines', null, null, null],
  ])('%j', (value, number, boolean, label) => {
    expect(typeAssessmentValue(value)).toMatchObject({ number, boolean, label });
  });

  test('large integers become the nearest number', () => {
    expect(typeAssessmentValue(2n ** 60n).number).toBe(2 ** 60);
  });

  test('text stays text, whatever else it means', () => {
    expect(typeAssessmentValue('yes').text).toBe('yes');
    expect(typeAssessmentValue('4.5').text).toBe('4.5');
    expect(typeAssessmentValue(true).text).toBeNull();
  });

  test('the number of an assessment is always finite', () => {
    fc.assert(
      fc.property(fc.oneof(jsonValue(), fc.double(), fc.double().map(String)), (value) => {
        const { number } = typeAssessmentValue(value);
        expect(number === null || Number.isFinite(number)).toBe(true);
      }),
    );
  });
});
