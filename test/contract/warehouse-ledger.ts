/** Contract: the ledger of windows. */
import { describe, expect } from 'vitest';
import type { WindowRow } from '../../src/tables/rows.js';
import { landedTrace, micros } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

const second = (n: number): number => Date.UTC(2026, 0, 2, 0, 0, n);

export function ledgerSuite(harness: Harness, test: ContractTest): void {
  const row = (over: Partial<WindowRow>): WindowRow => ({
    workflow_id: 'w',
    first_run_id: 'r',
    window_index: 0,
    source_id: 'mlflow',
    experiment_id: '1',
    from_ms: 0,
    to_ms: 1000,
    state: 'complete',
    listed: 3,
    landed: 3,
    written: 3,
    dead_lettered: 0,
    missing: 0,
    extra: 0,
    repair_rounds: 0,
    ids_digest: 'd',
    started_at: micros(second(1)),
    verified_at: micros(second(2)),
    tracelift_version: '0.1.0',
    ...over,
  });

  describe('ledger', () => {
    test('a row recorded twice stands once, as it was recorded last', async () => {
      const experiment_id = harness.newExperiment();
      const recorded = row({ experiment_id, first_run_id: experiment_id, listed: 9_007_199_254_740_993n });
      await harness.warehouse.recordWindow({ ...recorded, state: 'incomplete' });
      await harness.warehouse.recordWindow(recorded);
      expect(await harness.warehouse.ledger({ experimentId: experiment_id, limit: 10 })).toEqual([recorded]);
    });

    test('rows come newest first, filtered and limited', async () => {
      const experiment_id = harness.newExperiment();
      const base = { experiment_id, first_run_id: experiment_id };
      for (const n of [1, 3, 2]) {
        await harness.warehouse.recordWindow(row({ ...base, window_index: n, verified_at: micros(second(n)) }));
      }
      const indexes = async (filter: Parameters<typeof harness.warehouse.ledger>[0]) =>
        (await harness.warehouse.ledger(filter)).map(({ window_index }) => window_index);
      expect(await indexes({ firstRunId: experiment_id, limit: 2 })).toEqual([3, 2]);
      expect(await indexes({ experimentId: experiment_id, workflowId: 'w', limit: 10 })).toEqual([3, 2, 1]);
      expect(await indexes({ experimentId: experiment_id, workflowId: 'another', limit: 10 })).toEqual([]);
    });

    test('looks at windows come in their order, passed where nothing is missing, without those that conclude nothing', async () => {
      const experiment_id = harness.newExperiment();
      const outcomes = [
        { state: 'moving', missing: 0 },
        { state: 'incomplete', missing: 1 },
        { state: 'complete', missing: 0 },
        { state: 'suspicious', missing: 0 },
        { state: 'moving', missing: 1 },
      ];
      for (const [index, outcome] of outcomes.entries()) {
        const bounds = { from_ms: 5000 - index * 1000, to_ms: 6000 - index * 1000 };
        await harness.warehouse.recordWindow(
          row({
            ...{ experiment_id, first_run_id: experiment_id, window_index: index, verified_at: micros(second(index)) },
            ...{ ...outcome, ...bounds },
          }),
        );
      }
      expect(await harness.warehouse.windowChecks({ sourceId: 'mlflow', experimentId: experiment_id })).toEqual([
        { fromMs: 5000, toMs: 6000, passed: true },
        { fromMs: 4000, toMs: 5000, passed: false },
        { fromMs: 3000, toMs: 4000, passed: true },
        { fromMs: 1000, toMs: 2000, passed: false },
      ]);
    });
  });

  test('when an experiment was made is kept for each source and experiment, and replaced', async () => {
    const { warehouse } = harness;
    const [one, other] = [harness.newExperiment(), harness.newExperiment()];
    const scope = { sourceId: "o'server", experimentId: one };
    expect(await warehouse.experimentCreatedAt(scope)).toBeNull();
    for (const createdAtMs of [1_700_000_000_123, 0]) {
      await warehouse.keepExperimentCreatedAt(scope, createdAtMs);
      await warehouse.keepExperimentCreatedAt({ ...scope, experimentId: other }, 7);
      expect(await warehouse.experimentCreatedAt(scope)).toBe(createdAtMs);
    }
    expect(await warehouse.experimentCreatedAt({ ...scope, sourceId: 'another' })).toBeNull();
    await warehouse.prepare();
    expect(await warehouse.experimentCreatedAt({ ...scope, experimentId: other })).toBe(7);
  });

  test('a key that is there once is no duplicate, in whatever table', async () => {
    const experimentId = harness.newExperiment();
    await harness.commit(landedTrace({ experimentId }), landedTrace({ experimentId, traceId: 'tr-2' }));
    for (const role of ['gold', 'raw', 'spans', 'documents', 'assessments'] as const) {
      const found = await harness.warehouse.duplicates(role, { sourceId: 'mlflow', experimentId }, 0, 4e12);
      expect([role, found]).toEqual([role, { numKeys: 0, traceIds: [] }]);
    }
  });
}
