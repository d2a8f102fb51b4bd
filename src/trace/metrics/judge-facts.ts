/** What the metadata of an assessment tells of its judge. Pure. */
import { dollarsOrNull } from '../cost/cost.js';
import { countOrNull } from '../tokens/span-usage.js';
import { assessmentMetadataKeys as keys } from '../wire/mlflow-keys.js';
import { textOrNull } from '../wire/decode-values.js';
import { wellFormed } from '../raw-form.js';

/** Columns of the assessments table; NULL where nothing is told. */
export function judgeFacts(metadata: Readonly<Record<string, string>>) {
  const text = (key: string): string | null => wellFormed(textOrNull(metadata[key]));
  const cost = text(keys.judgeCost);
  return {
    scorer_name: text(keys.scorerName),
    scorer_version: text(keys.scorerVersion),
    judge_input_tokens: countOrNull(metadata[keys.judgeInputTokens]),
    judge_output_tokens: countOrNull(metadata[keys.judgeOutputTokens]),
    judge_cost_usd: cost === null ? null : dollarsOrNull(Number(cost)),
  };
}
