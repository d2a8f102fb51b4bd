import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assessTrace } from '../../../src/trace/metrics/assessment-rows.js';
import { metricsOf } from '../../../src/trace/metrics/metric-values.js';
import type { Assessment } from '../../../src/trace/trace.js';
import { assessment, jsonValue } from '../arbitrary-trace.js';

const key = { sourceId: 'prod', experimentId: '7', traceId: 'tr-1' };
const root = '00000000000000aa';

function assess(assessments: readonly Assessment[]) {
  const assessed = assessTrace(key, assessments, root, 1_700_000_100_000);
  return { ...assessed, ...metricsOf(assessed.given, (id) => id) };
}

let nextId = 0;

function judged(value: Assessment['value'], change: Partial<Assessment> = {}): Assessment {
  return {
    assessmentId: `a-${String(nextId++)}`,
    name: 'correctness',
    kind: 'feedback',
    spanId: null,
    sourceType: 'LLM_JUDGE',
    sourceId: 'judge',
    createTimeMs: 100,
    lastUpdateTimeMs: 100,
    value,
    rationale: null,
    errorCode: null,
    errorMessage: null,
    errorStack: null,
    metadata: {},
    valid: true,
    overrides: null,
    ...change,
  };
}

const numbers = (...assessments: Assessment[]) => assess(assessments).dynamic.numbers;
const texts = (...assessments: Assessment[]) => assess(assessments).dynamic.texts;

describe('metric values of a trace', () => {
  test('one strange value never touches another metric', () => {
    const dynamic = assess([judged('yes'), judged('no idea', { name: 'tone' }), judged([1], { name: 'list' })]).dynamic;
    expect(dynamic).toEqual({ numbers: { metric_correctness: 1 }, texts: { metric_tone_label: 'no idea' } });
  });

  test('people and judges have columns of their own', () => {
    const values = [judged(1), judged(0, { sourceType: 'HUMAN' }), judged(0.5, { sourceType: 'CODE', name: 'f1' })];
    expect(numbers(...values)).toEqual({ metric_correctness: 1, metric_correctness_human: 0, metric_f1: 0.5 });
    expect(texts(judged('fine'), judged('bad', { sourceType: 'HUMAN' }))).toEqual({
      metric_correctness_label: 'fine',
      metric_correctness_human_label: 'bad',
    });
  });

  test('the newest valid value wins; overridden ones count nowhere', () => {
    const old = judged(0, { lastUpdateTimeMs: 1 });
    const edited = judged(1, { createTimeMs: 0, lastUpdateTimeMs: 200 });
    const overridden = judged(0.5, { lastUpdateTimeMs: 300, valid: false });
    expect(numbers(edited, old, overridden)).toEqual({ metric_correctness: 1 });
    const { rows, numAssessments } = assess([edited, old, overridden]);
    expect([rows.length, numAssessments]).toEqual([3, 2]);
  });

  test('a newer label replaces an older score', () => {
    const dynamic = assess([judged(1), judged('unknown', { lastUpdateTimeMs: 200 })]).dynamic;
    expect(dynamic).toEqual({ numbers: {}, texts: { metric_correctness_label: 'unknown' } });
  });

  test('names that are one metric share its column', () => {
    expect(numbers(judged(0), judged(1, { name: 'Correctness', lastUpdateTimeMs: 200 }))).toEqual({
      metric_correctness: 1,
    });
  });

  test('metric values of a trace repeats on several spans are averaged, each span with its newest', () => {
    const onSpan = (spanId: string, value: number, lastUpdateTimeMs = 100) =>
      judged(value, { name: 'chunk_relevance', spanId, lastUpdateTimeMs });
    expect(numbers(onSpan('a1', 1), onSpan('a2', 0), onSpan('a2', 0.5, 200))).toEqual({ metric_chunk_relevance: 0.75 });
  });

  test('the mean of equal values is that value, and never leaves the finite numbers', () => {
    const spans = (value: number, count: number) =>
      Array.from({ length: count }, (_, index) => judged(value, { spanId: `s${String(index)}` }));
    expect(numbers(...spans(1, 6))).toEqual({ metric_correctness: 1 });
    expect(numbers(...spans(1e308, 3))['metric_correctness']).toBeCloseTo(1e308, -300);
  });

  test('a verdict about the trace itself comes before verdicts about its spans', () => {
    expect(numbers(judged(0, { spanId: 'a1', lastUpdateTimeMs: 999 }), judged(1))).toEqual({ metric_correctness: 1 });
  });

  test('a verdict on the root span is a verdict on the trace: the newest of both counts', () => {
    const feedback = judged(0.2, { lastUpdateTimeMs: 100 });
    const evaluation = judged(0.9, { spanId: root, lastUpdateTimeMs: 200 });
    expect(numbers(feedback, evaluation)).toEqual({ metric_correctness: 0.9 });
    expect(numbers({ ...feedback, lastUpdateTimeMs: 300 }, evaluation)).toEqual({ metric_correctness: 0.2 });
  });

  test('nested values become one metric each, named after the assessment and the path', () => {
    const value = { faithfulness: 0.83, relevance: { score: 4, reason: 'off topic' }, tone: 'formal' };
    const { dynamic, rows, names } = assess([judged(value, { name: 'quality' })]);
    expect(dynamic).toEqual({
      numbers: { metric_quality_faithfulness: 0.83, metric_quality_relevance: 4 },
      texts: { metric_quality_tone_label: 'formal' },
    });
    expect(rows.map((row) => [row.column_name, row.num_values_left_out])).toEqual([[null, null]]);
    expect(names.map((name) => [name.column_name, name.raw_name, name.scale, name.source_type])).toEqual([
      ['metric_quality_faithfulness', 'quality.faithfulness', 'number', 'LLM_JUDGE'],
      ['metric_quality_relevance', 'quality.relevance', 'number', 'LLM_JUDGE'],
      ['metric_quality_tone', 'quality.tone', 'text', 'LLM_JUDGE'],
    ]);
  });

  test('a nested score names the assessment itself, so that both forms are one metric', () => {
    const nested = judged({ score: 0.7, reason: 'well founded' }, { lastUpdateTimeMs: 200 });
    const { dynamic, rows } = assess([judged(0.1), nested]);
    expect(dynamic.numbers).toEqual({ metric_correctness: 0.7 });
    expect(rows.map((row) => row.column_name)).toEqual(['metric_correctness', 'metric_correctness']);
  });

  test('values too deep or too many to be metrics are counted and named in the row of their assessment', () => {
    const { rows } = assess([judged({ a: { b: { c: { d: { e: 1 } } } } })]);
    expect(rows.map((row) => [row.num_values_left_out, row.values_left_out])).toEqual([[1, '["a.b.c.d"]']]);
  });

  test('a judge that only failed has its column, without a value', () => {
    const { dynamic, names, numErrors } = assess([judged(null, { errorCode: 'TIMEOUT' })]);
    expect(dynamic).toEqual({ numbers: { metric_correctness: null }, texts: {} });
    expect([names, numErrors]).toEqual([[], 1]);
  });

  test('valid feedback of people is counted', () => {
    const human = (change: Partial<Assessment>) => judged(1, { sourceType: 'HUMAN', ...change });
    const two = [human({ sourceId: 'ann' }), human({ sourceId: 'bob' })];
    expect(assess([...two, human({ valid: false }), human({ kind: 'expectation' }), judged(1)]).numHuman).toBe(2);
  });

  test('sessions, expectations, issues and plain lists stay out of columns but in rows', () => {
    const { rows, dynamic, numAssessments } = assess([
      judged('yes', { metadata: { 'mlflow.trace.session': 's1' } }),
      judged('yes', { kind: 'expectation' }),
      judged('some issue', { kind: 'issue' }),
      judged(['a']),
      judged({ note: ['a'] }),
    ]);
    expect(dynamic).toEqual({ numbers: {}, texts: {} });
    expect(numAssessments).toBe(5);
    expect(rows.map((row) => row.column_name)).toEqual([null, null, null, null, null]);
    expect(rows.map((row) => row.level)).toContain('session');
  });

  test('errors are counted and give no value, also where an older value exists', () => {
    const failed = judged(null, { errorCode: 'TIMEOUT', errorMessage: 'too slow', lastUpdateTimeMs: 999 });
    const { dynamic, numErrors } = assess([failed, judged(1), { ...failed, assessmentId: 'b', valid: false }]);
    expect(numErrors).toBe(1);
    expect(dynamic.numbers).toEqual({ metric_correctness: 1 });
  });

  test('free text of an assessment reaches no column of gold', () => {
    const prose = 'The answer is mostly right, but it forgets that the invoice was paid in March already.';
    expect(assess([judged(prose)])).toMatchObject({
      dynamic: { numbers: {}, texts: {} },
      rows: [{ value_text: prose, column_name: null }],
    });
  });
});

describe('order of arrival', () => {
  const crowded = () =>
    assessment({
      assessmentId: fc.constantFrom('a-1', 'a-2', 'a-3', 'a-4', 'a-5'),
      name: fc.constantFrom('tone', 'Tone', 'f1'),
      value: fc.oneof(jsonValue(), fc.constantFrom(0, 1, 'yes', 'ok')),
      lastUpdateTimeMs: fc.constantFrom(1, 2, null),
      valid: fc.constantFrom(true, true, false),
    });

  test('the order in which assessments arrive never matters', () => {
    fc.assert(
      fc.property(
        fc
          .array(crowded(), { maxLength: 8 })
          .chain((list) =>
            fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
          ),
        ([list, shuffled]) => {
          expect(assess(shuffled)).toStrictEqual(assess(list));
        },
      ),
      { numRuns: 500 },
    );
  });
});
