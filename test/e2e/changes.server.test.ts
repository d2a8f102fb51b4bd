import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import type { RunResult } from '../../src/workflows/contract.js';
import { expectInvariants } from '../contract/table-invariants.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import {
  addAssessment,
  deleteAssessment,
  deleteTraces,
  seedTraces,
  setTag,
  updateAssessment,
} from '../servers/seed.js';
import type { Seeded } from '../servers/seed.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

describeWith(['mlflow', 'temporal'], 'changes at the source after the copy', () => {
  let pipeline: LocalPipeline;
  let seeded: Seeded;
  const address = mlflowUri();
  const refresh = (): Promise<RunResult> =>
    pipeline.run<RunResult>('syncTraces', { experiment: seeded.experimentId, lookbackMs: 400 * 86_400_000 });
  const id = (index: number): string => {
    const traceId = seeded.traceIds[index];
    if (traceId === undefined) throw new Error(`no trace ${String(index)}`);
    return traceId;
  };
  const versions = async (traceId: string): Promise<unknown> => {
    const { rows } = await (
      await pipeline.warehouse()
    ).query(
      `SELECT value_number, is_current, deleted_at IS NOT NULL FROM genai_trace_assessments
       WHERE trace_id = '${traceId}' AND name = 'helpful' ORDER BY last_update_time_ms, value_number`,
      { limit: 10 },
    );
    return rows;
  };

  beforeAll(async () => {
    seeded = await seedTraces({ address, experimentName: `changes-${randomUUID()}`, numTraces: 20, textBytes: 400 });
    pipeline = await openPipeline({ mlflow: address, temporal: temporalAddress() });
    await pipeline.run('backfillTraces', { experiment: seeded.experimentId, monitor: false });
  });

  afterAll(async () => {
    await expectInvariants(await pipeline.warehouse());
    await pipeline.close();
  });

  it('changes at the source after the copy are found by a refresh: added, edited and deleted assessments keep every version, tags count too', async () => {
    const helpful = { assessment_name: 'helpful', source: { source_type: 'HUMAN', source_id: 'ann' } };
    const edited = await addAssessment(address, id(1), { ...helpful, feedback: { value: 0.1 } });
    const deleted = await addAssessment(address, id(2), { ...helpful, feedback: { value: 0.2 } });
    await setTag(address, id(3), 'reviewed', 'yes');
    expect((await refresh()).totals).toMatchObject({ updated: 3, inserted: 0 });
    expect(await versions(id(1))).toEqual([[0.1, true, false]]);

    await updateAssessment(address, id(1), edited, { feedback: { value: 0.9 } });
    await deleteAssessment(address, id(2), deleted);
    expect((await refresh()).totals).toMatchObject({ updated: 2, inserted: 0 });
    expect(await versions(id(1))).toEqual([
      [0.1, false, false],
      [0.9, true, false],
    ]);
    expect(await versions(id(2))).toEqual([[0.2, false, true]]);
    expect(
      await pipeline.value(`SELECT metric_helpful_human FROM genai_processed_traces_gold WHERE trace_id = '${id(2)}'`),
    ).toBeNull();
    expect((await refresh()).totals).toMatchObject({ updated: 0, inserted: 0 });
  });

  it('changes at the source after the copy show the value that overrides another one, and keep both', async () => {
    const strict = { assessment_name: 'strict', source: { source_type: 'HUMAN', source_id: 'ann' } };
    const first = await addAssessment(address, id(4), { ...strict, feedback: { value: 0.3 } });
    await refresh();
    await addAssessment(address, id(4), { ...strict, feedback: { value: 0.8 }, overrides: first });
    expect((await refresh()).totals).toMatchObject({ updated: 1, inserted: 0 });
    const { rows } = await (
      await pipeline.warehouse()
    ).query(
      `SELECT value_number, is_current, valid FROM genai_trace_assessments
       WHERE trace_id = '${id(4)}' AND name = 'strict' ORDER BY value_number, valid DESC`,
      { limit: 10 },
    );
    // The overridden one is still there at the source, marked as not valid any more.
    expect(rows).toContainEqual([0.3, true, false]);
    expect(rows).toContainEqual([0.8, true, true]);
    expect(
      await pipeline.value(`SELECT metric_strict_human FROM genai_processed_traces_gold WHERE trace_id = '${id(4)}'`),
    ).toBe(0.8);
  });

  it('changes at the source after the copy keep rows whose trace was deleted at the source, and count them', async () => {
    await deleteTraces(address, seeded.experimentId, [id(19)]);
    expect((await refresh()).totals).toMatchObject({ listed: 19, landed: 19, extra: 1, missing: 0 });
    expect(await pipeline.value('SELECT count(*)::INTEGER FROM genai_raw_traces')).toBe(20);
  });

  it('changes at the source after the copy insert traces that appear later with an old start, exactly once', async () => {
    await seedTraces({ address, experimentName: 'unused', numTraces: 0 });
    const { experiment } = { experiment: seeded.experimentId };
    const name = (await (await pipeline.runtime.source(null)).source.getExperiment(experiment)).name;
    await seedTraces({ address, experimentName: name, numTraces: 5, seed: 2, textBytes: 400 });
    expect((await refresh()).totals).toMatchObject({ inserted: 5, listed: 24 });
    expect(await pipeline.value('SELECT count(DISTINCT trace_id) = count(*) FROM genai_processed_traces_gold')).toBe(
      true,
    );
  });
});
