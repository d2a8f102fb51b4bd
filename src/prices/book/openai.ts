/** Prices of OpenAI that the library lacks: those of earlier days, and fine-tuned models. Data. */
import type { BookEntry } from '../price-entry.js';

export const openAiEntries: readonly BookEntry[] = [
  {
    // The name meant gpt-4o-2024-05-13 until it moved to gpt-4o-2024-08-06.
    ...{ provider: 'openai', models: ['gpt-4o'], from: '2024-05-13', to: '2024-10-02' },
    rule: { kind: 'prices', prices: { input: 5, output: 15 } },
    source:
      'https://github.com/promptfoo/promptfoo/pull/1728 and https://github.com/ogkalu2/comic-translate/issues/138',
    checked: '2026-11-29',
  },
  {
    // The library has the cached price of later days.
    ...{ provider: 'openai', models: ['o3', 'o3-2025-04-16'], from: '2025-04-16', to: '2025-06-10' },
    rule: { kind: 'prices', prices: { input: 10, cacheRead: 2.5, output: 40 } },
    source: 'https://github.com/domderen/openai-usage/blob/main/src/openai_usage/model_costs.py',
    checked: '2026-11-29',
  },
  {
    ...{ provider: 'openai', models: ['o1-mini', 'o1-mini-2024-09-12'], from: '2024-09-12', to: '2025-01-31' },
    rule: { kind: 'prices', prices: { input: 3, output: 12 } },
    source:
      'https://github.com/sebastianschramm/openai-cost-tracker/blob/main/cost_tracker/openai_token_prices.py and https://github.com/RooCodeInc/Roo-Code/pull/711',
    checked: '2026-11-29',
  },
  ...fineTuned('ft:gpt-4.1-2025-04-14', { input: 3, cacheRead: 0.75, output: 12 }),
  ...fineTuned('ft:gpt-4.1-mini-2025-04-14', { input: 0.8, cacheRead: 0.2, output: 3.2 }),
  ...fineTuned('ft:gpt-4.1-nano-2025-04-14', { input: 0.2, cacheRead: 0.05, output: 0.8 }),
  ...fineTuned('ft:o4-mini-2025-04-16', { input: 4, cacheRead: 1, output: 16 }),
];

function fineTuned(
  model: string,
  prices: { readonly input: number; readonly cacheRead: number; readonly output: number },
): BookEntry[] {
  const source = 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json';
  const rule = { kind: 'prices', prices } as const;
  return [{ provider: 'openai', models: [model], from: null, to: null, rule, source, checked: '2026-11-29' }];
}
