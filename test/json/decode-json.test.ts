import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/json/json-value.js';
import { maxJsonDepth, readJson } from '../../src/json/decode-json.js';
import { parsed } from '../trace/wire/wire-fixtures.js';

/** Whole floats keep their point: without it they would be integers, which are exact. */
function pythonFloat(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const digits = String(value);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !digits.includes('e') ? `${digits}.0` : digits;
}

/** JSON as Python's json.dumps writes it: bare NaN and Infinity, integers of any length. */
function pythonJson(value: JsonValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return pythonFloat(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${pythonJson(member)}`);
  return `{${members.join(', ')}}`;
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'NaN',
    '\u0001',
    '\u0001NaN',
    '\u0001\u00015',
    '12345678901234567890',
    '\\',
    '"',
    '": NaN, "',
    '__proto__',
  ),
);
const longInteger = fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map((value): JsonValue => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
});
const { value: pythonValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, fc.double(), longInteger, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
  ),
}));

/** Integers from 2^53 on are bigint by design: JSON.parse is no oracle for them. */
const jsonWithSafeIntegers = fc.jsonValue().filter((value) => !/\d{16}/.test(JSON.stringify(value)));

describe('reading JSON of the wire', () => {
  it('reading JSON of the wire returns every value that Python can write, with all digits', () => {
    fc.assert(
      fc.property(pythonValue, (value) => {
        expect(parsed(pythonJson(value))).toStrictEqual(value);
      }),
    );
  });

  it('reading JSON of the wire reads ordinary JSON exactly as JSON.parse does, indented or not', () => {
    fc.assert(
      fc.property(jsonWithSafeIntegers, fc.constantFrom(0, 2), (value, indent) => {
        const json = JSON.stringify(value, null, indent);
        expect(parsed(json)).toStrictEqual(JSON.parse(json));
      }),
    );
  });

  it('reading JSON of the wire never throws, whatever the text', () => {
    const snippet = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      'NaN',
      '-',
      '1',
      '12345678901234567',
      '.',
      'e',
      '\\u0001',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(snippet).map((parts) => parts.join('')),
        ),
        (json) => {
          expect(typeof readJson(json).ok).toBe('boolean');
        },
      ),
    );
  });

  it('reading JSON of the wire refuses a negative NaN, which no writer has', () => {
    expect(readJson('[-NaN]')).toStrictEqual({ ok: false, problem: 'syntax' });
  });

  it('reading JSON of the wire keeps nanoseconds and other long integers as bigint, and safe ones as numbers', () => {
    expect(parsed('[1794831176760570112, -1794831176760570113, 9007199254740991, 9007199254740992]')).toStrictEqual([
      1794831176760570112n,
      -1794831176760570113n,
      9007199254740991,
      9007199254740992n,
    ]);
  });

  it('reading JSON of the wire reads long fractions and exponents as the doubles that they are', () => {
    expect(
      parsed('[0.12345678901234567890, 1.0e1234567890123456789, 1e-12345678901234567, 12345678901234567.5]'),
    ).toStrictEqual([0.12345678901234568, Infinity, 0, 12345678901234568]);
  });

  it('reading JSON of the wire reads the bare words NaN, Infinity and -Infinity outside texts only', () => {
    expect(parsed('{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN, Infinity: 12345678901234567890"}')).toStrictEqual({
      a: NaN,
      b: [-Infinity, Infinity],
      c: 'NaN, Infinity: 12345678901234567890',
    });
  });

  it('reading JSON of the wire tells a syntax error without quoting the text', () => {
    expect(readJson('<html>secret</html>')).toStrictEqual({ ok: false, problem: 'syntax' });
    expect(readJson('')).toStrictEqual({ ok: false, problem: 'syntax' });
    expect(readJson('{"a": Nope}')).toStrictEqual({ ok: false, problem: 'syntax' });
  });

  it('reading JSON of the wire refuses values that are nested too deeply to be walked', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(readJson(nested(maxJsonDepth)).ok).toBe(true);
    expect(readJson(nested(maxJsonDepth + 1))).toStrictEqual({ ok: false, problem: 'depth' });
    expect(readJson(nested(200_000))).toStrictEqual({ ok: false, problem: 'depth' });
  });

  it('reading JSON of the wire keeps a member called __proto__ as a member', () => {
    const value = parsed('{"__proto__": 12345678901234567890, "a": {"__proto__": {"b": NaN}}}') as Record<
      string,
      unknown
    >;
    expect(Object.keys(value)).toStrictEqual(['__proto__', 'a']);
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toBe(12345678901234567890n);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});
