/** What log_traces.py says it has logged. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** One trace that ended. Fields that a version cannot hold are null or absent. */
export interface LoggedTrace {
  readonly index: number;
  readonly traceId: string;
  readonly name: string;
  readonly status: 'OK' | 'ERROR';
  readonly errorType: string | null;
  /** Full text as the tables should hold it. */
  readonly request: string;
  readonly response: string | null;
  readonly startMs: number;
  readonly durationMs: number;
  /** Start and end of the root span, where the clock decided. */
  readonly exactNs?: readonly [string, string];
  readonly spans: readonly { readonly name: string; readonly kind: string; readonly status: string }[];
  readonly numDocuments: number;
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly total_tokens: number;
  } | null;
  readonly sessionId: string | null;
  readonly userId: string | null;
  /** Column of the gold table to value. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly numAssessments?: number;
  readonly numAssessmentErrors?: number;
}

export interface Logged {
  readonly experimentId: string;
  /** Those with times of their own first, then those by the decorator. */
  readonly traces: readonly LoggedTrace[];
  readonly unfinished: { readonly traceId: string; readonly startMs: number };
  /** Its root span holds a number beyond 64 bits. */
  readonly oversized: { readonly traceId: string; readonly request: string; readonly response: string };
}

/**
 * Logs traces with the client of an MLflow version.
 *
 * @param mlflowCommand the `mlflow` command of its environment
 */
export async function logTraces(mlflowCommand: string, uri: string, experimentName: string): Promise<Logged> {
  const script = fileURLToPath(new URL('./log_traces.py', import.meta.url));
  const python = join(dirname(mlflowCommand), 'python');
  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_DISABLE_TELEMETRY: 'true',
    PYTHONIOENCODING: 'utf-8',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const options = { env, maxBuffer: 64 * 1024 * 1024, timeout: 120_000 };
  const { stdout } = await promisify(execFile)(python, [script, experimentName], options);
  const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(lastLine) as Logged;
}
