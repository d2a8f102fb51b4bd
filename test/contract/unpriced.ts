/** Cost columns of rows that nothing was priced for. */
export const unpricedTrace = {
  cache_cost_usd: null,
  price_id: null,
  price_match: null,
  price_book_version: null,
  cost_reported_usd: null,
  input_cost_reported_usd: null,
  output_cost_reported_usd: null,
  cost_estimated_usd: null,
} as const;

export const unpricedSpan = {
  service_tier: null,
  cost_usd: null,
  input_cost_usd: null,
  output_cost_usd: null,
  cache_cost_usd: null,
  cost_source: null,
  cost_missing_reason: null,
  price_id: null,
  price_match: null,
  price_book_version: null,
  cost_reported_usd: null,
  input_cost_reported_usd: null,
  output_cost_reported_usd: null,
} as const;
