/**
 * MLflow's span types, as far as rules depend on them. Pure; imports nothing.
 * Source: https://github.com/mlflow/mlflow/blob/master/mlflow/entities/span.py (SpanType)
 */

/** A call of a language model. */
export function isModelCall(kind: string): boolean {
  return kind === 'LLM' || kind === 'CHAT_MODEL';
}
