/** The question what calls cost, and its answer. Pure types. */

/** By what costs are summed up. */
export const costGroupings = [
  'model',
  'provider',
  'day',
  'week',
  'month',
  'user',
  'session',
  'experiment',
  'trace-name',
  'origin',
] as const;

export type CostGrouping =
  | { readonly kind: (typeof costGroupings)[number] }
  /** A configured dimension: the column `dim_<name>` of gold. */
  | { readonly kind: 'dimension'; readonly name: string };

export interface CostQuestion {
  readonly by: CostGrouping;
  /** Traces that start from here on, epoch milliseconds; null: from the first. */
  readonly fromMs: number | null;
  /** The first moment that no longer counts; null: to the last. */
  readonly toMs: number | null;
}

/** Sums over the traces of one group; of a trace with several models, over its calls. */
export interface CostRow {
  /** Null: the traces do not tell it. */
  readonly name: string | null;
  readonly traces: number;
  readonly totalTokens: number;
  /** Part of the tokens in traces whose cost is unknown. */
  readonly unpricedTokens: number;
  /** US dollars; null where no cost is known. */
  readonly costUsd: number | null;
}

/** The same over everything that was asked for, and how much it knows. */
export interface CostTotals extends Omit<CostRow, 'name'> {
  /** Parts of the cost in traces that scorers made of themselves, and that evaluations made. */
  readonly judgeCostUsd: number | null;
  readonly evaluationCostUsd: number | null;
  /** Part whose model was found by the beginning of its name alone. */
  readonly familyCostUsd: number | null;
  /** Where MLflow has a figure too: ours and MLflow's. */
  readonly comparedCostUsd: number | null;
  readonly reportedCostUsd: number | null;
  /** What the counted tokens of traces without reported ones may have cost; no part of the cost. */
  readonly estimatedCostUsd: number | null;
}

/** Calls of a model that have no cost, and why. */
export interface UnpricedModel {
  readonly model: string | null;
  readonly provider: string | null;
  readonly reason: string;
  readonly calls: number;
  readonly totalTokens: number;
}

export interface CostAnswer {
  /** The dearest first; days, weeks and months in their order. */
  readonly rows: readonly CostRow[];
  readonly totals: CostTotals;
  /** Most tokens first. */
  readonly unpriced: readonly UnpricedModel[];
}
