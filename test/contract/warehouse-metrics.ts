/** Contract: the values behind metric columns, as rows, from traces as they are read. */
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Assessment } from '../../src/trace/trace.js';
import { buildTraceRows } from '../../src/trace/process-trace.js';
import { anAssessment, anInfo, aSpan, complete, options } from '../trace/sample-trace.js';
import { defaultObservedAtMs } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';
import { examineTrace } from '../../src/trace/examine-trace.js';

/** The query of docs/tables.md, as it stands there. */
const agreementQuery = (): string => {
  const section = readFileSync('docs/tables.md', 'utf8').split('## Do judges and people agree?')[1] ?? '';
  return /```sql\n(.*?)```/s.exec(section)?.[1] ?? '';
};

const rootId = '00000000000000a1';
const toolId = '00000000000000b2';
const reading = complete([aSpan(rootId, null, [0, 10], {}), aSpan(toolId, rootId, [1, 2], {})]);

function judged(
  experimentId: string,
  traceId: string,
  given: readonly Partial<Assessment>[],
  observedAtMs = defaultObservedAtMs,
) {
  const assessments = given.map((one, index) => ({ ...anAssessment, assessmentId: `a-${index}`, ...one }));
  const info = { ...anInfo, traceId, experimentId, assessments };
  return buildTraceRows({
    scope: { sourceId: 'mlflow', experimentId, experimentName: 'checkout' },
    examined: examineTrace(info, { ...reading, traceId }),
    sourceHash: 'hash-1',
    observedAtMs,
    spansObservedAtMs: observedAtMs,
    tokenCounts: { request: null, response: null },
    options,
  });
}

const judge = { sourceType: 'LLM_JUDGE', sourceId: 'gpt' };
const person = (sourceId: string) => ({ sourceType: 'HUMAN', sourceId });

export function metricSuite(harness: Harness, test: ContractTest): void {
  const long = (experimentId: string, columns: string) =>
    harness.query(`SELECT ${columns} FROM genai_metrics_long WHERE experiment_id = '${experimentId}'
ORDER BY trace_id, metric, assessment_id`);

  describe('values behind metrics', () => {
    test('the documented query tells how often a judge and each person agree, in numbers, words and truth values', async () => {
      const experimentId = harness.newExperiment();
      const name = `agreed ${experimentId}`;
      await harness.commit(
        judged(experimentId, 'tr-1', [
          { name, ...judge, value: 'yes' },
          { name, ...person('ann'), value: true },
          { name, ...person('bob'), value: 'no' },
        ]),
        judged(experimentId, 'tr-2', [
          { name, ...judge, value: 'no', lastUpdateTimeMs: 1 },
          { name, ...judge, value: 'yes', lastUpdateTimeMs: 2 },
          { name, ...person('ann'), value: 'fail' },
        ]),
        judged(experimentId, 'tr-3', [
          { name, ...judge, value: 'polite' },
          { name, ...person('ann'), value: 'polite', spanId: rootId },
          { name, ...person('bob'), value: 'polite', spanId: toolId },
        ]),
      );
      const metric = name.replace(/[^a-z0-9]/g, '_');
      const rows = (await harness.query(agreementQuery())).filter((row) => row['metric'] === metric);
      expect(rows.map((row) => ({ ...row, agreement: Number(row['agreement']).toFixed(3) }))).toEqual([
        { metric, judge: 'gpt', person: 'ann', num_judged: 3, agreement: '0.667' },
        { metric, judge: 'gpt', person: 'bob', num_judged: 1, agreement: '0.000' },
      ]);
    });

    test('values are rows with word, number, source, span and time, and say which of them gold is made of', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        judged(experimentId, 'tr-1', [
          { name: 'grade', ...judge, value: 0.2, lastUpdateTimeMs: 1 },
          { name: 'grade', ...judge, value: 0.9, lastUpdateTimeMs: 2, spanId: rootId },
          { name: 'grade', ...judge, value: 0.1, lastUpdateTimeMs: 3, spanId: toolId },
          { name: 'grade', ...person('ann'), value: { score: 'good', depth: { score: 4 } } },
        ]),
      );
      const columns =
        'metric, raw_name, value, label, is_counted, is_newest, source_type, source_name, span_id, assessment_id, experiment_name';
      const row = (values: readonly unknown[]) =>
        Object.fromEntries(columns.split(', ').map((column, index) => [column, [...values, 'checkout'][index]]));
      expect(await long(experimentId, columns)).toEqual([
        row(['grade', 'grade', 0.2, null, false, false, 'LLM_JUDGE', 'gpt', null, 'a-0']),
        row(['grade', 'grade', 0.9, null, true, true, 'LLM_JUDGE', 'gpt', null, 'a-1']),
        row(['grade', 'grade', 0.1, null, false, true, 'LLM_JUDGE', 'gpt', toolId, 'a-2']),
        row(['grade', 'grade', null, 'good', true, true, 'HUMAN', 'ann', null, 'a-3']),
        row(['grade_depth', 'grade.depth', 4, null, true, true, 'HUMAN', 'ann', null, 'a-3']),
      ]);
      expect(await harness.rows('gold', experimentId)).toMatchObject([
        { metric_grade: 0.9, metric_grade_human_label: 'good', metric_grade_depth_human: 4, num_human_assessments: 1 },
      ]);
    });

    test('a judge that failed is a row without a value, counted in gold, beside an empty column', async () => {
      const experimentId = harness.newExperiment();
      const failed = { name: 'brittle', ...judge, value: null, errorCode: 'RATE_LIMIT' };
      await harness.commit(judged(experimentId, 'tr-1', [failed]));
      expect(await long(experimentId, 'metric, value, label, is_error, source_name, assessment_id')).toEqual([
        { metric: 'brittle', value: null, label: null, is_error: true, source_name: 'gpt', assessment_id: 'a-0' },
      ]);
      expect(await harness.rows('gold', experimentId)).toMatchObject([
        { metric_brittle: null, num_assessment_errors: 1 },
      ]);
    });

    test('values come and go with the assessments that the newest observation shows', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(judged(experimentId, 'tr-1', [], defaultObservedAtMs + 1000));
      await harness.commit(judged(experimentId, 'tr-1', [{ name: 'passing', ...judge, value: 1 }]));
      expect(await long(experimentId, 'metric')).toEqual([]);
    });
  });
}
