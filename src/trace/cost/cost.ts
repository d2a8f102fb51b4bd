/** What a model call costs, as MLflow writes it. Pure; imports JSON types only. */
import { isJsonObject, type JsonValue } from '../../json/json-value.js';

/** US dollars. */
export interface Cost {
  readonly totalUsd: number;
  /** Null where only the total was reported. */
  readonly inputUsd: number | null;
  readonly outputUsd: number | null;
}

/**
 * MLflow's `{input_cost, output_cost, total_cost}` in US dollars; null where neither the total nor both parts are there:
 * one part alone is not the cost.
 */
export function costOf(value: JsonValue | undefined): Cost | null {
  if (!isJsonObject(value)) return null;
  const inputUsd = dollarsOrNull(value['input_cost']);
  const outputUsd = dollarsOrNull(value['output_cost']);
  const total = dollarsOrNull(value['total_cost']);
  const parts = inputUsd === null || outputUsd === null ? null : inputUsd + outputUsd;
  const totalUsd = total === null || (parts !== null && parts > total) ? parts : total;
  return totalUsd === null ? null : { totalUsd, inputUsd, outputUsd };
}

/** An amount: finite and not negative. */
export function dollarsOrNull(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
