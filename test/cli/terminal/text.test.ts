import { describe, expect, it } from 'vitest';
import { count, decimal, duration, instant, plural } from '../../../src/cli/terminal/text.js';

describe('numbers and times for people', () => {
  it('never show unknown as 0', () => {
    expect([count(null), decimal(null), instant(null), duration(null)]).toEqual(['-', '-', '-', '-']);
  });

  it('are short and exact', () => {
    expect(count(1234567n)).toBe('1,234,567');
    expect(count(2n ** 60n)).toBe('1,152,921,504,606,846,976');
    expect(decimal(0.123456)).toBe('0.1235');
    expect(instant(Date.UTC(2024, 0, 1))).toBe('2024-01-01 00:00:00Z');
    expect([duration(850), duration(12_345), duration(250_000), duration(7_500_000)]).toEqual([
      '850 ms',
      '12.3 s',
      '4 min 10 s',
      '2 h 5 min',
    ]);
    expect([plural(1, 'batch', 'batches'), plural(0, 'trace')]).toEqual(['1 batch', '0 traces']);
  });
});
