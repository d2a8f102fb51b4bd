import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJson } from '../../src/json/decode-json.js';
import { writeJson } from '../../src/json/write-json.js';

test.each([
  [-0, '-0'],
  [1e20, '1e+20'],
  [10n ** 20n, '100000000000000000000'],
  [Number.NaN, '"NaN"'],
  [Number.NEGATIVE_INFINITY, '"-Infinity"'],
  ['\ud800', '"\ufffd"'],
])('the value %s is written as the JSON text %s', (value, text) => {
  expect(writeJson([value])).toBe(`[${text}]`);
});

test('a number comes back as the number that it was, and a large integer as the integer that it was', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt()), (value) => {
      const reading = readJson(writeJson({ value: [value] }));
      const isSmall = typeof value === 'bigint' && Number.isSafeInteger(Number(value));
      expect(reading).toEqual({ ok: true, value: { value: [isSmall ? Number(value) : value] } });
    }),
  );
});
