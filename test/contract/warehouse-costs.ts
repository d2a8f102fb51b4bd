/** Contract: sums of costs, which are those of gold whatever they are grouped by. */
import { describe, expect } from 'vitest';
import { costGroupings, type CostGrouping } from '../../src/answers/cost.js';
import type { SpanRow } from '../../src/tables/rows.js';
import { defaultStartMs, landedTrace, type TraceSketch } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

const call = (model: string | null, tokens: number, cost: number | null): Partial<SpanRow> => ({
  ...{ kind: 'CHAT_MODEL', model, provider: model === null ? null : 'openai', is_token_owner: true },
  ...{ input_tokens: tokens, output_tokens: 0, total_tokens: tokens },
  ...{ cost_usd: cost, cost_missing_reason: cost === null ? 'no_price' : null },
});

const sums = (tokens: number | null, cost: number | null): NonNullable<TraceSketch['gold']> => ({
  ...{ input_tokens: tokens, output_tokens: tokens === null ? null : 0, total_tokens: tokens, cost_usd: cost },
  cost_missing_reason: cost === null ? 'no_price' : null,
});

/** A range of its own: the question has no experiment. */
const yearMs = 365 * 86_400_000;

export function costSuite(harness: Harness, test: ContractTest): void {
  describe('costs', () => {
    test('every grouping of costs adds up to gold, and unknown costs are in none', async () => {
      const experimentId = harness.newExperiment();
      const startMs = defaultStartMs + 5 * yearMs;
      const at = (hours: number) => ({ experimentId, startTimeMs: startMs + hours * 3_600_000 });
      await harness.commit(
        landedTrace({
          ...at(0),
          traceId: 'one',
          spans: [call('a', 100, 1), call('b', 30, 0.75)],
          gold: { ...sums(130, 1.75), user_id: 'ann', cost_reported_usd: 1.5 },
        }),
        landedTrace({
          ...at(30),
          traceId: 'two',
          spans: [call('a', 50, 0.5)],
          gold: { ...sums(50, 0.5), trace_origin: 'judge', price_match: 'family' },
        }),
        landedTrace({
          ...at(60),
          traceId: 'three',
          spans: [call('a', 10, 0.1), call('x', 5, null)],
          gold: sums(15, null),
        }),
        landedTrace({
          ...at(90),
          traceId: 'four',
          spans: [],
          gold: { ...sums(null, null), cost_missing_reason: 'no_usage', cost_estimated_usd: 0.01 },
        }),
      );
      const range = { fromMs: startMs, toMs: startMs + 100 * 3_600_000 };
      const ask = (by: CostGrouping) => harness.warehouse.costs({ by, ...range });
      for (const kind of costGroupings) {
        const { rows, totals } = await ask({ kind });
        expect(totals).toMatchObject({ traces: 4, totalTokens: 195, unpricedTokens: 15, costUsd: 2.25 });
        expect(rows.reduce((sum, row) => sum + (row.costUsd ?? 0), 0)).toBeCloseTo(2.25, 9);
        expect(rows.reduce((sum, row) => sum + row.totalTokens, 0)).toBe(195);
        expect(rows.reduce((sum, row) => sum + row.unpricedTokens, 0)).toBe(15);
      }
      const { rows, totals, unpriced } = await ask({ kind: 'model' });
      expect(rows.map(({ name, costUsd }) => [name, costUsd])).toEqual([
        ['a', 1.5],
        ['b', 0.75],
        ['x', null],
        [null, null],
      ]);
      expect(totals).toMatchObject({
        judgeCostUsd: 0.5,
        familyCostUsd: 0.5,
        estimatedCostUsd: 0.01,
        evaluationCostUsd: null,
      });
      expect(unpriced).toEqual([{ model: 'x', provider: 'openai', reason: 'no_price', calls: 1, totalTokens: 5 }]);
      const days = (await ask({ kind: 'day' })).rows.map(({ name }) => name);
      expect(days).toEqual([...days].sort());
      const [month] = (await ask({ kind: 'month' })).rows;
      expect(month?.name).toMatch(/^\d{4}-\d\d$/);
    });
  });
}
