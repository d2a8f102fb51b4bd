/** MLflow's own demo data, made by the server itself. */
import { TraceliftError } from '../errors/index.js';

export interface DemoData {
  /** Experiment that holds the demo traces. */
  readonly experimentId: string;
  /** False when the server had them already. */
  readonly created: boolean;
}

/**
 * Has the server fill itself with its demo traces (3.17.2: 42 traces with assessments, sessions and cost; about
 * 15-30 s the first time, nothing to do after that). Prompts, traces and evaluations, since the judges' assessments
 * come with the last.
 *
 * Source: `_generate_demo` in mlflow/server/handlers.py, MLflow >= 3.10; answers `{status, experiment_id, …}`.
 *
 * @param timeoutMs default 180,000
 * @throws TraceliftError `DemoDataRefused`
 */
export async function generateDemoData(uri: string, timeoutMs = 180_000): Promise<DemoData> {
  const address = new URL('/ajax-api/3.0/mlflow/demo/generate', uri);
  const refused = (reason: string, cause?: unknown): TraceliftError =>
    new TraceliftError('DemoDataRefused', { address: address.origin, reason }, { cause });
  let answer: Response;
  try {
    answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ features: ['prompts', 'traces', 'evaluation'] }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw refused(error instanceof Error ? error.message : 'no answer', error);
  }
  if (!answer.ok) throw refused(`HTTP ${answer.status}`);
  const body: unknown = await answer.json();
  const experimentId = textField(body, 'experiment_id');
  if (experimentId === null) throw refused('the answer names no experiment');
  return { experimentId, created: textField(body, 'status') === 'created' };
}

function textField(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null;
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' && value !== '' ? value : null;
}
