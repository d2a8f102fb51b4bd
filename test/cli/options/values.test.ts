import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChoice, readDuration, checkRange, readTime, readWholeNumber } from '../../../src/cli/options/values.js';
import { nowMs } from '../command-line.js';

const place = { command: 'backfill', option: '--from' };
const time = (text: string): string => new Date(readTime(text, nowMs, place)).toISOString();

describe('a time', () => {
  it.each([
    ['2024-01-01', '2024-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-01-01T08:30', '2024-01-01T08:30:00.000Z'],
    ['2024-01-01 08:30:15', '2024-01-01T08:30:15.000Z'],
    ['2024-01-01T08:30:15.250Z', '2024-01-01T08:30:15.250Z'],
    ['2024-01-01T08:30:00+02:00', '2024-01-01T06:30:00.000Z'],
    ['now', '2026-01-31T12:00:00.000Z'],
    ['30d', '2026-01-01T12:00:00.000Z'],
    ['12h', '2026-01-31T00:00:00.000Z'],
    ['90m', '2026-01-31T10:30:00.000Z'],
    ['2w', '2026-01-17T12:00:00.000Z'],
    ['1.5h ago', '2026-01-31T10:30:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(time(text)).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2024',
    '2024-13-01',
    '2024-02-30',
    '2023-02-29',
    '01.02.2024',
    '30',
    '30 days',
    '-3d',
    '1e3',
    'NaN',
    '2024-01-01T25:00',
  ])('"%s" is refused with a valid example', (text) => {
    expect(() => readTime(text, nowMs, place)).toThrow(/--from is not valid: .*for example --from 2024-01-01/);
  });

  it('any ISO time reads back as itself', () => {
    const instants = fc.date({
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('2100-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(instants, (date) => time(date.toISOString()) === date.toISOString()));
  });
});

describe('a range', () => {
  const june = Date.UTC(2024, 5, 1);

  it('a range may lack either bound', () => {
    for (const range of [{}, { from: june }, { to: june }, { from: june, to: june + 1 }]) {
      expect(() => checkRange(range, 'backfill')).not.toThrow();
    }
  });

  it('a range whose start is not before its end is refused with both ends', () => {
    expect(() => checkRange({ from: june, to: june - 86_400_000 }, 'backfill')).toThrow(
      /2024-06-01T00:00:00.000Z is not before 2024-05-31T00:00:00.000Z/,
    );
    expect(() => checkRange({ from: june, to: june }, 'backfill')).toThrow(/is not before/);
  });
});

describe('numbers, lengths and words', () => {
  it('numbers, lengths and words are read exactly', () => {
    expect(readDuration('2h', place)).toBe(7_200_000);
    expect(readWholeNumber('64', place, 1, 64)).toBe(64);
    expect(readChoice('csv', place, ['table', 'csv'])).toBe('csv');
  });

  it.each(['0', '65', '1.5', '1e1', '-1', 'x', ''])('"%s" is no whole number from 1 to 64', (text) => {
    expect(() => readWholeNumber(text, place, 1, 64)).toThrow(/no whole number from 1 to 64/);
  });

  it('wrong numbers, lengths and words are refused with what is allowed', () => {
    expect(() => readDuration('soon', place)).toThrow(/is no length of time/);
    expect(() => readChoice('xml', place, ['table', 'csv'])).toThrow(/"xml" is none of table, csv/);
  });
});
