import { describe, expect, test } from 'vitest';
import type { ConfiguredMetric } from '../../../src/trace/processing-options.js';
import { processVersion } from '../../../src/trace/processing-options.js';
import type { TraceInfo } from '../../../src/trace/trace.js';
import { anAssessment, anInfo, aSpan, build, complete, options } from '../sample-trace.js';

const spans = [
  aSpan('root', null, [0, 1000], {}),
  aSpan('eval-1', 'root', [0, 10], { 'mlflow.spanType': 'EVALUATOR', 'mlflow.spanOutputs': { score: 0.5 } }),
  aSpan('eval-2', 'root', [20, 30], {
    'mlflow.spanType': 'EVALUATOR',
    'mlflow.spanOutputs': { score: 1 },
    'eval.grade': 'B',
  }),
];

function dynamic(metrics: readonly ConfiguredMetric[], change: Partial<TraceInfo> = {}) {
  return build({ ...anInfo, ...change }, complete(spans), { ...options, metrics });
}

describe('configured metrics', () => {
  test('configured metrics come from tags and metadata, nested JSON in them unpacked', () => {
    const rows = dynamic(
      [
        { name: 'faithfulness', from: { kind: 'tag', key: 'eval.faithfulness' } },
        { name: 'judged', from: { kind: 'metadata', key: 'scores' } },
        { name: 'absent', from: { kind: 'tag', key: 'constructor' } },
      ],
      { tags: { 'eval.faithfulness': '0.83' }, metadata: { scores: '{"toxic": false, "grade": "A"}' } },
    );
    expect(rows.dynamic).toEqual({
      numbers: { metric_faithfulness: 0.83, metric_judged_toxic: 0 },
      texts: { metric_judged_grade_label: 'A' },
    });
    expect(rows.metrics.map((row) => [row.raw_name, row.source_type])).toEqual([
      ['faithfulness', 'CODE'],
      ['judged.grade', 'CODE'],
      ['judged.toxic', 'CODE'],
    ]);
  });

  test('configured values that are too deep or too many to be metrics are counted and named', () => {
    const scores = {
      deep: { a: { b: { c: { d: 1 } } } },
      ...Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`s${n}`, n])),
    };
    const { gold, dynamic: found } = dynamic([{ name: 'judged', from: { kind: 'metadata', key: 'scores' } }], {
      metadata: { scores: JSON.stringify(scores) },
    });
    expect(Object.keys(found.numbers)).toHaveLength(64);
    expect(gold.num_values_left_out).toBe(7);
    expect(JSON.parse(gold.values_left_out ?? '[]')).toEqual(
      expect.arrayContaining(['judged.deep.a.b.c', 'judged.s9']),
    );
    expect(dynamic([]).gold).toMatchObject({ num_values_left_out: null, values_left_out: null });
  });

  test('configured metrics come from the outputs or attributes of spans of a type, averaged over the spans', () => {
    const { numbers, texts } = dynamic([
      { name: 'grade', from: { kind: 'span', spanKind: 'EVALUATOR', part: 'outputs', path: ['score'] } },
      { name: 'letter', from: { kind: 'span', spanKind: 'EVALUATOR', part: 'attributes', path: ['eval', 'grade'] } },
      { name: 'none', from: { kind: 'span', spanKind: 'EVALUATOR', part: 'outputs', path: ['score', 'deeper'] } },
    ]).dynamic;
    expect(numbers).toEqual({ metric_grade: 0.75 });
    expect(texts).toEqual({ metric_letter_label: 'B' });
  });

  test('configured metrics give way to an assessment of the same name', () => {
    const { numbers } = dynamic([{ name: 'Correctness', from: { kind: 'tag', key: 'c' } }], {
      tags: { c: '0' },
      assessments: [{ ...anAssessment, value: 1 }],
    }).dynamic;
    expect(numbers).toEqual({ metric_correctness: 1 });
  });

  test('configured metrics are part of the version of the processing', () => {
    const metrics: ConfiguredMetric[] = [{ name: 'f', from: { kind: 'tag', key: 'f' } }];
    expect(processVersion({ ...options, metrics })).not.toBe(processVersion({ ...options }));
  });
});
