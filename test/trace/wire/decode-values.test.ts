import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/json/json-value.js';
import {
  bigintOrNull,
  decodeAnyValue,
  durationMsOrNull,
  hexIdOrNull,
  stringMap,
  timeMsOrNull,
} from '../../../src/trace/wire/decode-values.js';

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((id) => /[^0]/.test(id));

describe('ids of the wire', () => {
  it('ids of the wire are the same lower-case hex from every spelling that MLflow has used', () => {
    fc.assert(
      fc.property(fc.oneof(hex(16), hex(32)), (id) => {
        const base64 = Buffer.from(id, 'hex').toString('base64');
        for (const spelling of [id, id.toUpperCase(), `0x${id}`, `tr-${id}`, base64, base64.replace(/=+$/, '')]) {
          expect(hexIdOrNull(spelling)).toBe(id);
        }
      }),
    );
  });

  it('ids of the wire are null where there is none: absent, empty, zero, or something else', () => {
    for (const none of [undefined, null, '', '0000000000000000', 'AAAAAAAAAAA=', 'abc', 7, {}]) {
      expect(hexIdOrNull(none)).toBeNull();
    }
  });
});

describe('times of the wire', () => {
  it('times of the wire are read to the millisecond, with and without a fraction', () => {
    expect(timeMsOrNull('2024-04-05T19:34:38.901Z')).toBe(1712345678901);
    expect(timeMsOrNull('2023-11-14T22:13:20Z')).toBe(1700000000000);
    expect(timeMsOrNull('2024-04-05T19:34:38.901999Z')).toBe(1712345678901);
    expect(timeMsOrNull('2024-04-05T21:34:38.901+02:00')).toBe(1712345678901);
    expect(timeMsOrNull(1712345678901)).toBe(1712345678901);
    expect(timeMsOrNull('1712345678901')).toBe(1712345678901);
    expect(timeMsOrNull('yesterday')).toBeNull();
    expect(timeMsOrNull(undefined)).toBeNull();
  });

  it('times of the wire are exact for durations of any number of milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(durationMsOrNull(`${(ms / 1000).toFixed(3)}s`)).toBe(ms);
      }),
    );
    expect(durationMsOrNull('2s')).toBe(2000);
    expect(durationMsOrNull('0.0059s')).toBe(5);
    expect(durationMsOrNull('-1.500s')).toBe(-1500);
    expect(durationMsOrNull('1.5')).toBeNull();
  });
});

describe('numbers of the wire', () => {
  it('numbers of the wire are whole and exact, or null', () => {
    expect(bigintOrNull('1794831176760570112')).toBe(1794831176760570112n);
    expect(bigintOrNull(5)).toBe(5n);
    expect(bigintOrNull(1.5)).toBeNull();
    expect(bigintOrNull('five')).toBeNull();
  });
});

describe("OTLP's AnyValue", () => {
  it('OTLP’s AnyValue gives back the value that MLflow stored, in both spellings', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, isCamel) => {
        const json = JSON.parse(JSON.stringify(value)) as JsonValue;
        expect(decodeAnyValue(encoded(json, isCamel))).toStrictEqual(json);
      }),
    );
  });

  it('OTLP’s AnyValue reads integers written as text, and the words that stand for non-finite doubles', () => {
    expect(decodeAnyValue({ int_value: '9007199254740993' })).toBe(9007199254740993n);
    expect(decodeAnyValue({ int_value: '12' })).toBe(12);
    expect(decodeAnyValue({ double_value: 'NaN' })).toBeNaN();
    expect(decodeAnyValue({ double_value: '-Infinity' })).toBe(-Infinity);
    expect(decodeAnyValue({ bytes_value: 'AAE=' })).toBe('AAE=');
  });

  it('OTLP’s AnyValue is null where it is strange, and does not follow endless nesting', () => {
    expect(decodeAnyValue({ new_value: 1 })).toBeNull();
    expect(decodeAnyValue('text')).toBeNull();
    let deep: JsonObject = { string_value: 'x' };
    for (let depth = 0; depth < 100_000; depth++) deep = { array_value: { values: [deep] } };
    expect(() => decodeAnyValue(deep)).not.toThrow();
  });
});

describe('maps of the wire', () => {
  it('maps of the wire come as objects or as lists of pairs, and hold text', () => {
    const expected = { a: '1', b: 'true', c: '' };
    expect(stringMap({ a: '1', b: true, c: '', d: null, e: {} })).toStrictEqual(expected);
    expect(
      stringMap([{ key: 'a', value: 1 }, { key: 'b', value: 'true' }, { key: 'c' }, { value: 'no key' }]),
    ).toStrictEqual(expected);
    expect(stringMap('nothing')).toStrictEqual({});
  });
});

function encoded(value: JsonValue, isCamel: boolean): JsonObject {
  const field = (name: string): string => (isCamel ? `${name}Value` : `${name}_value`);
  if (value === null) return {};
  if (typeof value === 'string') return { [field('string')]: value };
  if (typeof value === 'boolean') return { [field('bool')]: value };
  if (typeof value === 'number') return { [field('double')]: value };
  if (Array.isArray(value)) return { [field('array')]: { values: value.map((item) => encoded(item, isCamel)) } };
  const values = Object.entries(value as JsonObject).map(([key, item]) => ({ key, value: encoded(item, isCamel) }));
  return { [field('kvlist')]: { values } };
}
