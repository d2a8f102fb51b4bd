import fc from 'fast-check';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import gpt2 from 'js-tiktoken/ranks/gpt2';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { describe, expect, test } from 'vitest';
import { splitCl100k, splitGpt2, splitO200k, type Splitter } from '../../src/tokenizer/split.js';
import { anyText, trickyText } from './arbitrary-text.js';

function pieces(split: Splitter, text: string): string[] {
  const found: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = split(text, from);
    found.push(text.slice(from, end));
    if (end <= from) throw new Error('no progress');
    from = end;
  }
  return found;
}

describe.each([
  ['gpt2, r50k_base, p50k_base', splitGpt2, gpt2.pat_str],
  ['cl100k_base', splitCl100k, cl100k.pat_str],
  ['o200k_base', splitO200k, o200k.pat_str],
])('splitter of %s', (_name, split, pattern) => {
  const byPattern = (text: string): string[] => [...text.matchAll(new RegExp(pattern, 'ug'))].map(([piece]) => piece);

  test('splitting cuts where the pattern itself cuts', () => {
    fc.assert(
      fc.property(fc.oneof(trickyText(), anyText()), (text) => {
        expect(pieces(split, text)).toEqual(byPattern(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('splitting agrees with the pattern on every pair of characters of different classes', () => {
    const characters = Array.from(`aAéǅʰ字𐐀0½ \t\n\r/.'_😀\u0301\u00a0\u3000s`).concat('\ud800');
    for (const first of characters) {
      for (const second of characters) {
        for (const third of characters) {
          const text = first + second + third;
          expect(pieces(split, text), JSON.stringify(text)).toEqual(byPattern(text));
        }
      }
    }
  });

  test('splitting walks a long run once: a million of anything is quick', () => {
    for (const unit of ['a', 'A', 'aB', ' ', '\n', ' \n', '\u0301', '字', '!', "'s", '1']) {
      const text = unit.repeat(1_000_000 / unit.length);
      expect(pieces(split, text).join('')).toHaveLength(text.length);
    }
  });
});
