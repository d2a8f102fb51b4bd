import { describe, expect, test } from 'vitest';
import { csv, view, type CostModel } from '../../../src/cli/commands/cost.js';
import { paintFor } from '../../../src/cli/terminal/text.js';

const plain = paintFor(false);
const row = (name: string | null, costUsd: number | null, totalTokens = 100, unpricedTokens = 0) => ({
  ...{ name, traces: 1, totalTokens, unpricedTokens },
  costUsd,
});

const model: CostModel = {
  ...{ by: 'model', fromMs: null, toMs: null, currency: 'EUR', rate: 0.5, limit: 2 },
  rows: [row('gpt-4o', 2), row('a,b', 1), row('small', 0.25), row(null, null, 100, 100)],
  totals: {
    ...{ traces: 4, totalTokens: 400, unpricedTokens: 100, costUsd: 3.25, judgeCostUsd: 0.5, evaluationCostUsd: null },
    ...{ familyCostUsd: 0.25, comparedCostUsd: 3, reportedCostUsd: 2, estimatedCostUsd: null },
  },
  unpriced: [{ model: 'my-model', provider: null, reason: 'no_price', calls: 1, totalTokens: 100 }],
};

describe('the table of costs', () => {
  const lines = view(model, plain).split('\n');

  test('the table of costs shows the dearest rows, and the rest as one that adds up', () => {
    expect(lines[1]).toMatch(/gpt-4o .* 1 +100 %/);
    expect(lines[3]).toMatch(/other \(2\) +2 +200 +0.125 +50 %/);
  });

  test('the last line of the costs says how much of the tokens has a price', () => {
    expect(lines.at(-1)).toBe('75 % of the tokens have a price');
  });

  test('what is behind the sum is said: judges, families, what MLflow says, what has no price', () => {
    const text = lines.join('\n');
    expect(text).toContain('total: 1.625 EUR for 4 traces');
    expect(text).toContain('of it judges: 0.25');
    expect(text).toContain('price_match = family): 0.125');
    expect(text).toContain("0.5 more than MLflow's own figure (1) where it has one");
    expect(text).toContain('without a price: my-model (no_price, 100 tokens)');
  });

  test('costs as CSV have every row, and an unknown cost is empty', () => {
    expect(csv(model).split('\r\n')).toEqual([
      'model,traces,total_tokens,unpriced_tokens,cost_eur',
      'gpt-4o,1,100,0,1',
      '"a,b",1,100,0,0.5',
      'small,1,100,0,0.125',
      ',1,100,100,',
    ]);
  });
});
