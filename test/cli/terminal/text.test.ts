import { describe, expect, it } from 'vitest';
import { count, decimal, duration, instant, plural, printable } from '../../../src/cli/terminal/text.js';

describe('numbers and times for people', () => {
  it('numbers and times for people never show unknown as 0', () => {
    expect([count(null), decimal(null), instant(null), duration(null)]).toEqual(['-', '-', '-', '-']);
  });

  it('numbers and times for people are short and exact', () => {
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

describe('a text from elsewhere', () => {
  const character = (code: number): string => String.fromCharCode(code);
  const escape = character(0x1b);

  it('a text from elsewhere cannot move the cursor, change the title or turn a line: control characters are written out', () => {
    expect(printable(`${escape}]0;title${character(7)}bot`)).toBe('\\x1b]0;title\\x07bot');
    expect(printable(`${escape}[2J${escape}[1;1H`)).toBe('\\x1b[2J\\x1b[1;1H');
    expect(printable(`over\rwritten${character(0x9b)}2J${character(0x202e)}`)).toBe('over\\x0dwritten\\x9b2J\\u202e');
  });

  it('a text from elsewhere keeps its lines, its tabs and the colours of a view', () => {
    const text = `${escape}[32mcomplete${escape}[39m\ta\r\nb 😀 é`;
    expect(printable(text)).toBe(text);
  });
});
