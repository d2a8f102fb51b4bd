/**
 * Databricks' pay-per-token models, in DBU per million tokens. Data.
 *
 * MLflow's catalog holds the same prices in US dollars at 0.070 a DBU (AWS us-east-1), rounded to five digits; in DBU they
 * are exact to three. What a DBU costs elsewhere is a setting of the user's file.
 */
import type { BookEntry } from '../price-entry.js';
import type { TokenPrices } from '../token-prices.js';

/** US dollars per DBU of Model Serving in the regions that most use (AWS us-east-1). */
export const defaultUsdPerDbu = 0.07;

const source = 'https://github.com/mlflow/mlflow/blob/v3.17.2/mlflow/utils/model_catalog/databricks.json';
const checked = '2026-11-29';

const dbuPrices: readonly (readonly [model: string, prices: TokenPrices])[] = [
  ['databricks-bge-large-en', { input: 1.429, output: null }],
  ['databricks-claude-3-7-sonnet', { input: 42.857, output: 214.286, cacheRead: 4.286, cacheWrite5m: 53.571 }],
  ['databricks-claude-fable-5', { input: 142.858, output: 714.286, cacheRead: 14.286, cacheWrite5m: 178.572 }],
  ['databricks-claude-fable-5-1', { input: 142.858, output: 714.286, cacheRead: 3.572, cacheWrite5m: 178.572 }],
  ['databricks-claude-haiku-4-5', { input: 14.286, output: 71.429, cacheRead: 1.429, cacheWrite5m: 17.857 }],
  ['databricks-claude-opus-4', { input: 214.286, output: 1071.429, cacheRead: 21.429, cacheWrite5m: 267.857 }],
  ['databricks-claude-opus-4-1', { input: 214.286, output: 1071.429, cacheRead: 21.429, cacheWrite5m: 267.857 }],
  ['databricks-claude-opus-4-5', { input: 71.429, output: 357.143, cacheRead: 7.143, cacheWrite5m: 89.286 }],
  ['databricks-claude-opus-4-6', { input: 71.429, output: 357.143, cacheRead: 7.143, cacheWrite5m: 89.286 }],
  ['databricks-claude-opus-4-7', { input: 71.429, output: 357.143, cacheRead: 7.143, cacheWrite5m: 89.286 }],
  ['databricks-claude-opus-4-8', { input: 71.429, output: 357.143, cacheRead: 7.143, cacheWrite5m: 89.286 }],
  ['databricks-claude-opus-5', { input: 71.429, output: 357.143, cacheRead: 7.143, cacheWrite5m: 89.286 }],
  [
    'databricks-claude-opus-5-5',
    { input: 57.143, output: 285.714, cacheRead: 2.857, cacheWrite5m: 71.429, cacheWrite1h: 114.286 },
  ],
  ['databricks-claude-sonnet-4', { input: 42.857, output: 214.286, cacheRead: 4.286, cacheWrite5m: 53.571 }],
  ['databricks-claude-sonnet-4-1', { input: 42.857, output: 214.286, cacheRead: 4.286, cacheWrite5m: 53.571 }],
  ['databricks-claude-sonnet-4-5', { input: 42.857, output: 214.286, cacheRead: 4.286, cacheWrite5m: 53.571 }],
  ['databricks-claude-sonnet-4-6', { input: 42.857, output: 214.286, cacheRead: 4.286, cacheWrite5m: 53.571 }],
  ['databricks-claude-sonnet-5', { input: 42.857, output: 214.286, cacheRead: 4.286, cacheWrite5m: 53.571 }],
  ['databricks-deepseek-v4-flash-0731', { input: 2, output: 4, cacheRead: 0.4 }],
  ['databricks-deepseek-v4-pro-0813', { input: 18.857, output: 56.571, cacheRead: 1.886 }],
  ['databricks-gemini-2-5-flash', { input: 4.286, output: 35.714, cacheRead: 0.429 }],
  ['databricks-gemini-2-5-pro', { input: 17.857, output: 142.857, cacheRead: 1.786 }],
  ['databricks-gemini-3-1-flash-lite', { input: 4.464, output: 26.786, cacheRead: 0.446 }],
  ['databricks-gemini-3-1-pro', { input: 35.714, output: 214.286, cacheRead: 3.571 }],
  ['databricks-gemini-3-5-flash', { input: 26.786, output: 160.714, cacheRead: 2.679 }],
  ['databricks-gemini-3-5-flash-lite', { input: 5.357, output: 44.643, cacheRead: 0.536 }],
  ['databricks-gemini-3-6-flash', { input: 26.786, output: 133.929, cacheRead: 2.679 }],
  ['databricks-gemini-3-flash', { input: 8.929, output: 53.571, cacheRead: 0.893 }],
  ['databricks-gemini-3-pro', { input: 35.714, output: 214.286, cacheRead: 3.571 }],
  ['databricks-gemma-3-12b', { input: 2.143, output: 7.143 }],
  ['databricks-glm-5-2', { input: 20, output: 62.857, cacheRead: 3.714 }],
  ['databricks-glm-5-3', { input: 20, output: 62.857, cacheRead: 3.714 }],
  ['databricks-glm-5-3-flash', { input: 2.143, output: 7.143, cacheRead: 0.429 }],
  ['databricks-gpt-5', { input: 17.857, output: 142.857, cacheRead: 1.786 }],
  ['databricks-gpt-5-1', { input: 17.857, output: 142.857, cacheRead: 1.786 }],
  ['databricks-gpt-5-1-codex-max', { input: 17.857, output: 142.857, cacheRead: 1.786 }],
  ['databricks-gpt-5-1-codex-mini', { input: 3.571, output: 28.571, cacheRead: 0.357 }],
  ['databricks-gpt-5-2', { input: 25, output: 200, cacheRead: 2.5 }],
  ['databricks-gpt-5-2-codex', { input: 25, output: 200, cacheRead: 2.5 }],
  ['databricks-gpt-5-3-codex', { input: 25, output: 200, cacheRead: 2.5 }],
  ['databricks-gpt-5-4', { input: 35.714, output: 214.286, cacheRead: 3.571 }],
  ['databricks-gpt-5-4-mini', { input: 10.714, output: 64.286, cacheRead: 1.071 }],
  ['databricks-gpt-5-4-nano', { input: 2.857, output: 17.857, cacheRead: 0.286 }],
  ['databricks-gpt-5-5', { input: 71.429, output: 428.571, cacheRead: 7.143 }],
  ['databricks-gpt-5-5-pro', { input: 428.571, output: 2571.429 }],
  ['databricks-gpt-5-6-luna', { input: 14.286, output: 85.714, cacheRead: 1.429, cacheWrite5m: 17.857 }],
  ['databricks-gpt-5-6-sol', { input: 57.143, output: 285.714, cacheRead: 5.714, cacheWrite5m: 71.429 }],
  ['databricks-gpt-5-6-terra', { input: 35.714, output: 214.286, cacheRead: 3.571, cacheWrite5m: 44.643 }],
  ['databricks-gpt-5-mini', { input: 3.571, output: 28.571, cacheRead: 0.357 }],
  ['databricks-gpt-5-nano', { input: 0.714, output: 5.714, cacheRead: 0.071 }],
  ['databricks-gpt-oss-120b', { input: 2.143, output: 8.571 }],
  ['databricks-gpt-oss-20b', { input: 1, output: 4.286 }],
  ['databricks-grok-4-6', { input: 35.714, output: 107.143, cacheRead: 8.929 }],
  ['databricks-gte-large-en', { input: 1.857, output: null }],
  ['databricks-inkling', { input: 14.286, output: 57.857, cacheRead: 2.429 }],
  ['databricks-kimi-k3', { input: 42.857, output: 214.286, cacheRead: 4.286 }],
  ['databricks-llama-2-70b-chat', { input: 7.143, output: 21.429 }],
  ['databricks-llama-4-maverick', { input: 7.143, output: 21.429 }],
  ['databricks-meta-llama-3-1-405b-instruct', { input: 71.429, output: 214.286 }],
  ['databricks-meta-llama-3-1-8b-instruct', { input: 2.143, output: 6.429 }],
  ['databricks-meta-llama-3-3-70b-instruct', { input: 7.143, output: 21.429 }],
  ['databricks-meta-llama-3-70b-instruct', { input: 14.286, output: 42.857 }],
  ['databricks-mixtral-8x7b-instruct', { input: 7.143, output: 14.286 }],
  ['databricks-mpt-30b-instruct', { input: 14.286, output: 14.286 }],
  ['databricks-qwen3-embedding-0-6b', { input: 0.286, output: null }],
  ['databricks-qwen3-next-80b-a3b-instruct', { input: 2.143, output: 17.143 }],
  ['databricks-qwen35-122b-a10b', { input: 3.143, output: 31.429 }],
];

export const databricksEntries: readonly BookEntry[] = [
  ...dbuPrices.map(([model, prices]): BookEntry => ({
    ...{ provider: 'databricks', models: [model], from: null, to: null, source, checked },
    rule: { kind: 'dbu', prices },
  })),
];
