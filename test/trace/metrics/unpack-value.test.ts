import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/json/json-value.js';
import { maxLeaves, maxLevels, unpackValue } from '../../../src/trace/metrics/unpack-value.js';
import { jsonValue } from '../arbitrary-trace.js';

const leavesOf = (value: JsonValue) =>
  unpackValue(value).leaves.map(({ path, value: { number, label } }) => [path.join('.'), number ?? label]);

describe('unpacking the value of an assessment', () => {
  test('a plain value is its own only leaf', () => {
    expect(leavesOf(0.5)).toEqual([['', 0.5]]);
    expect(leavesOf('yes')).toEqual([['', 1]]);
    expect(leavesOf('polite')).toEqual([['', 'polite']]);
    expect(leavesOf(null)).toEqual([]);
  });

  test('an object gives one leaf per number, truth value and short word, without the reasons', () => {
    const value = {
      faithfulness: 0.83,
      relevance: { score: 4, reason: 'the second document is off topic' },
      safe: true,
      tone: 'formal',
    };
    expect(leavesOf(value)).toEqual([
      ['faithfulness', 0.83],
      ['relevance', 4],
      ['safe', 1],
      ['tone', 'formal'],
    ]);
  });

  test('score, value and result name the assessment itself, in this order', () => {
    expect(leavesOf({ score: 0.7, reason: 'x' })).toEqual([['', 0.7]]);
    expect(leavesOf({ result: 0.1, value: 0.2, score: 0.3 })).toEqual([
      ['', 0.3],
      ['result', 0.1],
      ['value', 0.2],
    ]);
  });

  test('a list of named values gives one leaf per name, whatever the name and the value are called', () => {
    const value = [
      { name: 'faithfulness', value: 0.83 },
      { metric_name: 'relevance', score: 4 },
      { key: 'toxic', result: 'no', comment: 'fine' },
      { name: 'broken' },
      7,
    ];
    expect(leavesOf(value)).toEqual([
      ['faithfulness', 0.83],
      ['relevance', 4],
      ['toxic', 0],
    ]);
  });

  test('JSON in a text is unpacked like the value itself', () => {
    expect(leavesOf(' {"faithfulness": 0.83, "grade": "B"}')).toEqual([
      ['faithfulness', 0.83],
      ['grade', 'B'],
    ]);
    expect(leavesOf('[{"name": "f1", "score": 1}]')).toEqual([['f1', 1]]);
    expect(leavesOf('{not json')).toEqual([['', '{not json']]);
  });

  test('lists of plain values, prose and empty texts give no leaf', () => {
    expect(leavesOf([1, 2, 3])).toEqual([]);
    expect(leavesOf({ words: ['a'], text: 'x'.repeat(65), empty: '' })).toEqual([]);
  });

  test(`what lies deeper than ${String(maxLevels)} levels is counted and named`, () => {
    const value = { a: { b: { c: { d: 1, e: { f: 1 } } } } };
    const unpacked = unpackValue(value);
    expect(unpacked.leaves.map(({ path }) => path.join('.'))).toEqual(['a.b.c.d']);
    expect([unpacked.numLeftOut, unpacked.leftOut]).toEqual([1, ['a.b.c.e']]);
  });

  test(`what comes after ${String(maxLeaves)} values is counted and named`, () => {
    const value = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`m${String(index + 100)}`, index]));
    const unpacked = unpackValue(value);
    expect([unpacked.leaves.length, unpacked.numLeftOut, unpacked.leftOut.length]).toEqual([maxLeaves, 16, 10]);
    expect(unpacked.leftOut[0]).toBe('m164');
  });

  test('the order of members never matters, and no value throws', () => {
    const reversed = (value: JsonValue): JsonValue => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      );
    };
    fc.assert(
      fc.property(jsonValue(), (value) => {
        expect(unpackValue(reversed(value))).toStrictEqual(unpackValue(value));
      }),
    );
  });
});
