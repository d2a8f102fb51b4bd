import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxNameLength, metricColumnName, metricSuffixes } from '../../../src/trace/metrics/metric-name.js';

const rawName = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc
      .array(fc.constantFrom('a', 'B', '7', ' ', '_', '-', 'é', '正', 'label', 'human', 'x0123abcd'), { maxLength: 6 })
      .map((parts) => parts.join('')),
    fc.nat(400).map((times) => 'name '.repeat(times)),
  );

/** What makes two names one metric: they differ in case and in characters that are no letters or digits only. */
function isAlias(left: string, right: string): boolean {
  const plain = (name: string) =>
    name
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '_')
      .replace(/^_|_$/g, '');
  return plain(left) === plain(right);
}

describe('metric column name', () => {
  test.each([
    ['correctness', 'metric_correctness'],
    ['Answer Relevance', 'metric_answer_relevance'],
    ['answer-relevance!!', 'metric_answer_relevance'],
    ['guidelines/v2 (strict)', 'metric_guidelines_v2_strict'],
    ['"; DROP TABLE x; --', 'metric_drop_table_x'],
    ['2024', 'metric_2024'],
  ])('the assessment name %s becomes the column %s', (raw, column) => {
    expect(metricColumnName(raw)).toBe(column);
  });

  test.each(['', '!!!', '   ', 'x'.repeat(300), 'tone_label', 'Tone Human', 'label', '正確性', 'qualité'])(
    '%j gets a hash of itself, since the rest does not stand for it alone',
    (raw) => {
      expect(metricColumnName(raw)).toMatch(/_x[0-9a-f]{8}$/);
    },
  );

  test('a metric column name is a safe identifier of bounded length, whatever the name', () => {
    fc.assert(
      fc.property(rawName(), (raw) => {
        expect(metricColumnName(raw)).toMatch(new RegExp(`^metric_[a-z0-9][a-z0-9_]{0,${String(maxNameLength - 1)}}$`));
      }),
    );
  });

  test('a metric column name is shared only by names that differ in case and punctuation', () => {
    fc.assert(
      fc.property(rawName(), rawName(), (left, right) => {
        if (metricColumnName(left) === metricColumnName(right)) expect(isAlias(left, right)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(metricColumnName('正確性 v1')).not.toBe(metricColumnName('関連性 v1'));
    expect(metricColumnName('!')).not.toBe(metricColumnName('?'));
  });

  test('a metric column name never meets the suffixed column of another metric', () => {
    const suffixes = ['', ...Object.values(metricSuffixes)];
    fc.assert(
      fc.property(rawName(), rawName(), (left, right) => {
        const [one, other] = [metricColumnName(left), metricColumnName(right)];
        fc.pre(one !== other);
        const columns = new Set(suffixes.map((suffix) => one + suffix));
        for (const suffix of suffixes) expect(columns.has(other + suffix)).toBe(false);
      }),
      { numRuns: 3000 },
    );
    for (const suffix of Object.values(metricSuffixes)) {
      expect(metricColumnName(`tone${suffix}`)).not.toBe(metricColumnName('tone') + suffix);
    }
  });

  test('a name that looks like a hashed one is hashed again', () => {
    const hashed = metricColumnName('tone_label');
    expect(metricColumnName(hashed.replace('metric_', ''))).not.toBe(hashed);
  });
});
