/** Surcharges and discounts that hold for all tokens of a call: batch, flex and priority; data zones. Data. */

/** How a call is processed, as far as its price depends on it. */
export type ServiceTier = 'standard' | 'batch' | 'flex' | 'priority';

interface Rate {
  readonly provider: string;
  readonly factor: number;
  /** Models it holds for, as the library names them; null: all of the provider. */
  readonly models: readonly string[] | null;
  readonly source: string;
  readonly checked: string;
}

const catalog = (file: string): Pick<Rate, 'source' | 'checked'> => ({
  source: `https://github.com/mlflow/mlflow/blob/v3.17.2/mlflow/utils/model_catalog/${file}.json`,
  checked: '2026-11-29',
});

const half = (provider: string, file: string): Rate => ({ provider, factor: 0.5, models: null, ...catalog(file) });

const priority = (factor: number, models: readonly string[]): Rate => ({
  ...{ provider: 'openai', factor, models },
  ...catalog('openai'),
});

const rates: Readonly<Record<Exclude<ServiceTier, 'standard'>, readonly Rate[]>> = {
  batch: [
    half('openai', 'openai'),
    half('azure', 'azure'),
    half('anthropic', 'anthropic'),
    half('google', 'gemini'),
    half('aws', 'bedrock'),
  ],
  flex: [half('openai', 'openai'), half('azure', 'azure'), half('google', 'gemini'), half('aws', 'bedrock')],
  priority: [
    priority(1.75, ['gpt-4.1', 'gpt-4.1-mini', 'gpt-4o-2024-05-13', 'o3']),
    priority(1.7, ['gpt-4o']),
    priority(5 / 3, ['gpt-4o-mini']),
    priority(1.8, ['gpt-5-mini']),
    priority(20 / 11, ['o4-mini']),
    priority(2.5, ['gpt-5.5']),
    priority(2, ['gpt-4.1-nano', 'gpt-5', 'gpt-5.1', 'gpt-5.2', 'gpt-5.3-codex', 'gpt-5.4', 'gpt-5.4-mini']),
    priority(2, ['gpt-5.6-luna', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-6-astra', 'gpt-6-luna', 'gpt-6-sol']),
    { provider: 'google', factor: 1.8, models: null, ...catalog('gemini') },
  ],
};

/** Every rate, for those who check them. */
export const allRates: readonly Rate[] = Object.values(rates).flat();

/** What a service tier multiplies the prices of a model by; null where that is not known. */
export function tierFactor(tier: ServiceTier, provider: string, model: string): number | null {
  if (tier === 'standard') return 1;
  const rate = rates[tier].find((one) => one.provider === provider && (one.models?.includes(model) ?? true));
  return rate?.factor ?? null;
}

/** Azure's data zones (`azure/eu/gpt-4o`) cost a tenth more than its global deployments: 115 of 120 in the catalog. */
export const zoneRate: Rate & { readonly zones: readonly string[] } = {
  ...{ provider: 'azure', factor: 1.1, models: null, zones: ['eu', 'us'] },
  ...catalog('azure'),
};

const tierWords: Readonly<Record<string, ServiceTier | undefined>> = {
  '': 'standard',
  default: 'standard',
  standard: 'standard',
  standard_only: 'standard',
  auto: 'standard',
  on_demand: 'standard',
  batch: 'batch',
  flex: 'flex',
  on_demand_flex: 'flex',
  priority: 'priority',
  on_demand_priority: 'priority',
};

/** A tier by the words that providers have for it; null for words that we do not know. */
export function serviceTier(word: string | null): ServiceTier | null {
  const wanted = word?.trim().toLowerCase() ?? '';
  return Object.hasOwn(tierWords, wanted) ? (tierWords[wanted] ?? null) : null;
}
