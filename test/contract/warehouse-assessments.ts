/** Contract: versions, deletions and the catalogue of assessments. */
import { describe, expect } from 'vitest';
import type { StagedAssessmentRow } from '../../src/tables/rows.js';
import { landedTrace } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

const second = (n: number): number => Date.UTC(2026, 0, 2, 0, 0, n);
const iso = (n: number): string => new Date(second(n)).toISOString();

export function assessmentSuite(harness: Harness, test: ContractTest): void {
  /** Commits one observation and returns the assessments of its experiment. */
  const observe = async (experimentId: string, n: number, assessments: readonly Partial<StagedAssessmentRow>[]) => {
    const observedAtMs = second(n);
    await harness.commit(landedTrace({ experimentId, observedAtMs, sourceHash: `h${n}`, assessments }));
    return harness.rows('assessments', experimentId);
  };
  const version = (last_update_time_ms: number, value_number: number) => ({
    assessment_id: 'a-1',
    last_update_time_ms,
    value_number,
  });

  describe('assessments', () => {
    test('an edit keeps the older version and makes the newer one current', async () => {
      const experimentId = harness.newExperiment();
      await observe(experimentId, 1, [version(100, 1)]);
      expect(await observe(experimentId, 2, [version(200, 0)])).toMatchObject([
        { last_update_time_ms: 100, value_number: 1, is_current: false, deleted_at: null },
        { last_update_time_ms: 200, value_number: 0, is_current: true, deleted_at: null },
      ]);
    });

    test('an edit within one millisecond changes the version in place', async () => {
      const experimentId = harness.newExperiment();
      await observe(experimentId, 1, [version(100, 1)]);
      expect(await observe(experimentId, 2, [version(100, 0)])).toMatchObject([
        { last_update_time_ms: 100, value_number: 0, is_current: true },
      ]);
    });

    test('a deletion at the source is remembered with the time at which it was first seen', async () => {
      const experimentId = harness.newExperiment();
      await observe(experimentId, 1, [version(100, 1), { assessment_id: 'a-2' }]);
      await observe(experimentId, 2, [{ assessment_id: 'a-2' }]);
      const rows = await observe(experimentId, 3, [{ assessment_id: 'a-2' }]);
      expect(rows).toMatchObject([
        { assessment_id: 'a-1', is_current: false },
        { assessment_id: 'a-2', is_current: true, deleted_at: null },
      ]);
      const since = `SELECT deleted_at FROM genai_trace_assessments WHERE experiment_id = '${experimentId}' AND NOT is_current`;
      const [deleted] = await harness.query(since);
      expect(String(deleted?.['deleted_at'])).toContain(iso(2).slice(11, 19));
    });

    test('an assessment that comes back is current again', async () => {
      const experimentId = harness.newExperiment();
      await observe(experimentId, 1, [version(100, 1)]);
      await observe(experimentId, 2, []);
      expect(await observe(experimentId, 3, [version(100, 1)])).toMatchObject([{ is_current: true, deleted_at: null }]);
    });

    test('a late older observation adds its versions without making them current', async () => {
      const experimentId = harness.newExperiment();
      await observe(experimentId, 5, [version(200, 0)]);
      const rows = await observe(experimentId, 2, [version(100, 1), { assessment_id: 'a-2' }]);
      expect(rows).toMatchObject([
        { assessment_id: 'a-1', last_update_time_ms: 100, is_current: false, deleted_at: null },
        { assessment_id: 'a-1', last_update_time_ms: 200, is_current: true, deleted_at: null },
        { assessment_id: 'a-2', is_current: false },
      ]);
      expect(rows[2]?.['deleted_at']).not.toBeNull();
    });

    test('a late older observation that saw a version last is remembered for it', async () => {
      const experimentId = harness.newExperiment();
      await observe(experimentId, 1, [version(100, 1)]);
      await observe(experimentId, 5, [version(200, 0)]);
      expect(await observe(experimentId, 3, [{ ...version(100, 1), rationale: 'Corrected.' }])).toMatchObject([
        { last_update_time_ms: 100, rationale: 'Corrected.', is_current: false },
        { last_update_time_ms: 200, is_current: true },
      ]);
    });

    test('a metric whose scorer failed everywhere has a column without values', async () => {
      const experimentId = harness.newExperiment();
      const numbers = { metric_only_failed: null, metric_also_given: 0.5 };
      await harness.commit(landedTrace({ experimentId, numbers }));
      expect(await harness.rows('gold', experimentId)).toMatchObject([
        { metric_only_failed: null, metric_also_given: 0.5 },
      ]);
    });

    test('the catalogue gathers raw names, scale and source types of a column', async () => {
      const experimentId = harness.newExperiment();
      const column_name = 'metric_catalogued';
      await observe(experimentId, 1, [
        { column_name, name: 'Catalogued', source_type: 'LLM_JUDGE', value_number: 0.5 },
        { column_name, name: 'catalogued!', source_type: null, value_boolean: true },
      ]);
      await observe(experimentId, 2, [
        { column_name, name: 'Catalogued', source_type: 'CODE', value_number: 1, value_boolean: true },
        { column_name: null, name: 'expected answer', kind: 'expectation' },
      ]);
      const sql = `SELECT raw_name, scale, source_types FROM genai_metric_catalog WHERE column_name = '${column_name}' ORDER BY raw_name`;
      expect(await harness.query(sql)).toEqual([
        { raw_name: 'Catalogued', scale: 'mixed', source_types: '["CODE","LLM_JUDGE"]' },
        { raw_name: 'catalogued!', scale: 'boolean', source_types: '[]' },
      ]);
    });
  });
}
